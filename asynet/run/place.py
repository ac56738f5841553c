"""Where a study is computed: on a GPU or the processor, and by which kernel."""

import torch

from asynet import processes
from asynet.errors import UserError
from asynet.network.kernels.numba_kernel import cores
from asynet.study.study import Study
from asynet.types import Device, KernelName


def kernel_on(study: Study, device: str) -> KernelName:
    """Return the kernel that computes a study on a device.

    Parameters
    ----------
    study : Study
        The study. An operator is computed by torch whatever its study says.
    device : str
        "cpu", "cuda" or "cuda:N".

    Returns
    -------
    {"reference", "numba", "torch"}
        The one that the study names. Where it says auto: torch on a GPU, numba on the processor.
    """
    if study.operator is not None:
        return "torch"
    if study.compute.kernel != "auto":
        return study.compute.kernel
    return "torch" if device.startswith("cuda") else "numba"


def choose_device(wanted: Device, study: Study) -> str:
    """Return the device that computes a study: cpu or cuda.

    Parameters
    ----------
    wanted : {"auto", "cpu", "cuda"}
        What the user asks for. auto: a GPU, if torch finds one and the study's kernel runs there.
    study : Study
        The study.

    Raises
    ------
    UserError
        One line, if a GPU is asked for and cannot be used.
    """
    if wanted == "cpu":
        return "cpu"
    there, kernel = torch.cuda.is_available(), kernel_on(study, "cuda")
    if wanted == "cuda" and not there:
        raise UserError("--device cuda: torch finds no GPU here; cpu and auto are allowed")
    if wanted == "cuda" and kernel != "torch":
        problem = f"is not allowed with compute.kernel {kernel}, which runs on the processor alone"
        raise UserError(f"--device cuda: {problem}; auto and torch run on a GPU")
    return "cuda" if there and kernel == "torch" else "cpu"


def threads_for(study: Study) -> int | None:
    """Return how many threads this process computes with at most; None: all cores.

    Parameters
    ----------
    study : Study
        The study. Where it does not say, the processes on one machine share its cores.
    """
    return share_of_cores(study.compute.threads)


def share_of_cores(threads: int | None) -> int | None:
    """Return how many threads this process computes with at most; None: all cores.

    Parameters
    ----------
    threads : int or None
        What the study says; None: the processes on one machine share its cores.
    """
    if threads is not None or processes.started() == 1:
        return threads
    return max(cores() // processes.on_this_machine(), 1)
