"""Study files: YAML in, with overrides from the command line; YAML out, with every default.

Only plain data is read. Tags, anchors, aliases and duplicate keys are refused, and so are files too
large or too deep to be a study.
"""

import os
import re
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from asynet.errors import UserError
from asynet.study.keys import explain
from asynet.study.study import Study
from asynet.study.terms import shortened, shown

BESIDE = "beside:"  # a path that starts so is of a file beside the study file
PATH_KEYS = ("path", "file", "mask", "weights", "built")
MAX_FILE_BYTES = 1_000_000
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
            problem = f"the tag {shown(event.tag)} is not allowed; a study is plain data"
        elif self.depth >= MAX_DEPTH or self.nodes > MAX_NODES:
            problem = f"too much for a study; at most {MAX_NODES} values, {MAX_DEPTH} deep"
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


def read_study(path: Path, overrides: Sequence[str] = (), seed: int | None = None) -> Study:
    """Return the study in a YAML file, changed by overrides such as "train.lr=0.05".

    An override names a key by its path (`network.projections.0.std=0.1`) and gives its value as
    YAML; later ones win. seed, if given, comes last. A study without a name takes the file's.
    Raises UserError, one line that says where the first mistake is and what is allowed.
    """
    tree = _parse(_read_text(path), str(path))
    if not isinstance(tree, dict):
        what = "is empty" if tree is None else f"{shown(tree)} is not a study"
        raise _error(str(path), f"{what}; must be a mapping with the keys data, network and train")
    if seed is not None:
        overrides = [*overrides, f"seed={seed}"]
    changed = [_override(tree, text) for text in overrides]
    _each_path(tree, lambda text: _opened_beside(text, path.parent))
    tree.setdefault("name", re.sub(r"[^A-Za-z0-9_-]+", "-", path.stem)[:64] or "study")
    try:
        return Study.model_validate(tree)
    except ValidationError as errors:
        raise _first_mistake(errors, str(path), changed) from None


def study_text(study: Study, folder: Path | None = None) -> str:
    """Return a study as YAML with every default filled in; it reads back as an equal study.

    Parameters
    ----------
    study : Study
        The study.
    folder : Path, optional
        Where the text will lie: files below that folder are named relative to it, as
        `beside:NAME`, so that the folder can be moved.
    """
    tree = study.model_dump(mode="json")
    if folder is not None:
        _each_path(tree, lambda text: _named_beside(text, folder))
    text: str = yaml.dump(
        tree,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=100,
    )
    return text


def write_study(study: Study, path: Path) -> None:
    """Write `study_text`. The file appears whole or not at all; OSError if it cannot be written."""
    text = study_text(study, path.parent)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _each_path(tree: Any, change: Callable[[str], str]) -> None:
    """Change every path of a file in a study, in place."""
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        if isinstance(value, str) and key in PATH_KEYS:
            tree[key] = change(value)
        elif isinstance(value, dict | list):
            _each_path(value, change)


def _opened_beside(text: str, folder: Path) -> str:
    beside = text.removeprefix(BESIDE)
    return text if beside == text else os.path.abspath(folder / beside)


def _named_beside(text: str, folder: Path) -> str:
    whole = os.path.abspath(folder)
    inside = os.path.isabs(text) and os.path.commonpath([whole, text]) == whole
    return f"{BESIDE}{os.path.relpath(text, whole)}" if inside else text


def _error(where: str, what: str) -> UserError:
    """Return a UserError on one line, whatever characters a path or a key holds."""
    line = f"{where}: {what}"
    return UserError("".join(c if c.isprintable() else repr(c)[1:-1] for c in line))


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise _error(str(path), "no such file; give the path of a study (.yaml)") from None
    except IsADirectoryError:
        raise _error(str(path), "is a folder; give the path of a study (.yaml)") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise _error(str(path), f"cannot be read: {reason}") from None
    if len(content) > MAX_FILE_BYTES:
        raise _error(str(path), f"is too large for a study; at most {MAX_FILE_BYTES} bytes")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _error(str(path), f"line {line}: is not UTF-8 text") from None


def _parse(text: str, where: str) -> Any:
    """Return the plain data in a YAML text."""
    try:
        loader = _Loader(text)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        character = f"character U+{error.character:04X}"
        raise _error(where, f"line {line}: {character} is not allowed in YAML") from None
    try:
        return loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column) if mark else (loader.line, loader.column)
        problem = ", ".join(filter(None, (error.context, error.problem)))
    except (ValueError, OverflowError):  # PyYAML converts some numbers and escapes unchecked
        line, column, problem = loader.line, loader.column, "a number or an escape is too large"
    finally:
        loader.dispose()
    raise _error(where, f"line {line + 1}, column {column + 1}: {problem}")


def _override(tree: dict[str, Any], text: str) -> tuple[tuple[str, ...], str]:
    """Change the tree; return the parts of the override's key path, and its name in messages."""
    where = f"override {shortened(text)}"
    path, equals, value = text.partition("=")
    parts = tuple(path.strip().split("."))
    if not equals or not all(parts) or len(parts) > MAX_DEPTH:
        raise _error(where, "must be key.path=value, such as train.lr=0.05")
    value = _parse(value, where)
    place: Any = tree
    for depth, part in enumerate(parts):
        last = depth == len(parts) - 1
        so_far = shortened(".".join(parts[:depth]))
        if isinstance(place, list):
            if not (part.isdecimal() and len(part) < 10 and int(part) < len(place)):
                item = f"{so_far} has no item {shortened(part)}"
                raise _error(where, f"{item}; its {len(place)} items count from 0")
            index: Any = int(part)
        elif isinstance(place, dict):
            index = part
            if not last and place.get(part) is None:
                place[part] = {}
        else:
            raise _error(where, f"{so_far} is {shown(place)}, which has no key {shortened(part)}")
        if last:
            place[index] = value
        else:
            place = place[index]
    return parts, where


def _first_mistake(
    errors: ValidationError, where: str, changed: Sequence[tuple[tuple[str, ...], str]]
) -> UserError:
    """Word the first mistake, a misspelt key before what is missing because of it."""
    found = [error for error in errors.errors() if error["type"] != "default_factory_not_called"]
    found.sort(key=lambda error: error["type"] != "extra_forbidden")
    loc, what = explain(found[0])
    key = ".".join(shortened(part) for part in loc)
    if changed:
        where += " (with overrides)"
    for parts, override in changed:
        shared = min(len(parts), len(loc))
        if parts[:shared] == loc[:shared]:
            where = override
    others = len({explain(error)[0] for error in found}) - 1  # a union has an error for each branch
    more = f" (and {others} more)" if others else ""
    return _error(where, f"{key}: {what}{more}")
