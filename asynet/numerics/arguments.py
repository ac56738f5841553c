"""Check arrays that public functions are given, by the letters of their shapes."""

from typing import Any

import numpy as np

from asynet.numerics.checks import finite, refusal
from asynet.types import Array

Sides = tuple[int | str, ...]


def shaped(
    name: str, value: Any, shape: Sides, sizes: dict[str, int] | None = None, empty: bool = False
) -> Array:
    """Return an argument as an array, if it holds finite real numbers in the right shape.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : array_like
        What was given; lists of numbers and arrays of bool are arrays too.
    shape : tuple of int or str
        The allowed shape. A letter stands for any size that is the same wherever it is used.
    sizes : dict of str to int, optional
        Sizes that letters have already; sizes found here are added to it.
    empty : bool
        Whether an array without elements is allowed.

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
    allowed = ", ".join(str(known.get(s, s) if isinstance(s, str) else s) for s in shape)
    wanted = f"an array of real numbers of shape ({allowed}{',' if len(shape) == 1 else ''})"
    try:
        x = np.asarray(value)
    except (ValueError, TypeError, RuntimeError):
        raise refusal(name, value, wanted) from None
    if x.dtype.kind not in "biuf" or len(shape) != x.ndim:
        raise refusal(name, value, wanted)
    for side, n in zip(shape, x.shape, strict=True):
        if n != (known.setdefault(side, n) if isinstance(side, str) else side):
            raise refusal(name, value, wanted)
    if not x.size and not empty:
        raise refusal(name, value, f"{wanted}, not empty")
    finite(name, x)
    return x


def spikes(name: str, value: Any, shape: Sides, sizes: dict[str, int] | None = None) -> Array:
    """Return an argument as an array, if it holds 0 and 1 alone; see `shaped`.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : array_like
        What was given.
    shape : tuple of int or str
        The allowed shape.
    sizes : dict of str to int, optional
        Sizes that letters have already; sizes found here are added to it.

    Raises
    ------
    ValueError
        If a value is neither 0 nor 1, or the shape is another.
    """
    x = shaped(name, value, shape, sizes)
    other = (x != 0) & (x != 1)
    if other.any():
        raise refusal(name, x[other].flat[0], "0 or 1")
    return x
