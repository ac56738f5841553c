"""Which values examples may have."""

import numpy as np

from asynet.types import Array, Binarise


def require_kind(dtype: np.dtype[np.generic], binarise: Binarise) -> None:
    """Refuse a type of values that a way to make states does not take.

    Parameters
    ----------
    dtype : dtype
        Of the values, as they are stored.
    binarise : {"sample", "threshold", "none", "dequantise"}
        How values become states.

    Raises
    ------
    ValueError
        One line, without the name of the values.
    """
    if dtype == np.uint8:
        if binarise == "none":
            raise ValueError(
                "8-bit values are not allowed with binarise none; dequantise, sample or "
                "threshold them, or give real numbers"
            )
    elif dtype.kind not in "biuf":
        raise ValueError(f"values of type {dtype} are not allowed; must be numbers")
    elif binarise == "dequantise":
        raise ValueError(f"{dtype} values cannot be dequantised; must be uint8")


def problem_of(values: Array, binarise: Binarise) -> str | None:
    """Return what is wrong with values of an allowed kind, or None.

    Parameters
    ----------
    values : array
        The values.
    binarise : {"sample", "threshold", "none", "dequantise"}
        How they become states.
    """
    if values.dtype == np.uint8:
        return None
    if not np.isfinite(values).all():
        return "holds values that are not finite"
    if binarise != "none" and (values.min() < 0 or values.max() > 1):
        return f"values to {binarise} must lie in [0, 1], or be uint8"
    return None
