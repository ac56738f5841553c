"""CUDA graphs: what was started once, launch by launch, is started again in a single call."""

from collections.abc import Callable

import torch


def captured(act: Callable[[], None], device: str) -> Callable[[], None]:
    """Return a function that lets a GPU do again what `act` does, from the same memory to the same.

    `act` is run once, which compiles and lets libraries make room, and recorded once. Whatever
    differs from call to call has to be read from the GPU's memory; numbers of Python are recorded.

    Parameters
    ----------
    act : callable
        Starts work on the GPU, and waits for none of it.
    device : str
        "cuda" or "cuda:N".
    """
    with torch.cuda.device(device):
        beside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside):
            act()
        torch.cuda.current_stream().wait_stream(beside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            act()

    def again() -> None:
        with torch.cuda.device(device):
            graph.replay()

    return again
