"""A measured number with its standard error, and the ways to get one from samples."""

from dataclasses import dataclass

import numpy as np

from asynet.types import Array


@dataclass(frozen=True)
class Estimate:
    """A number that was measured, and how sure it is.

    Printed, it reads like `-119.0 ± 0.9 nats (n = 1000)`.

    Parameters
    ----------
    value : float
        The number.
    stderr : float or None
        Its standard error; None where there is none.
    n : int
        How many independent samples it comes from.
    unit : str
        Such as `nats` or `bits/dim`; empty for a pure number.
    on : str
        What it was measured on, in words.
    settled : bool, optional
        Of a chain: whether its two halves agree within their errors. None: not known.
    drift, drift_stderr : float, optional
        Of a chain: how much the number changes in 100 steps, with its standard error.
    """

    value: float
    stderr: float | None
    n: int
    unit: str = ""
    on: str = ""
    settled: bool | None = None
    drift: float | None = None
    drift_stderr: float | None = None

    def __str__(self) -> str:
        """Return the number, its error to two digits, its unit, and n."""
        written, error = measured(self.value, self.stderr)
        with_error = f"{written} ± {error}" if error else written
        moves = f"; {self.moves}" if self.moves else ""
        return f"{f'{with_error} {self.unit}'.rstrip()} (n = {self.n}){moves}"

    def __repr__(self) -> str:
        """Return what is printed, with the class's name."""
        return f"Estimate({str(self).replace(' (n = ', ', n=', 1).replace(')', '', 1)})"

    @property
    def moves(self) -> str:
        """Return in words how a number moves that is not settled; else an empty text."""
        return moving(self.settled, self.drift, self.drift_stderr)

    def __float__(self) -> float:
        """Return the value alone."""
        return self.value


def moving(settled: bool | None, drift: float | None, stderr: float | None) -> str:
    """Return in words how a number moves that is not settled; else an empty text.

    Parameters
    ----------
    settled : bool, optional
        Whether it is settled.
    drift, stderr : float, optional
        Its change in 100 steps, with its standard error.
    """
    if settled is not False or drift is None:
        return ""
    value, error = measured(abs(drift), stderr)
    return f"still {'falling' if drift < 0 else 'rising'}, by {value} ± {error} in 100 steps"


def measured(value: float, stderr: float | None = None) -> tuple[str, str]:
    """Write a number and its standard error, to two digits of the error.

    Parameters
    ----------
    value : float
        The number.
    stderr : float, optional
        Its standard error.

    Returns
    -------
    tuple of str
        Such as ("−164.31", "0.84"); the second is empty where there is no error.
    """
    if stderr is not None and 0 < stderr < float("inf"):
        decimals = max(0, 1 - int(f"{stderr:e}".partition("e")[2]))
        written, error = f"{value:,.{decimals}f}", f"{stderr:,.{decimals}f}"
    else:
        written = f"{value:,.0f}" if 1e4 <= abs(value) < 1e15 else f"{value:.4g}"
        error = "" if stderr is None else f"{stderr:.2g}"
    return written.replace("-", "−"), error


def mean_error(values: Array, scale: float = 1.0) -> float | None:
    """Return the standard error of the mean of independent values; None for a single one.

    Parameters
    ----------
    values : array, shape (n,)
        The values.
    scale : float
        Factor on the error: the slope of a quantity that is a function of the mean (delta method).
    """
    n = len(values)
    return float(scale * np.std(values, ddof=1) / np.sqrt(n)) if n > 1 else None


def mean_estimate(values: Array, unit: str = "", on: str = "") -> Estimate:
    """Return the mean of independent values, with its standard error.

    Parameters
    ----------
    values : array, shape (n,)
        The values.
    unit : str
        Their unit, such as `nats`.
    on : str
        What they were measured on, in words.
    """
    return Estimate(float(np.mean(values)), mean_error(values), len(values), unit, on)


def share_estimate(hits: Array, unit: str = "", on: str = "") -> Estimate:
    """Return the share of trials that succeed, with its binomial standard error.

    Parameters
    ----------
    hits : array of bool, shape (n,)
        Whether each trial succeeded.
    unit : str
        The share's unit; empty for a pure number.
    on : str
        What the trials were, in words.
    """
    share, n = float(np.mean(hits)), len(hits)
    return Estimate(share, float(np.sqrt(share * (1 - share) / n)), n, unit, on)


def chain_errors(values: Array) -> Array:
    """Return the standard error of the mean over independent chains, along the last axis.

    It is that of `mean_error`, but 0 for a single chain, whose error is unknown.

    Parameters
    ----------
    values : array, shape (..., B)
        One number for each of B chains, which may be an average over a correlated series.
    """
    errors: Array = values.std(axis=-1) / np.sqrt(max(values.shape[-1] - 1, 1))
    return errors


def chain_mean(values: Array, unit: str = "", on: str = "") -> Estimate:
    """Return the mean over independent chains, with the standard error of `chain_errors`.

    Parameters
    ----------
    values : array, shape (B,)
        One number for each chain.
    unit : str
        Their unit, such as `nats`.
    on : str
        What they were measured on, in words.
    """
    return Estimate(float(values.mean()), float(chain_errors(values)), len(values), unit, on)
