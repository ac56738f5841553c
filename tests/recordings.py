"""Random recordings, and how the states come back from spikes: shared by the tests of exports."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from hypothesis import strategies as st

from asynet.exchange.selection import Trial
from asynet.record.population import RecordedPopulation
from asynet.record.trajectory import Trajectory, TrajectoryWriter

ATTRIBUTES = {"study": "random", "seed": 5, "began": "2024-03-01T12:00:00+00:00"}


@st.composite
def plans(draw: Any, gaussian: bool = True, irregular: bool = True) -> dict[str, Any]:
    """Draw what `record` records: populations, walks with gaps between them, and a seed."""
    laws = st.sampled_from(["bernoulli", "bernoulli", "gaussian"] if gaussian else ["bernoulli"])
    kinds = draw(st.lists(st.tuples(st.integers(1, 20), laws), min_size=1, max_size=3))
    populations = [RecordedPopulation(f"p{i}", *kind) for i, kind in enumerate(kinds)]
    if draw(st.booleans()):  # only some neurons of the first
        first = populations[0]
        neurons = tuple(sorted(draw(st.sets(st.integers(0, 30), min_size=1, max_size=6))))
        populations[0] = RecordedPopulation("p0", len(neurons), first.law, neurons, 31)
    chains = st.lists(st.integers(0, 2**40), min_size=1, max_size=3, unique=True)
    phase = st.sampled_from(["heating", "dream", "free run"])
    strides = st.sampled_from([1, 1, 2, 5, None] if irregular else [1, 1, 2, 5])
    gap = st.integers(0, 1000)  # training walks that are not recorded
    walk = st.tuples(chains, st.integers(1, 7), phase, strides, gap)
    return {
        "populations": populations,
        "walks": draw(st.lists(walk, min_size=1, max_size=4)),
        "seed": draw(st.integers(0, 2**32)),
        "dt": draw(st.sampled_from([1e-3, 1e-4, 2.5e-3, 3.7e-4])),
    }


def record(path: Path, plan: dict[str, Any]) -> None:
    """Write a trajectory of random states; some neurons are silent, some always fire.

    A plan with weights: False leaves them out.
    """
    rng = np.random.default_rng(plan["seed"])
    populations, step = plan["populations"], 0
    sizes = {(p.name, q.name): (q.n_total, p.n_total) for p in populations for q in populations}
    weights = {f"{post}<-{pre}": shape for (pre, post), shape in sizes.items()}
    weights |= {f"bias:{p.name}": (p.n_total,) for p in populations}
    weights = weights if plan.get("weights", True) else {}
    rates = {p.name: rng.choice([0.0, 0.3, 1.0], size=p.size) for p in populations}
    with TrajectoryWriter(path, populations, ATTRIBUTES, weights=weights) as writer:
        for chains, n_rows, phase, stride, gap in plan["walks"]:
            step += gap
            writer.begin_walk(step, np.array(chains), phase)
            half_step = 0
            for row in range(n_rows):
                drawn = [p.name for p in populations if row and rng.random() < 0.6]
                state = [_draw(rng, p, len(chains), rates[p.name]) for p in populations]
                state_now = np.concatenate(state, axis=1)
                writer.append(state_now, 1 + rng.random(), drawn, half_step)
                half_step += stride or int(rng.integers(1, 4))
            writer.end_walk()
        arrays = {n: rng.normal(size=s).astype(np.float32) for n, s in weights.items()}
        for array in arrays.values():
            array[rng.random(array.shape) < 0.3] = 0  # synapses that do not exist
        if arrays:
            writer.weights(step, arrays)


def _draw(rng: Any, population: RecordedPopulation, n_chains: int, rates: Any) -> Any:
    if population.law == "gaussian":
        return rng.normal(size=(n_chains, population.size)).astype(np.float32)
    return (rng.random((n_chains, population.size)) < rates).astype(np.float32)


def hold(fired: Any, drawn: Any) -> Any:
    """Return the states (rows, n) that spikes (rows, n) mean: what is not drawn stays as it was."""
    rows = np.where(drawn, np.arange(len(drawn)), 0)
    return fired[np.maximum.accumulate(rows)]


def states_of(trajectory: Trajectory, trial: Trial, name: str) -> Any:
    """Return a population's recorded states in a trial, (rows, n)."""
    return trajectory.states(trial.walk.index, name)[:, trial.place]


# One neuron, one step: the smallest recording there is, and silent.
SMALLEST: dict[str, Any] = {
    "populations": [RecordedPopulation("p0", 1, "bernoulli")],
    "walks": [([0], 1, "free run", 1, 0)],
    "seed": 54,
    "dt": 1e-3,
}
CROWD: dict[str, Any] = {
    "populations": [RecordedPopulation("crowd", 10_000, "bernoulli")],
    "walks": [([1, 2], 6, "free run", 1, 0)],
    "seed": 1,
    "dt": 1e-3,
    "weights": False,
}


def same_datasets(one, other):
    """Check that all datasets of two files have the same bits; return how many there are."""
    first, second = datasets(one), datasets(other)
    assert first.keys() == second.keys()
    for name, data in first.items():
        assert data.dtype == second[name].dtype
        np.testing.assert_array_equal(data, second[name], err_msg=name)
    return len(first)


def datasets(path):
    """Return all datasets of a file, by name."""
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            found[name] = item[()]

    with h5py.File(path) as file:
        file.visititems(visit)
    return found
