"""Lay a network out for one of the three kernels."""

from asynet.errors import UserError
from asynet.network.kernels.contract import Kernel
from asynet.network.network import Network
from asynet.types import KernelName


def make_kernel(
    name: KernelName, network: Network, device: str = "cpu", threads: int | None = None
) -> Kernel:
    """Lay out `network` for the named kernel.

    device: torch only. threads: numba only; None: all cores.
    Raises UserError for a device that is not there.
    """
    # Imported here so that the reference kernel needs neither numba nor torch.
    if name == "reference":
        from asynet.network.kernels.reference import ReferenceKernel

        return ReferenceKernel(network)
    if name == "numba":
        from asynet.network.kernels.numba_kernel import NumbaKernel

        return NumbaKernel(network, threads)
    if name == "torch":
        from asynet.network.kernels.torch_kernel import TorchKernel

        return TorchKernel(network, device)
    raise UserError(f"kernel {name!r} is not one of reference, numba, torch")
