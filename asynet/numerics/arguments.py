"""Check what a public function is given; a refusal is one line that names the argument."""

from typing import Any, get_args

import numpy as np

from asynet.types import Array


def numbers(
    name: str, value: Any, shape: tuple[int | str, ...], sizes: dict[str, int] | None = None
) -> Array:
    """Return an argument as an array, if it holds finite numbers in the right shape.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : array_like
        What was given.
    shape : tuple of int or str
        The allowed shape. A letter stands for any size that is the same wherever it is used.
    sizes : dict of str to int, optional
        Sizes that letters have already; sizes found here are added to it.

    Returns
    -------
    array
        The values, of the type that they had.

    Raises
    ------
    ValueError
        If the values are not numbers, not finite, or have another shape.
    """
    known = {} if sizes is None else sizes
    try:
        x = np.asarray(value)
    except (ValueError, TypeError, RuntimeError):
        raise ValueError(f"{name}: {type(value).__name__} is no array of numbers") from None
    if x.dtype.kind not in "biuf":
        raise ValueError(f"{name}: {type(value).__name__} is no array of real numbers")
    fits = len(shape) == x.ndim and all(
        known.setdefault(side, n) == n if isinstance(side, str) else side == n
        for side, n in zip(shape, x.shape, strict=True)
    )
    if not fits:
        allowed = [str(known.get(s, s) if isinstance(s, str) else s) for s in shape]
        written = f"({', '.join(allowed)}{',' if len(allowed) == 1 else ''})"
        raise ValueError(f"{name}: shape {x.shape} is not allowed; must be {written}")
    if not np.isfinite(x).all():
        raise ValueError(f"{name}: holds NaN or infinity; must be finite")
    return x


def spikes(
    name: str, value: Any, shape: tuple[int | str, ...], sizes: dict[str, int] | None = None
) -> Array:
    """Return an argument as an array, if it holds 0 and 1 alone; see `numbers`.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : array_like
        What was given.
    shape : tuple of int or str
        The allowed shape.
    sizes : dict of str to int, optional
        Sizes that letters have already.

    Raises
    ------
    ValueError
        If a value is neither 0 nor 1, or the shape is another.
    """
    x = numbers(name, value, shape, sizes)
    if x.dtype.kind != "b" and not ((x == 0) | (x == 1)).all():
        wrong = x[(x != 0) & (x != 1)].flat[0]
        raise ValueError(f"{name}: {wrong} is not allowed; must be 0 or 1")
    return x


def positive(name: str, value: Any, zero: bool = False, most: float = np.inf) -> float:
    """Return an argument as a float, if it is a finite number above 0.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : float
        What was given.
    zero : bool
        Whether 0 is allowed too.
    most : float
        The largest allowed value.

    Raises
    ------
    ValueError
        If it is no number, or out of range.
    """
    x = float(numbers(name, value, ()))
    if x < 0 or (x == 0 and not zero) or x > most:
        allowed = "at least 0" if zero else "above 0"
        limit = f" and at most {most:g}" if most < np.inf else ""
        raise ValueError(f"{name}: {x:g} is not allowed; must be {allowed}{limit}")
    return x


def whole(name: str, value: Any, least: int = 1) -> int:
    """Return an argument as an int, if it is a whole number that is large enough.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : int
        What was given.
    least : int
        The smallest allowed value.

    Raises
    ------
    ValueError
        If it is no whole number, or too small.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ValueError(f"{name}: {value!r} is not allowed; must be a whole number >= {least}")
    return int(value)


def choice(name: str, value: Any, allowed: Any) -> None:
    """Check that an argument is one of the choices of a Literal.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : object
        What was given.
    allowed : Literal
        One of the choices in `asynet.types`.

    Raises
    ------
    ValueError
        If it is none of them.
    """
    choices = get_args(allowed)
    if value not in choices:
        raise ValueError(f"{name}: {value!r} is not allowed; must be one of {', '.join(choices)}")
