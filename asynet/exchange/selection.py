"""A selection of a trajectory, trial by trial: what exports and analyses read.

A trial is one chain of one walk. Time counts half-steps: spike k of a neuron lies in the middle of
the bin [k dt, (k + 1) dt) of its half-step. Trials follow one another without a gap, walk by walk
and chain by chain, so that each moment of the line is observed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple, get_args

import numpy as np

from asynet.errors import UserError
from asynet.record.population import Array, RecordedPopulation
from asynet.record.trajectory import RecordedWalk, Trajectory
from asynet.types import RecordedPhase

DT = 1e-3
# Memory for the states that are looked at together.
BLOCK_BYTES = 2**25


@dataclass(frozen=True)
class Trial:
    """One chain of one walk.

    Parameters
    ----------
    index : int
        Its number in the selection.
    walk : RecordedWalk
        The walk.
    chain : int
        Id of the chain.
    place : int
        Where the chain is among the walk's.
    start, stop : int
        Half-steps on the line of the selection: the trial's half-step k is start + k.
    """

    index: int
    walk: RecordedWalk
    chain: int
    place: int
    start: int
    stop: int


class Moments(NamedTuple):
    """Some successive recorded times of a trial.

    Parameters
    ----------
    trial : Trial
        The trial.
    half_steps : array of int64, shape (rows,)
        Half-steps within the trial.
    rows : slice
        Rows within the walk.
    states : dict of str to array, shape (rows, n)
        States of each population.
    drawn : dict of str to array of bool, shape (rows,)
        Whether each population was resampled; the start of a trial counts as drawn.
    """

    trial: Trial
    half_steps: Array
    rows: slice
    states: dict[str, Array]
    drawn: dict[str, Array]


class Events(NamedTuple):
    """Spikes: arrays (n_spikes,), sorted by trial, then time, then population, then neuron.

    Parameters
    ----------
    half_step : array of int64
        On the selection's line.
    trial : array of int64
        Number of the trial.
    population : array of int16
        Index into the selection's populations.
    neuron : array of int64
        Index within the whole population.
    """

    half_step: Array
    trial: Array
    population: Array
    neuron: Array


@dataclass(frozen=True, eq=False)
class Selection:
    """Trials and populations of a trajectory.

    Parameters
    ----------
    trajectory : Trajectory
        The file, open for reading.
    populations : tuple of RecordedPopulation
        Those that are selected.
    trials : tuple of Trial
        One after the other.
    dt : float
        Duration of a half-step, in seconds.
    """

    trajectory: Trajectory
    populations: tuple[RecordedPopulation, ...]
    trials: tuple[Trial, ...]
    dt: float = DT

    @property
    def n_half_steps(self) -> int:
        """Return the number of half-steps of all trials."""
        return self.trials[-1].stop if self.trials else 0

    @property
    def spiking(self) -> tuple[RecordedPopulation, ...]:
        """Return the populations whose neurons spike."""
        return tuple(p for p in self.populations if p.law == "bernoulli")

    def time(self, half_step: Array) -> Array:
        """Return the time of half-steps on the line, in seconds: (k + 1/2) dt.

        Parameters
        ----------
        half_step : array of int
            Half-steps k.
        """
        seconds: Array = (half_step + 0.5) * self.dt
        return seconds

    def spikes(self) -> Events:
        """Return all spikes; see `stream_events` for selections that are larger than memory."""
        parts = list(stream_events(self))
        if not parts:
            kinds = (np.int64, np.int64, np.int16, np.int64)
            return Events(*(np.zeros(0, kind) for kind in kinds))
        return Events(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))

    def to_dense(self, population: str) -> Array:
        """Return a population's spikes as bins of dt, (n_half_steps, n) uint8 of {0, 1}.

        A neuron that is not resampled in a half-step, or not recorded in it, has a 0 there.

        Parameters
        ----------
        population : str
            Its name.

        Raises
        ------
        UserError
            If it is none of the selection's spiking populations.
        """
        found = next((p for p in self.spiking if p.name == population), None)
        if found is None:
            raise UserError(
                f"{self.trajectory.path}: {population!r} is no spiking population of it"
            )
        dense = np.zeros((self.n_half_steps, found.size), np.uint8)
        for moments in stream(self, (found,)):
            fired = moments.states[population] & moments.drawn[population][:, None]
            dense[moments.trial.start + moments.half_steps] = fired
        return dense


def select(
    trajectory: Trajectory,
    phases: Sequence[str] = (),
    populations: Sequence[str] = (),
    chains: Sequence[int] = (),
    trained: bool = False,
    dt: float = DT,
) -> Selection:
    """Select trials and populations of a trajectory.

    Parameters
    ----------
    trajectory : Trajectory
        The file, open for reading.
    phases : sequence of {"heating", "dream", "free run"}
        Phases of walks; empty: all.
    populations : sequence of str
        Names of populations; empty: all.
    chains : sequence of int
        Places of chains within each walk, from 0; empty: all.
    trained : bool
        Whether only walks are selected that were recorded after training, with the last weights.
    dt : float
        Duration of a half-step in seconds.

    Returns
    -------
    Selection
        At least one trial.

    Raises
    ------
    UserError
        For what is not there, and where nothing is left.
    """
    path, steps = trajectory.path, trajectory.weight_steps()
    _require(path, "phase", phases, list(get_args(RecordedPhase)))
    _require(path, "population", populations, [p.name for p in trajectory.populations])
    kept = tuple(p for p in trajectory.populations if not populations or p.name in populations)
    trials: list[Trial] = []
    start = 0
    for walk in trajectory.walks:
        if (phases and walk.phase not in phases) or (trained and walk.step not in steps[-1:]):
            continue
        length = int(trajectory.half_steps(walk.index)[-1]) + 1
        for place, chain in enumerate(walk.chains.tolist()):
            if not chains or place in chains:
                trials.append(Trial(len(trials), walk, chain, place, start, start + length))
                start += length
    if not trials:
        raise UserError(f"{path}: no recorded walk is left to select; `asynet inspect` lists them")
    return Selection(trajectory, kept, tuple(trials), dt)


def _require(path: Any, what: str, names: Sequence[str], known: list[str]) -> None:
    for name in names:
        if name not in known:
            raise UserError(f"{path}: no {what} {name!r}; there is {', '.join(known)}")


def stream(
    selection: Selection, populations: Sequence[RecordedPopulation] | None = None
) -> Iterator[Moments]:
    """Yield the trials of a selection in order, block by block, in constant memory.

    Parameters
    ----------
    selection : Selection
        Trials and populations.
    populations : sequence of RecordedPopulation, optional
        Those of the selection that are wanted; None: all.
    """
    trajectory = selection.trajectory
    populations = selection.populations if populations is None else tuple(populations)
    names = [p.name for p in trajectory.populations]
    for index, group in groupby(selection.trials, key=lambda trial: trial.walk.index):
        walk, trials = trajectory.walks[index], list(group)
        n_rows = walk.n_steps + 1
        width = sum(p.size for p in populations) * (8 if len(populations) > 1 else 4)
        at_once = max(1, BLOCK_BYTES // max(width, 1))
        half_steps, drawn = trajectory.half_steps(index), trajectory.resampled(index)
        drawn[0] = True
        whole = None
        if n_rows * len(walk.chains) <= at_once:  # many short walks: read each of them once
            whole = {p.name: trajectory.blocks(index, p, slice(0, n_rows)) for p in populations}
        for trial in trials:
            for first in range(0, n_rows, at_once):
                rows = slice(first, min(first + at_once, n_rows))
                if whole is not None:
                    states = {name: array[rows, trial.place] for name, array in whole.items()}
                else:
                    states = {
                        p.name: trajectory.blocks(index, p, rows, trial.place)[:, 0]
                        for p in populations
                    }
                flags = {p.name: drawn[rows, names.index(p.name)] for p in populations}
                yield Moments(trial, half_steps[rows], rows, states, flags)


def stream_events(selection: Selection) -> Iterator[Events]:
    """Yield the spikes of a selection in order, block by block, in constant memory.

    Parameters
    ----------
    selection : Selection
        Trials and populations.
    """
    firing = selection.spiking
    of = np.repeat(np.arange(len(firing), dtype=np.int16), [p.size for p in firing])
    where = [selection.populations.index(p) for p in firing]
    neurons = np.concatenate([p.indices for p in firing]) if firing else np.zeros(0, np.int64)
    for moments in stream(selection, firing):
        if not firing:
            return
        fired = np.concatenate(
            [moments.states[p.name] & moments.drawn[p.name][:, None] for p in firing], axis=1
        )
        row, column = np.nonzero(fired)
        yield Events(
            moments.trial.start + moments.half_steps[row],
            np.full(len(row), moments.trial.index),
            np.array(where, np.int16)[of[column]],
            neurons[column],
        )
