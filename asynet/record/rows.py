"""Rows of a trajectory that are not written yet: of one long walk, or of several short ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from asynet.record.population import Array, RecordedPopulation


@dataclass(frozen=True)
class Rows:
    """Several times of a walk of spiking neurons.

    Parameters
    ----------
    states : mapping of str to array of uint8, shape (rows, C, width)
        Spikes of each population's recorded neurons, eight a byte, lowest bit first.
    temperatures : array, shape (rows,)
        Factors on the variance.
    resampled : array of bool, shape (rows, populations)
        Which populations were resampled since the row before.
    half_steps : array of int64, shape (rows,)
        Since the walk's start.
    """

    states: Mapping[str, Array]
    temperatures: Array
    resampled: Array
    half_steps: Array

    def after(self, half_step: int) -> bool:
        """Return whether the rows follow each other, and a half-step.

        Parameters
        ----------
        half_step : int
            The last one before.
        """
        return bool((np.diff(self.half_steps, prepend=half_step) > 0).all())

    def encoded(self, populations: Sequence[RecordedPopulation], chains: int) -> dict[str, Array]:
        """Return the rows of each recorded population's dataset, (rows C, width).

        Parameters
        ----------
        populations : sequence of RecordedPopulation
            All of the network.
        chains : int
            Number of chains, C.
        """
        found = {}
        for p in populations:
            if p.size:
                shape, given = (len(self.half_steps), chains, p.row[0]), self.states[p.name]
                right = p.law == "bernoulli" and given.shape == shape
                check(right, f"bits of {p.name}: {given.shape} instead of {shape}")
                found[p.name] = np.ascontiguousarray(given).reshape(-1, p.row[0])
        return found


class Block:
    """Rows held in memory, and the tables that they become.

    `n_rows` and `n_bytes` say how much it holds; `chains` are the ids of the chains of walks that
    began in it.

    Parameters
    ----------
    populations : sequence of RecordedPopulation
        All of the network, in its order.
    """

    def __init__(self, populations: Sequence[RecordedPopulation]) -> None:
        """Begin an empty block."""
        self._states = {p.name: list[Array]() for p in populations if p.size}
        self._drives = {p.name: list[Array]() for p in populations if p.drive}
        self._times: list[tuple[int, float, list[bool]]] = []
        self.chains: list[Array] = []
        self.n_bytes = 0

    @property
    def n_rows(self) -> int:
        """Return the number of rows."""
        return len(self._times)

    def add(
        self,
        states: dict[str, Array],
        drives: dict[str, Array],
        half_step: int,
        temperature: float,
        resampled: list[bool],
    ) -> None:
        """Add a row.

        Parameters
        ----------
        states, drives : dict of str to array
            Encoded states, and pre-activations, of each population.
        half_step : int
            Since the start of the walk.
        temperature : float
            A factor on the variance.
        resampled : list of bool
            Whether each population was resampled since the row before.
        """
        for name, block in self._states.items():
            block.append(states[name])
            self.n_bytes += states[name].nbytes
        for name, block in self._drives.items():
            block.append(drives[name])
            self.n_bytes += drives[name].nbytes
        self._times.append((half_step, temperature, resampled))

    def extend(self, states: dict[str, Array], rows: "Rows") -> None:
        """Add several rows, of populations whose pre-activations are not kept.

        Parameters
        ----------
        states : dict of str to array, shape (rows C, width)
            Encoded states of each population.
        rows : Rows
            The rows.
        """
        for name, block in self._states.items():
            block.append(states[name])
            self.n_bytes += states[name].nbytes
        times = rows.half_steps, rows.temperatures, rows.resampled
        self._times.extend(zip(*(each.tolist() for each in times), strict=True))

    def tables(self) -> dict[str, Array]:
        """Return the rows of each dataset, by its name in the file."""
        half_steps, temperatures, resampled = zip(*self._times, strict=True)
        return {
            **{f"populations/{n}/states": np.concatenate(b) for n, b in self._states.items()},
            **{f"populations/{n}/drive": np.concatenate(b) for n, b in self._drives.items()},
            "half_step": np.array(half_steps, np.int64),
            "temperature": np.array(temperatures, np.float32),
            "resampled": np.array(resampled),
            "chain": np.concatenate([np.zeros(0, np.int64), *self.chains]),
        }


def drive_row(population: RecordedPopulation, drive: Mapping[str, Array], chains: int) -> Array:
    """Return the pre-activations of a population as its dataset holds them, NaN where none is.

    Parameters
    ----------
    population : RecordedPopulation
        Whose.
    drive : mapping of str to array, shape (C, n)
        What is given, by population.
    chains : int
        Number of chains, C.
    """
    shape, rows = (chains, population.size), drive.get(population.name)
    if rows is None:
        return np.full(shape, np.nan, population.analogue)
    check(rows.shape == shape, f"drive of {population.name}: {rows.shape} instead of {shape}")
    return rows.astype(population.analogue)


def check(right: bool, otherwise: str) -> None:
    """Raise ValueError unless something is right.

    Parameters
    ----------
    right : bool
        Whether it is.
    otherwise : str
        What the error says.
    """
    if not right:
        raise ValueError(otherwise)
