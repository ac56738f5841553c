"""What is recorded of a population, and how its states become rows of a file."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asynet.types import Analogue, Law

Array = NDArray[Any]


@dataclass(frozen=True)
class RecordedPopulation:
    """A population in the file; its columns of the state follow the previous population's.

    Parameters
    ----------
    name : str
        Without "/".
    size : int
        Neurons recorded, 0 if none is.
    law : {"bernoulli", "gaussian"}
        Law of the neurons' states.
    neurons : tuple of int, optional
        Which of the population's neurons are recorded, in increasing order. None: all.
    whole : int, optional
        Neurons that the population has. None: `size`.
    analogue : {"float32", "float16"}
        How Gaussian states and pre-activations are kept.
    drive : bool
        Whether the pre-activation of each resampled neuron is kept too.
    names : tuple of str, optional
        Name of each of the population's neurons, recorded or not. None: they have none.

    Raises
    ------
    ValueError
        If the neurons do not fit the sizes.
    """

    name: str
    size: int
    law: Law
    neurons: tuple[int, ...] | None = None
    whole: int | None = None
    analogue: Analogue = "float32"
    drive: bool = False
    names: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Check that the neurons fit; ValueError if not."""
        if self.neurons is None:
            right = self.whole in (None, self.size)
        else:
            ordered = list(self.neurons) == sorted(set(self.neurons))
            within = not self.neurons or 0 <= self.neurons[0] <= self.neurons[-1] < self.n_total
            right = ordered and within and len(self.neurons) == self.size
        if not right:
            raise ValueError(f"population {self.name}: neurons do not fit its size")
        if self.names is not None and len(self.names) != self.n_total:
            raise ValueError(f"population {self.name}: names do not fit its size")

    @property
    def n_total(self) -> int:
        """Return the number of neurons of the population, recorded or not."""
        return self.size if self.whole is None else self.whole

    @property
    def indices(self) -> Array:
        """Return the recorded neurons' places in their population, (size,) int64."""
        return np.arange(self.size) if self.neurons is None else np.array(self.neurons, np.int64)

    @property
    def recorded_names(self) -> list[str]:
        """Return the recorded neurons' names; "" for neurons that have none."""
        if self.names is None:
            return [""] * self.size
        return [self.names[place] for place in self.indices.tolist()]

    @property
    def row(self) -> tuple[int, np.dtype[Any]]:
        """Return length and dtype of the row that holds one state."""
        if self.law == "gaussian":
            return self.size, np.dtype(self.analogue)
        return (self.size + 7) // 8, np.dtype("u1")


def encode(columns: Array, population: RecordedPopulation) -> Array:
    """Return what a population's dataset holds of its states.

    Parameters
    ----------
    columns : array, shape (C, n)
        States of the recorded neurons.
    population : RecordedPopulation
        Theirs.

    Raises
    ------
    ValueError
        If a Bernoulli state is neither 0 nor 1 (NaN included).
    """
    if population.law == "gaussian":
        return columns.astype(population.analogue)
    ones = columns == 1
    # Counting booleans is forty times as fast as counting floats.
    if np.count_nonzero(ones) + np.count_nonzero(columns == 0) != columns.size:
        raise ValueError(f"population {population.name}: a state is neither 0 nor 1")
    return np.packbits(ones, axis=1, bitorder="little")


def decode(stored: Array, population: RecordedPopulation) -> Array:
    """Return the states (rows, n) that a dataset's rows hold: uint8 (Bernoulli) or floats.

    Parameters
    ----------
    stored : array, shape (rows, width)
        Rows of the dataset.
    population : RecordedPopulation
        Whose states they are.
    """
    if population.law == "gaussian":
        return stored
    return np.unpackbits(stored, axis=1, count=population.size, bitorder="little")
