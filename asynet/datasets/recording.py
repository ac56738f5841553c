"""Recorded population activity: bins of time as examples, and the bin that follows each."""

from pathlib import Path

import numpy as np

from asynet.datasets.dataset import Dataset, DataSettings
from asynet.datasets.splits import check_range
from asynet.datasets.surrogate import surrogate_network, surrogate_recording
from asynet.errors import UserError
from asynet.exchange.spike_files import read_activity
from asynet.exchange.spike_trains import Activity
from asynet.network.network import Network

BINS = 20_000


def load_population(data: DataSettings, seed: int) -> Dataset:
    """Return the recording at data.path, or else a surrogate: a kinetic Ising network's activity.

    The last tenth of the bins is the test split. Before it come `validation` bins (default: as
    many), and `limit` keeps the first of the rest: stretches of time, not shuffled bins. A
    training bin has its following bin beside it; the last bin before a pause, or of a trial, has
    none and is left out.

    Parameters
    ----------
    data : DataSettings
        `count` is the number of bins: of a recording the first ones, of a surrogate those to draw
        (default 20,000). `size` is the number of neurons. `bin` is the length of a bin in seconds.
    seed : int
        Of the surrogate: its network and its activity.

    Raises
    ------
    UserError
        For a file that cannot be used, or of another number of neurons than data.size.
    """
    recorded: Network | None = None
    if data.path is None:
        size = check_range("size", data.size, 2, 10_000)
        count = check_range("count", BINS if data.count is None else data.count, 10, 10**9)
        recorded = surrogate_network(size, seed)
        activity = Activity(surrogate_recording(recorded, count, seed), np.zeros(1, np.int64))
    else:
        activity = _recording(Path(data.path).expanduser(), data)
    states = activity.states[: data.count]
    test = max(len(states) // 10, 1)
    most = len(states) - test - 2
    if most < 0:
        raise UserError(f"data: {len(states)} bins are too few; at least 4 are needed")
    validation = test if data.validation is None else data.validation
    rest = len(states) - test - check_range("validation", validation, 0, most)
    test_followed = activity.followed[len(states) - test : len(states)]
    test_followed[-1] = False  # by nothing that `count` keeps
    train = rest if data.limit is None else check_range("limit", data.limit, 2, rest)
    followed = activity.followed[: train - 1]
    if not followed.any():
        raise UserError("data: no training bin is followed by another of the same stretch")
    # Without pauses the bins are not copied.
    before, after = states[: train - 1], states[1:train]
    if not followed.all():
        before, after = before[followed], after[followed]
    return Dataset(
        name="population",
        train=before,
        validation=states[rest : rest + validation],
        test=states[-test:],
        train_labels=None,
        validation_labels=None,
        test_labels=None,
        shape=(states.shape[1],),
        binarise=data.binarise or "none",
        following=np.ascontiguousarray(after),
        test_followed=test_followed,
        recorded=recorded,
    )


def _recording(path: Path, data: DataSettings) -> Activity:
    activity = read_activity(path, data.bin, data.size)
    n_neurons = activity.states.shape[1]
    if data.size is not None and n_neurons != data.size:
        found = f"{data.path} holds {n_neurons} neurons"
        raise UserError(f"data.size: {data.size} is not allowed; {found}")
    return activity
