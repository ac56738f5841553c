"""Rows of a trajectory that are not written yet: of one long walk, or of several short ones."""

from collections.abc import Sequence

import numpy as np

from asynet.record.population import Array, RecordedPopulation


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
