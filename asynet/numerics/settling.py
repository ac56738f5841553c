"""Whether chains have settled: their two halves agree within their errors."""

from dataclasses import dataclass, field, replace

import numpy as np

from asynet.numerics.blocking import MANY, Blocking
from asynet.numerics.estimates import Estimate, chain_errors
from asynet.types import Array

AGREE = 2.0  # standard errors between the halves of a chain that may go on
SURE = 3.0  # between those of a recording, which cannot go on, before it is said to move
FEWEST_CHAINS = 8  # whose spread tells an error
MOST_BINS = 128


@dataclass(frozen=True)
class Halves:
    """The means of the first and the second half of a series.

    Parameters
    ----------
    first, second : float
        The means.
    stderr : float
        Standard error of their difference: over chains, or by blocks of time where there are fewer
        than eight chains. Infinite where there is too little of both.
    steps : int
        Length of both halves together.
    """

    first: float
    second: float
    stderr: float
    steps: int

    def agree(self, errors: float = AGREE) -> bool | None:
        """Return whether the halves agree; None where their error is not known.

        Parameters
        ----------
        errors : float
            Difference that is allowed, in standard errors.
        """
        if not np.isfinite(self.stderr):
            return None
        return bool(abs(self.second - self.first) <= errors * self.stderr)

    @property
    def rate(self) -> tuple[float, float]:
        """Return how much the mean changes in 100 steps, and its standard error."""
        per = 200 / self.steps
        return per * (self.second - self.first), per * self.stderr

    def marked(self, estimate: Estimate, errors: float = AGREE) -> Estimate:
        """Return an estimate with its marks: whether it is settled, and else how fast it moves.

        Parameters
        ----------
        estimate : Estimate
            The mean of the series.
        errors : float
            As in `agree`.
        """
        settled = self.agree(errors)
        if settled is None:
            return estimate
        drift, error = self.rate
        return replace(estimate, settled=settled, drift=drift, drift_stderr=error)


@dataclass
class Series:
    """The means of a series of C chains in bins of equal length, at most 128, in constant memory.

    Parameters
    ----------
    width : int
        Successive values in a bin. It doubles when there would be too many bins.
    bins : list of array, shape (C,)
        Their means.
    """

    width: int = 1
    bins: list[Array] = field(default_factory=list)
    _sum: Array | None = None
    _count: int = 0

    def add(self, values: Array) -> None:
        """Count the next values.

        Parameters
        ----------
        values : array, shape (n, C)
            Time, then chain.
        """
        for row in np.asarray(values, np.float64):
            self._sum = row.copy() if self._sum is None else self._sum + row
            self._count += 1
            if self._count == self.width:
                self.bins.append(self._sum / self.width)
                self._sum, self._count = None, 0
            if len(self.bins) == MOST_BINS + 2:  # an even number: no bin is cut
                pairs = zip(self.bins[0::2], self.bins[1::2], strict=True)
                self.bins = [(a + b) / 2 for a, b in pairs]
                self.width *= 2

    def halves(self) -> Halves | None:
        """Return the two halves of what was added; None for fewer than two values.

        A value in the middle, and up to a bin at the end, are left out.
        """
        n = len(self.bins) // 2
        if n == 0:
            return None
        series = np.stack(self.bins)  # (bins, C)
        return halves_of(series[:n], series[len(series) - n :], 2 * n * self.width)

    def chain_error(self) -> float:
        """Return the standard error of the mean over chains; 0 for fewer than two."""
        return float(chain_errors(np.mean(self.bins, axis=0))) if self.bins else 0.0


def halves_of(first: Array, second: Array, steps: int) -> Halves:
    """Compare the two halves of a series.

    Parameters
    ----------
    first, second : array, shape (n, C)
        Time, then chain. The chains are independent of each other.
    steps : int
        How many steps both halves are.

    Returns
    -------
    Halves
        Their means, and the error of the difference.
    """
    error = float("inf")
    if first.shape[1] >= FEWEST_CHAINS:  # whatever the correlations in time
        error = float(chain_errors(second.mean(axis=0) - first.mean(axis=0)))
    elif len(first) >= MANY:
        early, late = Blocking(), Blocking()
        early.add(first)
        late.add(second)
        error = float(np.hypot(early.mean().stderr, late.mean().stderr))
    return Halves(float(first.mean()), float(second.mean()), error, steps)
