"""The processes of one run that torchrun starts: which one this is, and what they exchange.

Every process does the same walks with the same states. Where there is much to compute, each
computes some of the chains and gives the others its results. The first process alone reads and
writes the run directory.

Before `join` there is one process, and nothing here imports torch.
"""

import atexit
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from torch import Tensor

    from asynet.types import Array

T = TypeVar("T")

WAIT = timedelta(hours=2)  # for a process that computes something alone


class ProcessLost(ConnectionError):
    """Another process of the run has ended, so that this one cannot go on."""


@dataclass
class _Group:
    count: int = 1
    rank: int = 0
    device: str = "cpu"  # where tensors have to lie to be exchanged
    alone: bool = False
    lost: bool = False


_group = _Group()


def started() -> int:
    """Return how many processes torchrun has started for this run; without it, 1."""
    return int(os.environ["WORLD_SIZE"]) if "TORCHELASTIC_RUN_ID" in os.environ else 1


def is_first() -> bool:
    """Return whether this is the process that reads and writes the run directory."""
    return started() == 1 or os.environ["RANK"] == "0"


def restarts() -> tuple[int, int]:
    """Return how often torchrun has started the run again, and how often it would."""
    done, most = (
        os.environ.get(f"TORCHELASTIC_{k}", "0") for k in ("RESTART_COUNT", "MAX_RESTARTS")
    )
    return int(done), int(most)


def on_this_machine() -> int:
    """Return how many processes of the run share the cores of this machine."""
    return int(os.environ["LOCAL_WORLD_SIZE"]) if started() > 1 else 1


def count() -> int:
    """Return how many processes have joined; 1 within `alone`."""
    return 1 if _group.alone else _group.count


def lost() -> bool:
    """Return whether another process of the run is known to have ended."""
    return _group.lost


def join(device: str) -> None:
    """Join the other processes, if torchrun has started several.

    Parameters
    ----------
    device : str
        cpu or cuda: where the run is computed. Where each process has a GPU of its own, they
        exchange by NCCL, else by gloo.

    Raises
    ------
    ProcessLost
        If another process has ended.
    """
    if started() == 1 or _group.count > 1:
        return
    import torch
    from torch import distributed

    backend = "gloo"
    if device.startswith("cuda"):
        there = torch.cuda.device_count()
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]) % there)
        if there >= on_this_machine() and distributed.is_nccl_available():
            backend = "nccl"
    with _others():
        rank = int(os.environ["RANK"])
        distributed.init_process_group(
            backend, timeout=WAIT, store=_store(WAIT), rank=rank, world_size=started()
        )
    atexit.register(distributed.destroy_process_group)
    _group.count, _group.rank = distributed.get_world_size(), distributed.get_rank()
    _group.device = "cuda" if backend == "nccl" else "cpu"


@contextmanager
def alone() -> Iterator[None]:
    """Let this process compute everything within the block itself, and exchange nothing."""
    before, _group.alone = _group.alone, True
    try:
        yield
    finally:
        _group.alone = before


def share(n: int) -> slice:
    """Return which of n things this process computes; shares differ by one at most.

    Parameters
    ----------
    n : int
        How many there are.
    """
    return _share(n, _group.rank if count() > 1 else 0)


def _share(n: int, rank: int) -> slice:
    return slice(n * rank // count(), n * (rank + 1) // count())


def gather(own: Sequence["Tensor"], n: int) -> list["Tensor"]:
    """Return what all processes have computed, in order: tensors whose first dimension is n.

    Parameters
    ----------
    own : sequence of tensor
        What this process has computed, each of shape (its share of n, ...).
    n : int
        How many things are shared out.

    Raises
    ------
    ProcessLost
        If another process has ended.
    """
    import torch
    from torch import distributed

    if not own:
        return []
    mine = share(n)
    flat = [t if t.ndim > 1 else t[:, None] for t in own]
    each = [t.detach().contiguous().flatten(1).view(torch.uint8) for t in flat]
    sizes = [bytes_.shape[1] for bytes_ in each]
    most = -(-n // count())
    sent = torch.zeros(most, sum(sizes), dtype=torch.uint8, device=_group.device)
    sent[: mine.stop - mine.start] = torch.cat([b.to(_group.device) for b in each], dim=1)
    received = torch.empty(count(), *sent.shape, dtype=torch.uint8, device=_group.device)
    with _others():
        distributed.all_gather(list(received.unbind()), sent)
    lengths = [_share(n, rank).stop - _share(n, rank).start for rank in range(count())]
    whole = torch.cat([part[:k] for part, k in zip(received, lengths, strict=True)])
    return [
        part.contiguous().view(t.dtype).reshape(n, *t.shape[1:]).to(t.device)
        for t, part in zip(own, torch.split(whole, sizes, dim=1), strict=True)
    ]


def share_out(
    model: object, n: int, compute: Callable[[slice], Sequence["Array"]]
) -> list["Array"]:
    """Return what a function computes of n things, of which each process may compute some alone.

    Parameters
    ----------
    model : object
        What computes. If its attribute `shares_walks` is true, all processes call this at once,
        and each computes some; if not, or if it has none, this process computes all.
    n : int
        How many things there are.
    compute : callable
        Returns arrays of some of them, (its share of n, ...); what it finds out of one thing has
        to be independent of the others. It exchanges nothing.

    Raises
    ------
    ProcessLost
        If another process has ended.
    """
    if not getattr(model, "shares_walks", False) or not 1 < count() <= n:
        return list(compute(slice(0, n)))
    import torch

    mine = share(n)
    with alone():
        own = compute(mine)
    return [part.numpy() for part in gather([torch.from_numpy(array) for array in own], n)]


def add_up(own: "Tensor") -> "Tensor":
    """Return the sum over all processes of a tensor; multiples of 2**-16 add up exactly.

    Parameters
    ----------
    own : tensor
        What this process has; it may be overwritten.

    Raises
    ------
    ProcessLost
        If another process has ended.
    """
    from torch import distributed

    total = own.contiguous().to(_group.device)
    with _others():
        distributed.all_reduce(total)
    return total.to(own.device)


def any_of(here: bool) -> bool:
    """Return whether something holds in any of the processes.

    Parameters
    ----------
    here : bool
        Whether it holds in this one.

    Raises
    ------
    ProcessLost
        If another process has ended.
    """
    if count() == 1:
        return here
    import torch

    return bool(add_up(torch.tensor([float(here)])).item())


def from_first(make: Callable[[], T]) -> T:
    """Return in every process what a function returns in the first one, where alone it is called.

    Parameters
    ----------
    make : callable
        Returns something that can be pickled.

    Raises
    ------
    ProcessLost
        If another process has ended.
    """
    if count() == 1:
        return make()
    from torch import distributed

    box: list[Any] = [make() if is_first() else None]
    with _others():
        distributed.broadcast_object_list(box, src=0, device=_torch_device())
    made: T = box[0]
    return made


def first_to_say() -> bool:
    """Return whether no other process of the run has asked this before; without torchrun, True.

    So that one line says why a run ends, whichever process finds out first.
    """
    if started() == 1:
        return True
    try:
        return bool(_store(timedelta(seconds=10)).add("said", 1) == 1)
    except RuntimeError:  # torchrun has ended
        return is_first()


def _store(wait: timedelta) -> Any:
    """Return torchrun's store, with keys of this start alone: it may keep those of earlier ones."""
    from torch import distributed as d

    where = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
    store = d.TCPStore(*where, is_master=False, timeout=wait)  # type: ignore[attr-defined]
    return d.PrefixStore(f"asynet/{restarts()[0]}", store)  # type: ignore[attr-defined]


def _torch_device() -> Any:
    import torch

    return torch.device(_group.device)


@contextmanager
def _others() -> Iterator[None]:
    """Say in plain words that an exchange with other processes has failed."""
    try:
        yield
    except RuntimeError as error:
        _group.lost = True
        raise ProcessLost("another process of this run has ended") from error
