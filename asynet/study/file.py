"""Study files: read one, with overrides from the command line; write one, with every default.

Only plain data is read: see `plain_yaml`.
"""

import os
import re
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from asynet.errors import UserError
from asynet.files import write_atomically
from asynet.study.keys import explain
from asynet.study.plain_yaml import MAX_DEPTH, dump, parse
from asynet.study.study import OF_A_RUN, Study, with_used_keys
from asynet.study.terms import shortened, shown, user_error
from asynet.study.unused import unused_keys

BESIDE = "beside:"  # begins a path that is relative to the folder of the study file
PATH_KEYS = ("path", "file", "mask", "weights", "built")
MAX_FILE_BYTES = 1_000_000


def read_study(
    path: Path, overrides: Sequence[str] = (), seed: int | None = None, of_a_run: bool = False
) -> Study:
    """Return the study in a YAML file, changed by overrides such as "train.lr=0.05".

    Keys of the file that are not used with the overrides, and were without, are left out.

    Parameters
    ----------
    path : Path
        The file. A study without a name takes the file's.
    overrides : sequence of str
        Each names a key by its path and gives its value as YAML, such as
        `network.projections.0.std=0.1`; later ones win.
    seed : int, optional
        Seed in place of the study's.
    of_a_run : bool
        Whether a run was made of it; keys of the file that are not used are then let be.

    Raises
    ------
    UserError
        One line that says where the first mistake is and what is allowed.
    """
    tree = parse(_read_text(path), str(path))
    if not isinstance(tree, dict):
        what = "is empty" if tree is None else f"{shown(tree)} is not a study"
        keys = "data, train, and network or operator"
        raise user_error(str(path), f"{what}; must be a mapping with the keys {keys}")
    if seed is not None:
        overrides = [*overrides, f"seed={seed}"]
    tree = beside(tree, path.parent)
    tree.setdefault("name", re.sub(r"[^A-Za-z0-9_-]+", "-", path.stem)[:64] or "study")
    unused = _unused(tree) if overrides else set()
    changed = [_override(tree, text) for text in overrides]
    asked = {*(".".join(parts) for parts, _ in changed), *(set() if of_a_run else unused)}

    def was_asked(key: str) -> bool:
        return any(f"{key}.".startswith(f"{one}.") for one in asked)

    try:
        if overrides:
            return with_used_keys(beside(tree, path.parent), was_asked)
        return Study.model_validate(tree, context=OF_A_RUN if of_a_run else None)
    except ValidationError as errors:
        raise _first_mistake(errors, str(path), changed) from None


def _unused(tree: dict[str, Any]) -> set[str]:
    """Return the keys that a study sets and does not use, before overrides; none if it is wrong."""
    try:
        return {key for key, _ in unused_keys(Study.model_validate(tree, context=OF_A_RUN))}
    except ValidationError:
        return set()


def beside(tree: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return a study, as plain data, whose paths `beside:NAME` are those of files in a folder.

    Parameters
    ----------
    tree : dict
        The study; it is changed in place.
    folder : Path
        Where NAME lies.
    """
    _each_path(tree, lambda text: _opened_beside(text, folder))
    return tree


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
    return dump(tree)


def write_study(study: Study, path: Path) -> None:
    """Write a study with every default filled in.

    Parameters
    ----------
    study : Study
        The study.
    path : Path
        The file; it appears whole or not at all.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    write_atomically(path, study_text(study, path.parent).encode())


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


def _read_text(path: Path) -> str:
    try:
        mode = path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # to open a pipe is to wait for it
            raise user_error(str(path), "is a pipe, socket or device; must be a file")
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise user_error(str(path), "no such file; give the path of a study (.yaml)") from None
    except IsADirectoryError:
        raise user_error(str(path), "is a folder; give the path of a study (.yaml)") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise user_error(str(path), f"cannot be read: {reason}") from None
    if len(content) > MAX_FILE_BYTES:
        raise user_error(
            str(path), f"is too large for a study; must be at most {MAX_FILE_BYTES} bytes"
        )
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise user_error(str(path), f"line {line}: is not UTF-8 text") from None


def _override(tree: dict[str, Any], text: str) -> tuple[tuple[str, ...], str]:
    """Change the tree; return the parts of the override's key path, and its name in messages."""
    where = f"override {shortened(text)}"
    path, equals, value = text.partition("=")
    parts = tuple(path.strip().split("."))
    if not equals or not all(parts) or len(parts) > MAX_DEPTH:
        raise user_error(where, "must be key.path=value, such as train.lr=0.05")
    value = parse(value, where)
    place: Any = tree
    for depth, part in enumerate(parts):
        last = depth == len(parts) - 1
        so_far = shortened(".".join(parts[:depth]))
        if isinstance(place, list):
            if not (part.isdecimal() and len(part) < 10 and int(part) < len(place)):
                item = f"{so_far} has no item {shortened(part)}"
                raise user_error(where, f"{item}; must be from 0 to {len(place) - 1}")
            index: Any = int(part)
        elif isinstance(place, dict):
            index = part
            if not last and place.get(part) is None:
                place[part] = {}
        else:
            raise user_error(
                where, f"{so_far} is {shown(place)}, which has no key {shortened(part)}"
            )
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
    return user_error(where, f"{key}: {what}{more}")
