"""What a sweep runs: one cell for every combination of settings and every seed."""

import itertools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from asynet.errors import UserError
from asynet.study.plain_yaml import parse
from asynet.study.terms import shortened, shown

MAX_CELLS = 100_000
MAX_NAME = 100  # characters of a cell's folder
OPENING, CLOSING, QUOTES = "[{(", "]})", "'\""


@dataclass(frozen=True)
class Axis:
    """One key of a study and the values that it takes.

    Parameters
    ----------
    key : str
        Path of the key, such as `train.lr`.
    values : tuple of str
        The values as YAML spells them. A single one holds for every cell.
    """

    key: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """One run of a sweep.

    Parameters
    ----------
    name : str
        Name of its folder.
    setting : dict of str to str
        The values, as YAML, of the keys that vary.
    fixed : dict of str to str
        Those of the keys that are the same in every cell.
    seed : int or None
        Its seed; None for the study's own.
    """

    name: str
    setting: dict[str, str]
    fixed: dict[str, str]
    seed: int | None

    @property
    def overrides(self) -> list[str]:
        """Return the overrides that make the study the cell's, such as `train.lr=0.05`."""
        return [f"{key}={value}" for key, value in (self.fixed | self.setting).items()]

    @property
    def label(self) -> str:
        """Return what varies, in words: `train.lr=0.05, seed 1`."""
        said = [f"{key}={value}" for key, value in self.setting.items()]
        return ", ".join(said + ([] if self.seed is None else [f"seed {self.seed}"]))


def read_axis(text: str) -> Axis:
    """Return the axis in a text such as `train.lr=0.05,0.1`.

    Commas inside brackets, braces and quotes belong to a value.

    Parameters
    ----------
    text : str
        A key's path, `=`, and values of YAML with commas between them.

    Raises
    ------
    UserError
        One line, if it has no key or an empty value, or names a value twice.
    """
    key, equals, rest = text.partition("=")
    where = f"axis {shortened(text)}"
    if not equals or not key.strip():
        raise UserError(f"{where}: must be key.path=value,value, such as train.lr=0.05,0.1")
    values = tuple(value.strip() for value in _split(rest))
    if "" in values:
        raise UserError(f"{where}: a value is empty; write null for none")
    twice = [value for value in values if values.count(value) > 1]
    if twice:
        raise UserError(f"{where}: {shown(twice[0])} is there twice; each value must differ")
    for value in values:
        parse(value, where)
    return Axis(key.strip(), values)


def _split(text: str) -> list[str]:
    """Split at the commas that stand in no bracket, brace or quote."""
    pieces, depth, quote = [""], 0, ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in QUOTES:
            quote = letter
        else:
            depth += (letter in OPENING) - (letter in CLOSING)
        if letter == "," and depth == 0 and not quote:
            pieces.append("")
        else:
            pieces[-1] += letter
    return pieces


def read_seeds(text: str) -> tuple[int, ...]:
    """Return the seeds in a text such as `1..5` or `1,2,7`.

    Parameters
    ----------
    text : str
        Whole numbers with commas between them; `1..5` stands for 1, 2, 3, 4, 5.

    Raises
    ------
    UserError
        One line, if it is anything else.
    """
    seeds: list[int] = []
    for part in text.split(","):
        found = re.fullmatch(r"\s*(\d{1,18})(?:\.\.(\d{1,18}))?\s*", part)
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
        if last < first or last - first >= MAX_CELLS:
            raise UserError(f"--seeds {shortened(text)}: must be like 1..5 or 1,2,7")
        seeds.extend(range(first, last + 1))
    if len(set(seeds)) != len(seeds):
        raise UserError(f"--seeds {shortened(text)}: a seed is there twice")
    return tuple(seeds)


def make_cells(
    axes: Sequence[Axis], seeds: Sequence[int] | None = None, together: bool = False
) -> list[Cell]:
    """Return the cells of a sweep, all seeds of a setting one after another.

    Parameters
    ----------
    axes : sequence of Axis
        What varies. An axis of one value holds for every cell.
    seeds : sequence of int, optional
        Seeds of every setting; by default the study's own alone.
    together : bool
        Take the first values of all axes, then the second ones, and so on, instead of every
        combination.

    Raises
    ------
    UserError
        One line, if a key comes twice, axes that go together differ in length, or there are more
        than 100,000 cells.
    """
    keys = [axis.key for axis in axes]
    for key in keys:
        if keys.count(key) > 1:
            raise UserError(f"axis {key}: comes twice; write all its values in one")
        if key == "seed":
            raise UserError("axis seed: seeds are given apart, with --seeds 1..5")
    fixed = {axis.key: axis.values[0] for axis in axes if len(axis.values) == 1}
    varied = [axis for axis in axes if len(axis.values) > 1]
    settings = _settings(varied, together)
    if len(settings) * len(seeds or (0,)) > MAX_CELLS:
        raise UserError(f"a sweep may have at most {MAX_CELLS:,} cells")
    pairs = itertools.product(settings, seeds or (None,))
    return [
        Cell(_folder(number, setting, seed), setting, fixed, seed)
        for number, (setting, seed) in enumerate(pairs, 1)
    ]


def _settings(varied: Sequence[Axis], together: bool) -> list[dict[str, str]]:
    lengths = {axis.key: len(axis.values) for axis in varied}
    if together and len(set(lengths.values())) > 1:
        counts = ", ".join(f"{key} has {count}" for key, count in lengths.items())
        raise UserError(f"--zip: axes must have equally many values; {counts}")
    values = [axis.values for axis in varied]
    rows = zip(*values, strict=True) if together and varied else itertools.product(*values)
    return [dict(zip(lengths, row, strict=True)) for row in rows]


def _folder(number: int, setting: Mapping[str, str], seed: int | None) -> str:
    """Return a folder's name that says what the cell is; the number makes it unique."""
    said = [f"{key.rpartition('.')[2]}={value}" for key, value in setting.items()]
    said += [] if seed is None else [f"seed={seed}"]
    words = [re.sub(r"[^A-Za-z0-9.=+-]+", "_", word) for word in said]
    return "-".join([f"{number:04d}", *words])[:MAX_NAME].rstrip(".")


def axis_of(key: str, values: Any) -> Axis:
    """Return an axis for values of Python.

    Parameters
    ----------
    key : str
        Path of the key.
    values : list, tuple or a single value
        What it takes; anything but a list or a tuple is one value.
    """
    listed = values if isinstance(values, list | tuple) else [values]
    return read_axis(f"{key}={','.join(_spelt(value) for value in listed)}")


def _spelt(value: Any) -> str:
    """Return a value as YAML spells it: a plain word without quotes."""
    word = isinstance(value, str) and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]*", value)
    return str(value) if word and parse(value, value) == value else json.dumps(value)
