"""Plain YAML: what a study file may be made of, and how a study is written.

Only plain data is read. Tags, anchors, aliases and duplicate keys are refused, and so are texts too
large or too deep to be a study.
"""

import re
from collections.abc import Hashable, Sequence
from typing import Any

import yaml

from asynet.study.terms import shortened, shown, user_error

MAX_NODES = 20_000
MAX_DEPTH = 20


class _Loader(yaml.SafeLoader):
    """Plain YAML: numbers as YAML 1.2 spells them (1e-3 is one, 1:30 and 010 are none)."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = 0
        self.nodes = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        self.nodes += 1
        problem = None
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            problem = "anchors (&) and aliases (*) are not allowed; write the value out"
        elif event.tag is not None:
            problem = f"the tag {shown(event.tag)} is not allowed; a study must be plain data"
        elif self.depth >= MAX_DEPTH or self.nodes > MAX_NODES:
            problem = f"too much for a study; must be at most {MAX_NODES} values, {MAX_DEPTH} deep"
        if problem:
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            problem = None
            if key.tag != "tag:yaml.org,2002:str":
                problem = f"a key must be text; put {shortened(str(key.value))} in quotes"
                if not isinstance(key, yaml.ScalarNode):
                    problem = "a key must be text, not a list or a mapping"
            elif key.value in seen:
                problem = f"duplicate key {shown(key.value)}"
            if problem:
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


class _Dumper(yaml.SafeDumper):
    """Puts text in quotes that either YAML 1.1 or `_Loader` would take for something else."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # Only in double quotes does PyYAML escape every line break that YAML knows, such as U+0085.
    style = None if text.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _represent_text)


def _resolve_as(kind: str, pattern: str, first: Sequence[str]) -> None:
    tag = f"tag:yaml.org,2002:{kind}"
    for yaml_class in (_Loader, _Dumper):
        yaml_class.add_implicit_resolver(tag, re.compile(f"^(?:{pattern})$"), list(first))


_resolve_as(
    "bool",
    "yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF",
    "yYnNtTfFoO",
)
_resolve_as("null", "~|null|Null|NULL|", ["~", "n", "N", ""])
# Longer whole numbers than 30 digits stay text, because Python refuses to convert the longest.
_resolve_as("int", "[-+]?(?:0|[1-9][0-9_]{0,29})", "-+0123456789")
_resolve_as(
    "float",
    r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
    "-+0123456789.",
)


def parse(text: str, where: str) -> Any:
    """Return the plain data in a YAML text.

    Parameters
    ----------
    text : str
        The text.
    where : str
        What an error message starts with, such as the path of the file.

    Raises
    ------
    UserError
        If the text is no YAML, or is not plain data; names the line and the column.
    """
    try:
        loader = _Loader(text)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        character = f"character U+{error.character:04X}"
        raise user_error(where, f"line {line}: {character} is not allowed in YAML") from None
    try:
        return loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column) if mark else (loader.line, loader.column)
        problem = ", ".join(filter(None, (error.context, error.problem)))
    except (ValueError, OverflowError):  # PyYAML converts some numbers and escapes unchecked
        line, column, problem = (
            loader.line,
            loader.column,
            "a number or an escape sequence is too large",
        )
    finally:
        loader.dispose()
    raise user_error(where, f"line {line + 1}, column {column + 1}: {problem}")


def dump(tree: Any) -> str:
    """Return plain data as YAML, which `parse` reads back the same.

    Parameters
    ----------
    tree : object
        Mappings with text as keys, lists, text, numbers, booleans and None.
    """
    text: str = yaml.dump(tree, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return text
