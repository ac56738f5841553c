"""The numbers of a run: final ones, those over training, and likelihoods measured anew."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from asynet.numerics.estimates import Estimate
from asynet.types import Array


@dataclass(frozen=True)
class Likelihood:
    """An importance-sampled likelihood.

    Parameters
    ----------
    value : Estimate
        Mean of ln p(x), in nats; in expectation a lower bound for a finite number of walks.
    effective_sample_size : Estimate
        How many of the walks count, between 1 and their number: near 1, a single walk decides.
    """

    value: Estimate
    effective_sample_size: Estimate

    def __repr__(self) -> str:
        """Return both numbers."""
        size = self.effective_sample_size.value
        return f"Likelihood({self.value}, effective sample size {size:.3g})"


@dataclass(frozen=True)
class Equilibrium:
    """ln p(x) of a network at equilibrium.

    Parameters
    ----------
    value : Estimate
        Mean of ln p(x) by annealed importance sampling, in nats; too large on average, by what
        ln Z is too small.
    reverse : Estimate or None
        The same by the reverse estimator, in nats, which is too small. None where ln Z is exact.
    log_partition : Estimate
        ln Z, in nats.
    effective_sample_size : float or None
        Of the annealed chains; None where ln Z is exact.
    warning : str
        Why not to trust the numbers; empty where there is no reason.
    """

    value: Estimate
    reverse: Estimate | None
    log_partition: Estimate
    effective_sample_size: float | None
    warning: str = ""


class Numbers(Mapping[str, Estimate]):
    """The final numbers of a run by name, each with its error and what it was measured on.

    Parameters
    ----------
    entries : mapping
        The content of summary.json; entries that are no numbers are left out.
    """

    def __init__(self, entries: Mapping[str, Any]) -> None:
        """Keep the entries that are numbers. See `numbers.Numbers`."""
        self._found = {
            name: Estimate(
                entry["value"],
                entry["stderr"],
                entry["n"],
                entry["unit"],
                entry["on"],
                entry.get("settled"),
                entry.get("drift"),
                entry.get("drift_stderr"),
            )
            for name, entry in entries.items()
            if isinstance(entry, dict) and "value" in entry and entry["value"] is not None
        }

    def __getitem__(self, name: str) -> Estimate:
        """Return a number; the KeyError for an unknown name lists all names."""
        if name not in self._found:
            raise KeyError(f"{name}: no such number; there is {', '.join(self._found)}")
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter(self._found)

    def __len__(self) -> int:
        """Return how many numbers there are."""
        return len(self._found)

    def __repr__(self) -> str:
        """Return one line a number."""
        return "\n".join(f"{name}: {estimate}" for name, estimate in self._found.items())


class Metrics(Mapping[str, Array]):
    """What was measured while training, by name: an array over the times of measurement.

    Parameters
    ----------
    lines : sequence of mapping
        The lines of metrics.jsonl.
    """

    def __init__(self, lines: Sequence[Mapping[str, Any]]) -> None:
        """Keep the lines and find their names. See `numbers.Metrics`."""
        self._lines = lines
        self._names = list(dict.fromkeys(name for line in lines for name in line))

    def __getitem__(self, name: str) -> Array:
        """Return the values of a metric, (n,); the KeyError for an unknown name lists all names."""
        if name not in self._names:
            raise KeyError(f"{name}: no such metric; there is {', '.join(self._names)}")
        return np.array([line[name] for line in self._lines if name in line])

    def at(self, name: str) -> Array:
        """Return how many training walks had been done at each value of a metric.

        Parameters
        ----------
        name : str
            The metric. The result has shape (n,) and dtype int64.
        """
        return np.array([line["step"] for line in self._lines if name in line], np.int64)

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter(self._names)

    def __len__(self) -> int:
        """Return how many metrics there are."""
        return len(self._names)
