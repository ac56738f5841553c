"""Whether Triton's kernels can be used, and their launch.

They come with torch's builds for CUDA. With TRITON_INTERPRET=1 in the environment, Triton computes
them on the processor, slowly, which is how they are tested.
"""

import importlib.util
import os
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor


def usable(device: str) -> bool:
    """Return whether Triton computes on a device.

    Parameters
    ----------
    device : str
        "cpu", "cuda" or "cuda:N".
    """
    interpreted = os.environ.get("TRITON_INTERPRET") == "1"
    return (interpreted or device != "cpu") and importlib.util.find_spec("triton") is not None


def launch(kernel: Any, grid: tuple[int, ...], tensors: list[Tensor], *others: Any) -> None:
    """Start a kernel on the device of its tensors.

    No multiplication is fused with an addition, so that each rounds as in the reference.

    Parameters
    ----------
    kernel : triton.JITFunction
        What is started.
    grid : tuple of int
        How many programs.
    tensors : list of tensor
        The kernel's first arguments, all on one device.
    *others : int or bool
        The other arguments.
    """
    device = tensors[0].device
    with torch.cuda.device(device) if device.type == "cuda" else nullcontext():
        kernel[grid](*tensors, *others, enable_fp_fusion=False)
