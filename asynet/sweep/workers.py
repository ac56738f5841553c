"""Where the cells of a sweep run: Dask's distributed scheduler, here or on a cluster."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from asynet.errors import UserError
from asynet.network.kernels.numba_kernel import cores

INSTALL = "pip install 'asynet[sweep]'"


def require(module: str, why: str) -> Any:
    """Return a module of the sweep extra.

    Parameters
    ----------
    module : str
        Its name.
    why : str
        What needs it: the start of the message.

    Raises
    ------
    UserError
        If it is missing; the message says how to install it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        missing = (error.name or module).partition(".")[0]
        raise UserError(f"{why}: {missing} is not installed; {INSTALL}") from None


def shared_out(cells: int, workers: int | None, there: int) -> tuple[int, int]:
    """Return how many workers run at once on this machine, and the threads of each.

    Parameters
    ----------
    cells : int
        Cells that are to be run.
    workers : int, optional
        What the user asks for; by default as many as there are cores or cells.
    there : int
        Processor cores.
    """
    count = max(min(cells, workers or there), 1)
    return count, max(there // count, 1)


@contextmanager
def connected(
    cells: int, workers: int | None, scheduler: str | None, slurm: str | None
) -> Iterator[Any]:
    """Give a client of a Dask scheduler with workers behind it.

    Parameters
    ----------
    cells : int
        Cells that are to be run.
    workers : int, optional
        Workers on this machine, or jobs of Slurm.
    scheduler : str, optional
        Address of a scheduler that runs already, such as `tcp://host:8786`.
    slurm : str, optional
        Partition of a Slurm cluster, where each worker is a job of its own.

    Yields
    ------
    distributed.Client
        The client. What was started here ends with the block.

    Raises
    ------
    UserError
        One line, if Dask is missing or no scheduler answers.
    """
    distributed = require("distributed", "a sweep")
    if scheduler is not None:
        try:
            client = distributed.Client(scheduler, timeout="10s", set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            problem = str(error).splitlines()[0]
            raise UserError(f"--scheduler {scheduler}: no scheduler answers ({problem})") from None
        with client:
            yield client
        return
    cluster = _on_slurm(slurm, cells, workers) if slurm else _here(distributed, cells, workers)
    with cluster, distributed.Client(cluster, set_as_default=False) as client:
        yield client


def _here(distributed: Any, cells: int, workers: int | None) -> Any:
    """Start processes on this machine: one cell at a time in each."""
    count, _ = shared_out(cells, workers, cores())
    return distributed.LocalCluster(
        n_workers=count,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        silence_logs="CRITICAL",
        memory_limit=0,  # Dask kills no worker for its memory
    )


def _on_slurm(partition: str, cells: int, workers: int | None) -> Any:
    """Start a scheduler here whose workers are jobs of Slurm."""
    jobqueue = require("dask_jobqueue", "--slurm")
    cluster = jobqueue.SLURMCluster(queue=partition, cores=1, processes=1, memory="8GB")
    cluster.scale(jobs=min(cells, workers or cells))
    return cluster
