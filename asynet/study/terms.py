"""What the blocks of a study share: kinds of values, and how values and mistakes are worded."""

import difflib
from collections.abc import Iterable
from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic_core import PydanticCustomError

MAX_WEIGHTS = 2_000_000_000  # synapses in one projection
MAX_BYTES = 64_000_000_000  # memory that a study may need
MAX_STEPS = 1_000_000  # steps in one walk

CONFIG = ConfigDict(
    frozen=True, extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True
)
NAME_PATTERN = r"^[A-Za-z0-9_-]+$"
PATH_PATTERN = r"^[^\x00]+$"
Name = Annotated[str, Field(pattern=NAME_PATTERN, max_length=64)]
PathText = Annotated[str, Field(pattern=PATH_PATTERN, max_length=4096)]
Count = Annotated[int, Field(ge=1, le=10**9)]
Steps = Annotated[int, Field(ge=1, le=MAX_STEPS)]
Positive = Annotated[float, Field(gt=0, le=1e9)]
Temperature = Annotated[float, Field(ge=1, le=1e9)]
Share = Annotated[float, Field(ge=0, lt=1)]


def shortened(text: str) -> str:
    """Return a text cut to 60 characters."""
    return text if len(text) <= 60 else f"{text[:57]}..."


def shown(value: object) -> str:
    """Return a value as a message shows it: as YAML spells it, at most 60 characters."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    return shortened(repr(value))


def nearest(name: str, known: Iterable[str]) -> str:
    """Return "did you mean X?" for the known name that is closest, or else the names there are."""
    known = list(known)
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"known: {', '.join(known[:12])}{', ...' if len(known) > 12 else ''}"


def mistake(key: str, problem: str) -> PydanticCustomError:
    """Return the error of a check that spans several keys; key is relative to its model."""
    return PydanticCustomError("mistake", "{key}: {problem}", {"key": key, "problem": problem})
