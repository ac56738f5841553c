"""Recorded population activity: bins of time as examples, and the bin that follows each."""

from pathlib import Path

import numpy as np

from asynet.datasets.dataset import Dataset, DataSettings, check_range
from asynet.datasets.surrogate import surrogate_network, surrogate_recording
from asynet.errors import UserError
from asynet.exchange.spike_trains import read_activity

BINS = 20_000


def load_population(data: DataSettings, seed: int) -> Dataset:
    """Return the recording at data.path, or else a surrogate: a kinetic Ising network's activity.

    The surrogate has data.size neurons and data.count bins (default 20,000), drawn from the seed.
    The last tenth of the bins is the test split; before it come `validation` bins (default: as
    many), and `limit` keeps the first of the rest: stretches of time, not shuffled bins.
    Raises UserError for a file that cannot be used, or of another number of neurons than data.size.
    """
    recorded = None
    if data.path is None:
        size = check_range("size", data.size, 2, 10_000)
        count = check_range("count", BINS if data.count is None else data.count, 10, 10**9)
        recorded = surrogate_network(size, seed)
        states = surrogate_recording(recorded, count, seed)
    else:
        states = read_activity(Path(data.path).expanduser(), data.bin)
        if data.size is not None and states.shape[1] != data.size:
            found = f"{data.path} holds {states.shape[1]} neurons"
            raise UserError(f"data.size: {data.size} is not allowed; {found}")
        states = states[: data.count]
    test = max(len(states) // 10, 1)
    validation = test if data.validation is None else data.validation
    rest = len(states) - test - check_range("validation", validation, 0, len(states) - test - 2)
    train = rest if data.limit is None else check_range("limit", data.limit, 2, rest)
    return Dataset(
        name="population",
        train=states[: train - 1],
        validation=states[rest : rest + validation],
        test=states[-test:],
        train_labels=None,
        validation_labels=None,
        test_labels=None,
        shape=(states.shape[1],),
        binarise=data.binarise or "none",
        following=np.ascontiguousarray(states[1:train]),
        recorded=recorded,
    )
