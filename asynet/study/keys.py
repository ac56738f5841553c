"""The list of a study's keys, and the error message of each mistake in a study.

Both are derived from the JSON schema of `Study`, so that they cannot disagree with what a study
accepts.
"""

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic_core import ErrorDetails

from asynet.plugins.registry import MODULE_PATTERN
from asynet.study.nwb import PERSON_PATTERN
from asynet.study.parts import PART_PATTERN
from asynet.study.study import Study
from asynet.study.terms import NAME_PATTERN, PATH_PATTERN, nearest, shown

Schema = dict[str, Any]
BOUNDS = {
    "exclusiveMinimum": "greater than",
    "minimum": "at least",
    "exclusiveMaximum": "less than",
    "maximum": "at most",
}
KINDS = {
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "boolean": "true or false",
    "null": "null",
    "object": "a mapping of keys",
}
TEXTS = {
    NAME_PATTERN: "a name of letters, digits, _ and -",
    PATH_PATTERN: "the path of a file or folder",
    PERSON_PATTERN: "a name as Last, First",
    PART_PATTERN: "the name of a plugin's part",
    MODULE_PATTERN: "the name of a Python module",
}
RANGE_ERRORS = {"greater_than", "greater_than_equal", "less_than", "less_than_equal"}


# What pydantic puts into a location for the branch of a union that it tried.
BRANCH = re.compile(r"^(constrained-int|dict\[.*|tuple\[.*)$")


@dataclass(frozen=True)
class Key:
    """One key of a study file, in words.

    Parameters
    ----------
    path : str
        Path with dots. NAME stands for the name of a population, 0 for the number of a projection.
    default : str
        Default value, or "required".
    allowed : str
        What a value may be, as the end of the sentence "it must be ...".
    description : str
        What the key does.
    """

    path: str
    default: str
    allowed: str
    description: str


def keys() -> list[Key]:
    """Return every key of a study file, in the order of the schema."""
    return list(_keys(_root(), ""))


def describe_keys() -> str:
    """Return a text that lists every key with its default, what is allowed, and what it does."""
    lines = []
    for key in keys():
        lines.append(f"{key.path}  ({key.default})")
        for text in (f"{key.allowed}.", key.description):
            lines += textwrap.wrap(text, 96, initial_indent="    ", subsequent_indent="    ")
    return "\n".join(lines)


def explain(error: ErrorDetails) -> tuple[tuple[str, ...], str]:
    """Return the key that a validation error is about, and what is wrong with it.

    Parameters
    ----------
    error : ErrorDetails
        One of the errors that pydantic found.

    Returns
    -------
    key : tuple of str
        The parts of the key's path.
    problem : str
        The message without the path, such as "-1 is not allowed; must be at least 0".
    """
    loc = tuple(part for part in error["loc"] if not BRANCH.match(str(part)))
    context = error.get("ctx", {})
    if error["type"] == "mistake":
        return (*map(str, loc), *context["key"].split(".")), context["problem"]
    if error["type"] == "extra_forbidden":
        return tuple(map(str, loc)), f"unknown key; {_nearest_key(loc)}"
    if loc[-1:] == ("[key]",):
        what = f"{shown(loc[-2])} is not allowed; must be {TEXTS[NAME_PATTERN]}"
        return tuple(map(str, loc[:-2])), what
    known, schema = _descend(loc)
    value = f"{shown(error['input'])} is not allowed"
    if error["type"] == "missing":
        what = f"missing; must be {_allowed(schema)}"
    elif error["type"] == "value_error":
        what = f"{value}; {context['error']}"
    elif error["type"] in RANGE_ERRORS:
        what = f"{value}; must be {_bounds(schema)}"
    else:
        what = f"{value}; must be {_allowed(schema)}"
    return tuple(map(str, known)), what


@cache
def _root() -> Schema:
    return Study.model_json_schema()


def _resolve(schema: Schema) -> Schema:
    """Follow a reference, also that of a block that may be left out."""
    options = [o for o in schema.get("anyOf", ()) if o.get("type") != "null"]
    if len(options) == 1 and "$ref" in options[0]:
        schema = options[0]
    return _root()["$defs"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema


def _names(schema: Schema) -> Schema | None:
    """Return the schema of a mapping's values when its keys are free names."""
    return next(iter(schema.get("patternProperties", {}).values()), None)


def _keys(schema: Schema, prefix: str) -> Iterator[Key]:
    for name, field in schema["properties"].items():
        inner = _resolve(field)
        if "properties" in inner:
            yield from _keys(inner, f"{prefix}{name}.")
            continue
        default = field.get("default_text", field.get("default"))
        default = default if isinstance(default, str) and default else shown(default)
        if name in schema.get("required", ()):
            default = "required"
        description = " ".join(field["description"].split())
        yield Key(f"{prefix}{name}", default, _allowed(field), description)
        for part, items in (("NAME", _names(inner)), ("0", inner.get("items"))):
            items = _resolve(items or {})
            if "properties" in items:
                yield from _keys(items, f"{prefix}{name}.{part}.")


def _descend(loc: Sequence[str | int]) -> tuple[Sequence[str | int], Schema]:
    """Follow a location as far as the schema knows it: the branches of a union are no keys."""
    schema = _root()
    for depth, part in enumerate(loc):
        inner = _child(schema, part)
        if inner is None:
            return loc[:depth], schema
        schema = inner
    return loc, schema


def _child(schema: Schema, part: str | int) -> Schema | None:
    for option in [schema, *schema.get("anyOf", ())]:
        if isinstance(part, int):
            inner = option.get("items")
        else:
            inner = option.get("properties", {}).get(part) or _names(option)
        if inner is not None:
            return _resolve(inner)
    return None


def _nearest_key(loc: Sequence[str | int]) -> str:
    """Suggest a key of the same block, or else the same key of another block."""
    *parents, last = loc
    prefix = "".join(f"{part}." for part in parents)
    _, schema = _descend(parents)
    same_block = nearest(str(last), schema.get("properties", ()))
    elsewhere = [key.path for key in keys() if key.path.split(".")[-1] == last]
    if same_block.startswith("did"):
        return same_block.replace("did you mean ", f"did you mean {prefix}")
    return f"did you mean {elsewhere[0]}?" if elsewhere else same_block


def _allowed(schema: Schema) -> str:
    """Return what a value may be, as the end of the sentence "it must be ..."."""
    schema = _resolve(schema)
    if "anyOf" in schema:
        return ", or ".join(_allowed(option) for option in schema["anyOf"])
    if "enum" in schema:
        return f"{', '.join(schema['enum'][:-1])} or {schema['enum'][-1]}"
    if schema["type"] == "array":
        least = f" with at least {schema['minItems']} item" if "minItems" in schema else ""
        return f"a list{least}, each item {_allowed(schema['items'])}"
    if _names(schema):
        return f"a mapping with at least {schema['minProperties']} name"
    kind = TEXTS.get(schema.get("pattern", ""), KINDS[schema["type"]])
    if "maxLength" in schema:
        return f"{kind}, at most {schema['maxLength']} characters"
    bounds = _bounds(schema)
    return f"{kind} {bounds}" if bounds else kind


def _bounds(schema: Schema) -> str:
    options = [schema, *schema.get("anyOf", ())]
    return " and ".join(
        f"{words} {option[key]:g}".replace("e+0", "e").replace("e+", "e")
        for option in options
        for key, words in BOUNDS.items()
        if key in option
    )
