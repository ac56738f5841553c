"""Standard errors of correlated series by blocks of doubling length, in constant memory."""

from dataclasses import dataclass, field

import numpy as np

from asynet.types import Array

MANY = 16  # blocks of the longest length from which their spread tells the error


@dataclass(frozen=True)
class BlockedMean:
    """The mean of a series with its standard error.

    Parameters
    ----------
    value : float
        The mean.
    stderr : float
        Its standard error.
    inefficiency : float
        How many correlated values are worth one independent value, at least about 1; infinite where
        the series is too short for blocks to tell (`stderr` is then a lower bound).
    n : int
        Number of values, over all chains.
    """

    value: float
    stderr: float
    inefficiency: float
    n: int


@dataclass
class _Level:
    count: int = 0
    total: float = 0.0
    squares: float = 0.0
    pending: Array | None = None


@dataclass
class Blocking:
    """Accumulates a series of C independent chains; `add` any number of times, then `mean`.

    Level k holds the sums of block means over 2^k successive values; memory grows with the
    logarithm of the length.

    Parameters
    ----------
    levels : list
        Sums so far, one entry for each length of block.
    offset : float, optional
        Mean of the first values, taken off all values so that their squares lose no digits.

    References
    ----------
    Flyvbjerg and Petersen 1989, J. Chem. Phys. 91, 461.
    """

    levels: list[_Level] = field(default_factory=list)
    offset: float | None = None

    def add(self, values: Array) -> None:
        """Count the next values.

        Parameters
        ----------
        values : ndarray, shape (n, C)
            Time, then chain.
        """
        x = np.asarray(values, np.float64)
        if self.offset is None and x.size:
            self.offset = float(x.mean())  # close to the mean, so that squares lose no digits
        x = x - (self.offset or 0.0)
        depth = 0
        while len(x):
            if depth == len(self.levels):
                self.levels.append(_Level())
            level = self.levels[depth]
            level.count += x.size
            level.total += float(x.sum())
            level.squares += float((x**2).sum())
            if level.pending is not None:
                x = np.concatenate([level.pending, x])
            even = len(x) // 2 * 2
            level.pending = x[even:].copy() if even < len(x) else None
            x = (x[0:even:2] + x[1:even:2]) / 2
            depth += 1

    @property
    def chains(self) -> int:
        """Return the number of chains C, 0 before anything was added."""
        waiting = (level.pending for level in self.levels if level.pending is not None)
        return next((pending.shape[1] for pending in waiting), 0)

    def mean(self) -> BlockedMean:
        """Return the mean so far.

        The block length is the smallest B with B^3 > 2 n_c g^2, n_c the length of a chain and g the
        statistical inefficiency at B.

        Raises
        ------
        ValueError
            If nothing was added.

        References
        ----------
        Lee et al. 2011, Phys. Rev. E 83, 066706.
        """
        if not self.levels:
            raise ValueError("no values were added")
        first = self.levels[0]
        value = first.total / first.count + (self.offset or 0.0)
        errors = [_stderr(level) for level in self.levels if level.count > 1]
        if not errors:
            return BlockedMean(value, float("inf"), float("inf"), first.count)
        chain_length = first.count / self.chains
        for depth, (level, error) in enumerate(zip(self.levels, errors, strict=False)):
            ratio = (error / errors[0]) ** 2 if errors[0] else 1.0
            longest = depth == len(errors) - 1
            if level.count >= MANY and (longest or 8.0**depth > 2 * chain_length * ratio**2):
                return BlockedMean(value, error, ratio, first.count)
        return BlockedMean(value, max(errors), float("inf"), first.count)


def _stderr(level: _Level) -> float:
    mean = level.total / level.count
    variance = max(level.squares / level.count - mean**2, 0.0)
    return float(np.sqrt(variance / (level.count - 1)))
