"""Lay a network out for one of the three kernels."""

from asynet.errors import UserError
from asynet.network.kernels.contract import Kernel
from asynet.network.network import Network
from asynet.numerics import checks
from asynet.types import KernelName


def make_kernel(
    name: KernelName, network: Network, device: str = "cpu", threads: int | None = None
) -> Kernel:
    """Lay a network out for simulation and learning.

    Parameters
    ----------
    name : {"reference", "numba", "torch"}
        Which kernel.
    network : Network
        What to lay out; its arrays are copied.
    device : str
        "cpu", "cuda" or "cuda:N"; torch only.
    threads : int, optional
        How many at most; numba only. None: all cores.

    Returns
    -------
    Kernel
        With the network's weights.

    Raises
    ------
    UserError
        If the kernel or the device is not there, or the number of threads is not allowed.
    ValueError
        If `network` is no Network.
    """
    checks.instance("network", network, Network, "a Network")
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
