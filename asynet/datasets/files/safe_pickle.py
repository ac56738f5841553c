"""Read arrays of bytes out of a pickle without running any of the code that it names.

A pickle may name any function of any module and have it called. Here the few names that NumPy's
arrays need stand for inert records, made anew for each file, and any other name is refused.
"""

import io
import math
import pickle
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asynet.errors import UserError


class ForbiddenGlobal(Exception):
    """A pickle names something other than NumPy's array constructors."""


def load_pickle(content: bytes) -> Any:
    """Return what a pickle holds: containers, numbers, text, and arrays of uint8.

    Text of Python 2 is returned as bytes. Arrays must be in C order.

    Parameters
    ----------
    content : bytes
        The pickle.

    Raises
    ------
    UserError
        One line, without a file name, if the pickle is damaged, names anything but NumPy's array
        constructors, or holds other arrays.
    """
    try:
        return _plain(_Unpickler(io.BytesIO(content)).load())
    except (ForbiddenGlobal, UserError) as error:
        raise UserError(str(error)) from None
    except Exception as error:  # damaged bytes make pickle raise a dozen types
        reason = " ".join(str(error).split()) or type(error).__name__
        raise UserError(f"not a readable pickle ({reason})") from None


# The unpickler written in C sets memory aside for as many memo entries as a file claims to have, so
# that one wrong byte can ask for 32 GB; the one written in Python does not.
class _Unpickler(pickle._Unpickler):
    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, encoding="bytes")
        self.names = _stand_ins()

    def find_class(self, module: str, name: str) -> Any:
        module = module.replace("numpy._core.", "numpy.core.")
        if (module, name) not in self.names:
            raise ForbiddenGlobal(
                f"names {module}.{name}; nothing but NumPy arrays and plain containers is allowed"
            )
        return self.names[module, name]


class _Record:
    """What a pickled array or dtype says of itself."""

    state: Any = None
    arguments: tuple[Any, ...] = ()


def _stand_ins() -> dict[tuple[str, str], Any]:
    """Return inert stand-ins for NumPy's names; a pickle can spoil them for itself alone."""

    class Array(_Record):
        def __setstate__(self, state: Any) -> None:
            self.state = state

    class Dtype(_Record):
        def __init__(self, *arguments: Any) -> None:
            self.arguments = arguments

        def __setstate__(self, state: Any) -> None:
            self.state = state

    def reconstruct(*_: Any) -> Array:
        return Array()

    def encode(text: str, encoding: str) -> bytes:  # how Python 3 writes bytes in protocol 2
        if encoding not in ("latin1", b"latin1"):
            raise ForbiddenGlobal(f"encodes text as {encoding!r}; must be latin1")
        return text.encode("latin1")

    def empty() -> bytes:  # how Python 3 writes b"" in protocol 2
        return b""

    return {
        ("numpy.core.multiarray", "_reconstruct"): reconstruct,
        ("numpy", "ndarray"): Array,
        ("numpy", "dtype"): Dtype,
        ("_codecs", "encode"): encode,
        ("__builtin__", "bytes"): empty,
    }


def _plain(value: Any) -> Any:
    """Return a value with its array records made arrays, in a dictionary or on their own."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return _array(value) if isinstance(value, _Record) else value


def _array(record: _Record) -> NDArray[np.uint8]:
    """Build a uint8 array from (version, shape, dtype, is_fortran, bytes)."""
    try:
        _, shape, dtype, fortran, content = record.state
        name = dtype.arguments[0]
    except (TypeError, ValueError, AttributeError, IndexError):
        raise UserError("not a readable pickle (an array without content)") from None
    if name not in (b"u1", "u1", b"|u1", "|u1"):
        raise UserError(f"holds an array of type {name!r}; must be unsigned bytes")
    if fortran or not isinstance(content, bytes) or not isinstance(shape, tuple):
        raise UserError("holds an array in another order or form; must be bytes, C-ordered")
    if not all(type(n) is int and n >= 0 for n in shape) or math.prod(shape) != len(content):
        raise UserError(f"holds {len(content)} bytes for an array of shape {shape}")
    return np.frombuffer(content, np.uint8).reshape(shape)
