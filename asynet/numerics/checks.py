"""Refuse what is not allowed, in one line that says where, which value, and what is allowed.

Every function takes `where`, the name of the argument as the user knows it, and raises ValueError.
"""

import math
from numbers import Real
from operator import index
from typing import Any, get_args

import numpy as np

from asynet.types import Array

LONGEST = 60  # characters of a value that a message shows
LARGEST_SEED = 2**64 - 1


def refusal(where: str, value: object, allowed: str) -> ValueError:
    """Return the error for a value that is not allowed.

    Parameters
    ----------
    where : str
        Name of the argument.
    value : object
        What was given.
    allowed : str
        What is allowed; follows "must be".
    """
    return ValueError(f"{where}: {shown(value)} is not allowed; must be {allowed}")


def shown(value: object) -> str:
    """Return a value as a message shows it, on one line.

    Parameters
    ----------
    value : object
        Of an array, the message shows the dtype and the shape.
    """
    shape, dtype = getattr(value, "shape", None), getattr(value, "dtype", None)
    if shape is not None and dtype is not None and len(shape):
        return f"{type(value).__name__} of {dtype} and shape {tuple(shape)}"
    text = " ".join(repr(value.item() if isinstance(value, np.generic) else value).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def whole(where: str, value: Any, least: int, most: int) -> int:
    """Return a whole number as an int; refuse others, and True and False.

    Parameters
    ----------
    where : str
        Name of the argument.
    value : int
        The number; a NumPy integer is one.
    least, most : int
        Smallest and largest number allowed.
    """
    number = None
    if not isinstance(value, bool | np.bool_ | np.ndarray):
        try:
            number = index(value)
        except TypeError:
            number = None
    if number is None or not least <= number <= most:
        raise refusal(where, value, f"a whole number from {least} to {most}")
    return number


def real(
    where: str,
    value: Any,
    least: float = -math.inf,
    most: float = math.inf,
    above: float = -math.inf,
    below: float = math.inf,
) -> float:
    """Return a finite number as a float; refuse others, and True and False.

    Parameters
    ----------
    where : str
        Name of the argument.
    value : float
        The number; an int or a NumPy number is one.
    least, most : float
        Smallest and largest number allowed.
    above, below : float
        Numbers between which the value must lie; they are not allowed themselves.
    """
    number = math.nan
    if isinstance(value, Real) and not isinstance(value, bool | np.bool_):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
    if not (math.isfinite(number) and least <= number <= most and above < number < below):
        bounds = [
            f"{word} {bound:g}"
            for word, bound in (
                ("at least", least),
                ("above", above),
                ("at most", most),
                ("below", below),
            )
            if math.isfinite(bound)
        ]
        raise refusal(where, value, " ".join(["a finite number", " and ".join(bounds)]).rstrip())
    return number


def one_of(where: str, value: Any, choice: Any) -> None:
    """Refuse a value that is none of a choice's words.

    Parameters
    ----------
    where : str
        Name of the argument.
    value : str
        The word.
    choice : typing.Literal
        A choice of `asynet.types`.
    """
    words = get_args(choice)
    if not isinstance(value, str) or value not in words:
        raise refusal(where, value, f"one of {', '.join(words)}")


def flag(where: str, value: Any) -> None:
    """Refuse what is neither True nor False.

    Parameters
    ----------
    where : str
        Name of the argument.
    value : bool
        The flag.
    """
    if not isinstance(value, bool | np.bool_):
        raise refusal(where, value, "True or False")


def instance(where: str, value: Any, kind: type | tuple[type, ...], allowed: str) -> None:
    """Refuse a value of another type.

    Parameters
    ----------
    where : str
        Name of the argument.
    value : object
        What was given.
    kind : type or tuple of type
        What it must be an instance of.
    allowed : str
        The same in words.
    """
    if not isinstance(value, kind):
        raise refusal(where, value, allowed)


def numbers(where: str, value: Any, shape: tuple[int, ...] | None = None) -> Array:
    """Return an array of finite real numbers; refuse everything else.

    Parameters
    ----------
    where : str
        Name of the argument.
    value : ndarray
        Integers or floating-point numbers.
    shape : tuple of int, optional
        The shape that it must have; None: any.
    """
    wanted = "an array of real numbers" + ("" if shape is None else f" of shape {shape}")
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "iuf":
        raise refusal(where, value, wanted)
    if shape is not None and value.shape != shape:
        raise refusal(where, value, wanted)
    finite(where, value)
    return value


def finite(where: str, value: Array) -> None:
    """Refuse an array that holds NaN or infinity.

    Parameters
    ----------
    where : str
        Name of the argument.
    value : ndarray of numbers
        The array.
    """
    found = np.isfinite(value)
    if not found.all():
        wrong = value[~found].flat[0]
        raise refusal(where, wrong, f"finite; {np.size(found) - np.count_nonzero(found)} are not")
