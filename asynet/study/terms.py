"""What the blocks of a study share: kinds of values, and the words of their error messages."""

import difflib
from collections.abc import Iterable
from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic_core import PydanticCustomError

from asynet.errors import UserError

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
    """Return a text cut to 60 characters.

    Parameters
    ----------
    text : str
        Any text; a longer one ends in three dots.
    """
    return text if len(text) <= 60 else f"{text[:57]}..."


def shown(value: object) -> str:
    """Return a value as YAML spells it, cut to 60 characters.

    Parameters
    ----------
    value : object
        What a study file or an override gave.
    """
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    return shortened(repr(value))


def nearest(name: str, known: Iterable[str]) -> str:
    """Return "did you mean X?" for a name that was probably misspelt, else the names allowed.

    Parameters
    ----------
    name : str
        The unknown name.
    known : iterable of str
        Names that are allowed; at most twelve are listed.
    """
    known = list(known)
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"allowed: {', '.join(known[:12])}{', ...' if len(known) > 12 else ''}"


def mistake(key: str, problem: str) -> PydanticCustomError:
    """Return the error of a check that compares several keys.

    Parameters
    ----------
    key : str
        Path of the key that is wrong, from the block that is being checked.
    problem : str
        What is wrong and what is allowed.
    """
    return PydanticCustomError("mistake", "{key}: {problem}", {"key": key, "problem": problem})


def unused(key: str, problem: str) -> PydanticCustomError:
    """Return the error of a key that is set and that the study does not use.

    Parameters
    ----------
    key : str
        Path of the key, from the block that is being checked.
    problem : str
        Why it is not used.
    """
    context = {"key": key, "problem": problem, "unused": True}
    return PydanticCustomError("mistake", "{key}: {problem}", context)


def refused(key: str, value: object, why: str, allowed: str) -> PydanticCustomError:
    """Return the error "VALUE is not allowed WHY; must be ALLOWED" of a key.

    Parameters
    ----------
    key : str
        Path of the key, from the block that is being checked.
    value : object
        The value that the study gives.
    why : str
        What the value does not go together with, such as "with a network"; may be empty.
    allowed : str
        What the key may be instead.
    """
    reason = f" {why}" if why else ""
    return mistake(key, f"{shown(value)} is not allowed{reason}; must be {allowed}")


def user_error(where: str, what: str) -> UserError:
    """Return a UserError on one line, whatever characters a path or a key holds.

    Parameters
    ----------
    where : str
        The file or the override.
    what : str
        What is wrong with it and what is allowed.
    """
    line = f"{where}: {what}"
    return UserError("".join(c if c.isprintable() else repr(c)[1:-1] for c in line))
