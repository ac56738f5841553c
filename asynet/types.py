"""Names for the types that signatures share."""

from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
FloatArray: TypeAlias = NDArray[np.floating[Any]]
Device: TypeAlias = Literal["auto", "cpu", "cuda"]
Matrix: TypeAlias = Any  # an Array, or a scipy.sparse.csr_array
