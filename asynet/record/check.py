"""Whether the parts of a trajectory file fit together, before anything is indexed by them."""

from collections.abc import Mapping

import h5py
import numpy as np

from asynet.errors import UserError
from asynet.record import contents, layout
from asynet.record.inputs import has, require_own_content
from asynet.record.population import Array, RecordedPopulation

FIRSTS = {"first_row": "n_rows", "first_chain": "n_chains"}
# Neurons in a population, as in a study.
MOST_NEURONS = 10**9


def check_trajectory(file: h5py.File, walks: Array, weight_steps: Array) -> None:
    """Check that what a trajectory file lists is there, and of the right shape.

    Parameters
    ----------
    file : h5py.File
        Open for reading.
    walks : array, shape (n_walks,)
        Its table of walks, read before anything else is looked at.
    weight_steps : array, shape (n_snapshots,)
        Its list of snapshots, read likewise.

    Raises
    ------
    UserError
        If a part is missing, or of another shape or type.
    """
    require_own_content(file)
    network = contents.populations_of(file)
    lengths = _lengths(file, len(network))
    _check_walks(file, walks, lengths)
    for population in network:
        _check_population(file, population, walks)
    _require(file, weight_steps.ndim == 1 and weight_steps.dtype.kind == "i", "weight_step")
    for name, shape in contents.weight_shapes_of(file).items():
        held = _as_it_is_now(file, f"weights/{name}")
        _require(file, held.dtype.kind == "f" and len(held) >= len(weight_steps), name)
        _require(file, all(0 < size <= MOST_NEURONS for size in shape), name)
    _check_synapses(file, network, contents.synapses_of(file))


def check_half_steps(file: h5py.File, half_steps: Array) -> None:
    """Check that the half-steps of a walk increase.

    Parameters
    ----------
    file : h5py.File
        It, open for reading.
    half_steps : array of int, shape (n_rows,)
        Of one walk.

    Raises
    ------
    UserError
        If they do not, or a walk starts before 0 or is too long to have been run.
    """
    right = half_steps[0] >= 0 and (np.diff(half_steps) > 0).all() and half_steps[-1] < 2**48
    _require(file, bool(right), "half_step")


def _as_it_is_now(file: h5py.File, name: str) -> h5py.Dataset:
    """Return a dataset with the length that it has now, not that of when it was first looked at.

    A run that goes on may have written more between that and the list of walks.
    """
    held = file[name]
    held.refresh()
    return held


def _lengths(file: h5py.File, n_populations: int) -> dict[str, int]:
    """Return the rows and the chains that there are."""
    resampled = _as_it_is_now(file, "resampled")
    _require(file, resampled.dtype == bool and resampled.shape[1:] == (n_populations,), "resampled")
    rows = [len(resampled)]
    for name, kind in (("temperature", "f"), ("half_step", "i")):
        if has(file, name):
            held = _as_it_is_now(file, name)
            _require(file, held.ndim == 1 and held.dtype.kind == kind, name)
            rows.append(len(held))
        else:
            _require(file, name == "half_step", name)
    chain = _as_it_is_now(file, "chain")
    _require(file, chain.ndim == 1 and chain.dtype.kind == "i", "chain")
    return {"n_rows": min(rows), "n_chains": len(chain)}


def _check_walks(file: h5py.File, walks: Array, lengths: Mapping[str, int]) -> None:
    fields = set(layout.WALK.names or ()) - {"ended"}
    right = walks.ndim == 1 and walks.dtype.names is not None and fields <= set(walks.dtype.names)
    _require(file, right, "walks")
    _require(file, all(walks[name].dtype.kind == "i" for name in fields - {"phase"}), "walks")
    _require(
        file, bool(np.isin(walks["phase"], list(contents.phases_of(file))).all()), "walks: phase"
    )
    _require(file, bool((walks["step"] >= 0).all()), "walks: step")
    for first, count in FIRSTS.items():
        whole = lengths[count]
        inside = (walks[count] >= 1) & (walks[count] <= whole) & (walks[first] >= 0)
        inside &= walks[first] <= whole - walks[count]
        _require(file, bool(inside.all()), f"walks: {first}, {count}")


def _check_population(file: h5py.File, population: RecordedPopulation, walks: Array) -> None:
    name = f"populations/{population.name}"
    fits = 0 <= population.size <= population.n_total <= MOST_NEURONS
    fits &= population.law in ("bernoulli", "gaussian")
    fits &= population.analogue in ("float32", "float16")
    _require(file, fits, name)
    width, dtype = population.row
    for what, shape, kind in (
        ("states", (width,), dtype),
        ("drive", (population.size,), np.dtype(population.analogue)),
    ):
        if (what == "states" and population.size) or (what == "drive" and population.drive):
            held = _as_it_is_now(file, f"{name}/{what}")
            _require(file, held.shape[1:] == shape and held.dtype == kind, f"{name}/{what}")
            # In floats, which do not overflow.
            states = walks["n_rows"].astype(float) * walks["n_chains"] + walks["first_state"]
            inside = (walks["first_state"] >= 0) & (states <= len(held))
            _require(file, bool(inside.all()), f"{name}/{what}")


def _check_synapses(
    file: h5py.File, network: tuple[RecordedPopulation, ...], synapses: Mapping[str, Array]
) -> None:
    sizes = {population.name: population.n_total for population in network}
    shapes = contents.weight_shapes_of(file)
    for name, pairs in synapses.items():
        right = pairs.ndim == 2 and pairs.shape[1] == 2 and pairs.dtype.kind in "iu"
        _require(file, right and shapes.get(name) == (len(pairs),), f"synapses/{name}")
        post, _, pre = name.partition("<-")
        for column, population in enumerate((post, pre)):
            size = sizes.get(population, MOST_NEURONS)
            inside = (pairs[:, column] >= 0) & (pairs[:, column] < size)
            _require(file, bool(inside.all()), f"synapses/{name}")


def _require(file: h5py.File, right: bool, part: str) -> None:
    if not right:
        raise UserError(f"{file.filename}: cannot be read: {part} is damaged")
