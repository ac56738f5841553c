"""Three kernels behind one contract: `reference` (NumPy), `numba` (CPU), `torch` (CPU, GPU)."""

from asynet.network.kernels.contract import Fire, Kernel, Response, Teach, make_kernel

__all__ = ["Fire", "Kernel", "Response", "Teach", "make_kernel"]
