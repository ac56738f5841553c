"""Arrays as text in a page: bytes, deflated, in base64."""

import base64
import zlib
from typing import Any

import numpy as np

from asynet.types import Array

LEVEL = 6  # of zlib; more takes long and gains less than 1 %


def packed(array: Array, dtype: str) -> str:
    """Return an array as text, in little-endian order.

    Parameters
    ----------
    array : array
        Numbers.
    dtype : str
        What they are written as, such as "<f4".
    """
    return deflated(np.ascontiguousarray(array, dtype).tobytes())


def packed_bits(flags: Array) -> str:
    """Return flags as text, eight a byte, the first one in the lowest bit.

    Parameters
    ----------
    flags : array of bool, shape (n,)
        The flags.
    """
    return deflated(np.packbits(np.asarray(flags, bool), bitorder="little").tobytes())


def packed_whole(array: Array, before: Array | None) -> dict[str, Any]:
    """Return whole numbers as text, or their differences from numbers before, if that is shorter.

    Signs move to the lowest bit (0, -1, 1, -2 become 0, 1, 2, 3), so that small numbers have small
    bytes. First come the lowest bytes of all numbers, then the next ones, as far as any is not 0.

    Parameters
    ----------
    array : array of int32
        Numbers below 2**30 in magnitude.
    before : array of int32, optional
        Of the same shape.

    Returns
    -------
    dict
        `bytes` of each number, whether it is a `change`, and the text `data`.
    """
    found = _whole(array)
    if before is not None:
        changes = _whole(array - before)
        if len(changes["data"]) < len(found["data"]):
            return changes | {"change": True}
    return found | {"change": False}


def _whole(array: Array) -> dict[str, Any]:
    folded = ((array << 1) ^ (array >> 31)).astype(np.uint32).ravel()
    largest = int(folded.max(initial=0))
    count = max((largest.bit_length() + 7) // 8, 1)
    planes = [((folded >> (8 * k)) & 255).astype(np.uint8).tobytes() for k in range(count)]
    return {"bytes": count, "data": deflated(b"".join(planes))}


def deflated(content: bytes) -> str:
    """Return bytes as text.

    Parameters
    ----------
    content : bytes
        Any bytes.
    """
    return base64.b64encode(zlib.compress(content, LEVEL)).decode("ascii")
