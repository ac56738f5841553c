"""Three kernels behind one contract: `reference` (NumPy), `numba` (CPU), `torch` (CPU, GPU)."""

from asynet.network.kernels.contract import (
    Dynamics,
    Fire,
    Kernel,
    Response,
    Teach,
)
from asynet.network.kernels.make import make_kernel

__all__ = ["Dynamics", "Fire", "Kernel", "Response", "Teach", "make_kernel"]
