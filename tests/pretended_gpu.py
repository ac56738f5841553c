"""A pretended GPU: tensors that say they lie on cuda, refuse to meet others, and compute here.

torch's FakeTensorMode has no numbers in its tensors, so that it stops at the first sample that is
copied to NumPy, and its cuda tensors cannot be indexed where torch is built for processors alone.
These tensors have numbers. They raise where a GPU's would: in an operation with a tensor of the
processor (other than a number), and where NumPy asks for their memory.
"""

from contextlib import ExitStack, contextmanager
from unittest.mock import MagicMock

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes

from asynet.network.kernels import triton_launch
from asynet.network.kernels.triton_launch import launch

CUDA = torch.device("cuda", 0)
PLACES = ("aten::index", "aten::_index_put_impl_")
BOTH = ("aten::copy_", "aten::_to_copy")  # move values from one device to another


class Far(torch.Tensor):
    """A tensor of the pretended GPU; `near` has its values."""

    @staticmethod
    def __new__(cls, near):
        # C++ sees the device meta, which needs no library of CUDA; Python sees cuda.
        made = torch.Tensor._make_wrapper_subclass(
            cls,
            near.size(),
            strides=near.stride(),
            storage_offset=near.storage_offset(),
            dtype=near.dtype,
            device="meta",
        )
        made.near = near
        return made

    def __repr__(self):
        return f"Far({self.near})"

    @property
    def device(self):
        return CUDA

    @property
    def is_cuda(self):
        return True

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
        return computed(function, args, kwargs or {})


def is_cuda(device):
    return device is not None and torch.device(device).type == "cuda"


def each(act, x):
    """Return lists, tuples and dicts with `act` done to what is in them."""
    if isinstance(x, list | tuple):
        return type(x)([each(act, one) for one in x])
    return {k: each(act, v) for k, v in x.items()} if isinstance(x, dict) else act(x)


def computed(function, args, kwargs):
    """Return what an operation gives, on the device on which a real one would."""
    tensors, device, name = [], kwargs.get("device"), function._schema.name

    def near(x):
        if isinstance(x, torch.Tensor):
            tensors.append(x)
        return x.near if isinstance(x, Far) else x

    given = {key: value for key, value in kwargs.items() if key != "pin_memory"}
    if device is not None:
        given["device"] = torch.device("cpu")
    near_args, near_kwargs = each(near, args), each(near, given)
    far = [x for x in tensors if isinstance(x, Far)]
    # Like a GPU's, an operation takes a single number, or places, from the processor.
    here = [x for x in tensors if not isinstance(x, Far) and x.ndim]
    if name.startswith(PLACES):
        here = [x for x in here if x is tensors[0] or x.dtype.is_floating_point]
    if far and here and name not in BOTH:
        raise RuntimeError(f"{name}: found two devices, cuda:0 and cpu")
    goes_far = bool(far) if device is None or str(device) == "meta" else is_cuda(device)
    if name == "aten::copy_":
        goes_far = isinstance(args[0], Far)
    found = function(*near_args, **near_kwargs)
    if not goes_far or name == "aten::_local_scalar_dense":
        return found
    known = {id(x.near): x for x in far}  # an operation in place gives back its argument

    def moved(x):
        return known[id(x)] if id(x) in known else Far(x) if isinstance(x, torch.Tensor) else x

    return each(moved, found)


class _Operations(TorchDispatchMode):
    """Makes tensors far that are made on cuda."""

    def __init__(self):
        super().__init__()
        # torch then looks for no CUDA library when a tensor is made on cuda.
        self._mode_key = torch._C._TorchDispatchModeKey.FAKE

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        return computed(function, args, kwargs or {})


class _Moves(TorchFunctionMode):
    """Moves tensors where torch would move them before any operation is seen."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if function in (torch.tensor, torch.as_tensor) and is_cuda(kwargs.get("device")):
            del kwargs["device"]
            return _moved(function(*args, **kwargs), None)
        if function is torch.Tensor.to:
            device, dtype, _, _ = torch._C._nn._parse_to(*args[1:], **kwargs)
            if is_cuda(device):
                return _moved(args[0], dtype)
        return function(*args, **kwargs)


def _moved(x, dtype):
    if isinstance(x, Far) and dtype in (None, x.dtype):
        return x
    return torch.ops.aten._to_copy(x, dtype=dtype, device=CUDA)


def launched(kernel, grid, tensors, *others):
    """Launch a kernel of Triton, which must be interpreted, on the pretended GPU."""
    if not all(isinstance(x, Far) for x in tensors):
        raise RuntimeError("a kernel cannot read the memory of the processor")
    for recording in Recording.going_on:
        recording.graph.again.append(lambda: launched(kernel, grid, tensors, *others))
    with _disable_current_modes():  # the interpreter copies what it reads
        launch(kernel, grid, [x.near for x in tensors], *others)


class Graph:
    """A pretended CUDA graph: operations, each from the same memory to the same."""

    def __init__(self):
        self.again, self.replays = [], 0

    def replay(self):
        self.replays += 1
        for act in self.again:
            act()


class Recording(TorchDispatchMode):
    """Records what is done within; refuses what a GPU cannot record."""

    going_on = ()

    def __init__(self, graph):
        super().__init__()
        self.graph = graph

    def __enter__(self):
        Recording.going_on = (*Recording.going_on, self)
        return super().__enter__()

    def __exit__(self, *error):
        Recording.going_on = Recording.going_on[:-1]
        return super().__exit__(*error)

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kwargs, name = kwargs or {}, function._schema.name
        near = [x for x in _tensors(args) if not isinstance(x, Far)]
        moves = name in BOTH and (near or not is_cuda(kwargs.get("device", CUDA)))
        if name == "aten::_local_scalar_dense" or moves:
            raise RuntimeError(f"{name}: operation not permitted when stream is capturing")
        found = function(*args, **kwargs)

        def again():
            for old, new in zip(_tensors(found), _tensors(function(*args, **kwargs)), strict=True):
                old.near.copy_(new.near)

        self.graph.again.append(again)
        return found


def _tensors(x):
    found = []
    each(lambda one: found.append(one) if isinstance(one, torch.Tensor) else None, x)
    return found


@contextmanager
def pretended_gpu(monkeypatch, triton=False):
    """Let torch find a GPU within; triton: with Triton's launches, which are interpreted."""
    with ExitStack() as stack:
        patch = stack.enter_context(monkeypatch.context())
        patch.setattr(triton_launch, "usable", lambda device: triton and device != "cpu")
        for name in ("device", "stream", "Stream", "current_stream"):
            patch.setattr(torch.cuda, name, MagicMock())
        patch.setattr(torch.cuda, "CUDAGraph", Graph)
        patch.setattr(torch.cuda, "graph", Recording)
        if triton:
            for module in ("triton_answer", "triton_learn"):
                patch.setattr(f"asynet.network.kernels.{module}.launch", launched)
        patch.setattr(torch.cuda, "is_available", lambda: True)
        patch.setattr(torch.Tensor, "pin_memory", lambda x: x)
        stack.enter_context(_Moves())
        stack.enter_context(_Operations())
        yield
