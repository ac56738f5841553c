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
    """

    value: float
    stderr: float | None
    n: int
    unit: str = ""
    on: str = ""

    def __str__(self) -> str:
        """Return the number, its error to two digits, its unit, and n."""
        written, error = measured(self.value, self.stderr)
        with_error = f"{written} ± {error}" if error else written
        return f"{f'{with_error} {self.unit}'.rstrip()} (n = {self.n})"

    def __repr__(self) -> str:
        """Return what is printed, with the class's name."""
        return f"Estimate({str(self).replace(' (n = ', ', n=').removesuffix(')')})"

    def __float__(self) -> float:
        """Return the value alone."""
        return self.value


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


def mean_error(values: Array) -> float | None:
    """Return the standard error of the mean of independent values (n,); None for a single one."""
    n = len(values)
    return float(np.std(values, ddof=1) / np.sqrt(n)) if n > 1 else None


def mean_estimate(values: Array, unit: str = "", on: str = "") -> Estimate:
    """Return the mean of independent values (n,), with its standard error."""
    return Estimate(float(np.mean(values)), mean_error(values), len(values), unit, on)


def share_estimate(hits: Array, unit: str = "", on: str = "") -> Estimate:
    """Return the share of trials (n,) bool that succeed, with its binomial standard error."""
    share, n = float(np.mean(hits)), len(hits)
    return Estimate(share, float(np.sqrt(share * (1 - share) / n)), n, unit, on)
