"""Measures of states and weights that come from anywhere."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import issparse

from asynet.analysis.recorded import measure_recorded
from asynet.numerics.estimates import Estimate
from asynet.record.trajectory import Trajectory
from asynet.symmetry.measure import Symmetry, measure_symmetry
from asynet.thermodynamics.from_states.maximum_entropy import maximum_entropy_bound
from asynet.thermodynamics.from_states.transitions import (
    RegimeWarning,
    extrapolated,
    plug_in,
    transitions,
    without_arrow,
)
from asynet.types import Array
from asynet.walkback.local_rule import Window
from asynet.walkback.local_rule import stdp_window as window

MOST_COUNTED = 5  # neurons whose transitions can be counted one by one
SEEN_EACH = 10  # times that each possible transition should be seen
CONTROL_BLOCK = 100  # successive pairs that the control turns together
CONTROLS = 20


@dataclass(frozen=True)
class FromStates:
    """The entropy production of a recording, from its states alone.

    Parameters
    ----------
    value : Estimate
        In nats a step; a lower bound where `estimator` is maximum entropy.
    estimator : str
        What was used, and why.
    control : Estimate
        The same estimator on copies in which random stretches run backward: the truth there is 0.
        Its error is the spread over copies.
    """

    value: Estimate
    estimator: str
    control: Estimate

    def __repr__(self) -> str:
        """Return the number, the estimator and the control."""
        found = f"{self.value} by {self.estimator}"
        if self.value.value <= 0:
            found = f"nothing detected by {self.estimator}"
        return f"{found}; control, without an arrow of time: {self.control}"


def irreversibility(
    states: Any, *, bin: float | None = None, burn_in: int = 0, seed: int = 1
) -> "FromStates | Estimate":
    """Measure the entropy production of states that come from anywhere.

    Of a trajectory file of asynet whose weights are known, by the weights. Of states alone, by an
    estimator that suits the number of neurons: counted transitions of up to five neurons, where
    each was seen often; else a lower bound by maximum entropy. A control stands beside it.

    Parameters
    ----------
    states : array of {0, 1}, shape (steps, N) or (steps, chains, N), or path
        Successive states; of several chains, no transition crosses from one to the next. Or a
        file: a trajectory of asynet (.h5), states (.npy, .npz), or recorded spikes (.nwb, SONATA).
    bin : float, optional
        Length of a bin in seconds, for files of spike times.
    burn_in : int
        Steps at the start of a trajectory that are left out.
    seed : int
        Seed of the control.

    Returns
    -------
    FromStates or Estimate
        In nats a step; an Estimate where the weights were known.

    Raises
    ------
    ValueError
        One line, for states of another shape, or values that are neither 0 nor 1.
    UserError
        One line, for a file that cannot be used.
    """
    if isinstance(states, str | Path):
        path = Path(states).expanduser()
        if _is_trajectory(path):
            found = measure_recorded(path, None, burn_in).dissipation.identity
            return Estimate(
                found.value, found.stderr, found.n, "nats a step", f"{path}, by weights"
            )
        before, after = _pairs_of_file(path, bin)
    else:
        array = np.asarray(states)
        if array.ndim not in (2, 3):
            shapes = "(steps, N) or (steps, chains, N)"
            raise ValueError(f"states: shape {array.shape} is not allowed; must be {shapes}")
        if not np.isin(array, (0, 1)).all():
            wrong = array[~np.isin(array, (0, 1))][0]
            raise ValueError(f"states: {wrong} is not allowed; must be 0 or 1")
        before, after = transitions(array[burn_in:])
    return _from_pairs(before, after, seed)


def symmetry(weights: Any) -> Symmetry:
    """Measure how symmetric a weight matrix is.

    Parameters
    ----------
    weights : array or sparse matrix, shape (N, N)
        Entry [i, j] is the synapse from j to i.

    Returns
    -------
    Symmetry
        Cosine with the transpose, and the norms of the two parts.

    Raises
    ------
    ValueError
        One line, if it is not square, or holds values that are not finite.
    """
    matrix = weights if issparse(weights) else np.asarray(weights, np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"weights: shape {matrix.shape} is not allowed; must be square")
    if not np.isfinite(matrix.data if issparse(matrix) else matrix).all():
        raise ValueError("weights: values that are not finite are not allowed")
    return measure_symmetry(matrix)


def stdp_window(pre: Any, post: Any, largest_lag: int = 9) -> Window:
    """Return the weight change that walkback's rule makes at each lag of two spike trains.

    Parameters
    ----------
    pre, post : array of {0, 1}, shape (steps, chains, n)
        Spikes of presynaptic and postsynaptic neurons in the order of heating: post[k] is drawn a
        half-step before pre[k]. Two dimensions stand for one chain.
    largest_lag : int
        Lags up to this number of steps, both ways.

    Returns
    -------
    Window
        Mean change against lag, of waking and of sleep, with standard errors.

    Raises
    ------
    ValueError
        One line, for shapes that differ or values that are neither 0 nor 1.
    """
    found = []
    for name, given in (("pre", pre), ("post", post)):
        array = np.asarray(given)
        array = array[:, None] if array.ndim == 2 else array
        if array.ndim != 3 or not np.isin(array, (0, 1)).all():
            raise ValueError(f"{name}: must be spikes of 0 and 1, (steps, chains, n)")
        found.append(array)
    if found[0].shape[:2] != found[1].shape[:2]:
        shapes = f"{found[0].shape} and {found[1].shape}"
        raise ValueError(f"pre and post: {shapes}; must have the same steps and chains")
    if isinstance(largest_lag, bool) or not 1 <= largest_lag < len(found[0]) // 2:
        problem = f"{largest_lag} is not allowed"
        raise ValueError(f"largest_lag: {problem}; must be 1 to {len(found[0]) // 2 - 1}")
    senders, receivers = (array.astype(np.float32) for array in found)
    return window(senders[:-1], receivers, largest_lag)


def _from_pairs(before: Array, after: Array, seed: int) -> FromStates:
    n, neurons = before.shape
    often = n / 4.0**neurons
    if neurons <= MOST_COUNTED and often >= SEEN_EACH:
        how = f"counted transitions ({neurons} neurons; each transition {often:.0f} times)"
        value = Estimate(extrapolated(plug_in, before, after), None, n, "nats a step")

        def again(x: Array, y: Array) -> float:
            return extrapolated(plug_in, x, y)
    else:
        how = f"a lower bound by maximum entropy ({neurons} neurons, {n} transitions)"
        value = maximum_entropy_bound(before, after)

        def again(x: Array, y: Array) -> float:
            return maximum_entropy_bound(x, y).value

    few = CONTROLS if n * neurons**2 < 10**8 else 3
    copies = [without_arrow(before, after, CONTROL_BLOCK, seed + k) for k in range(few)]
    with warnings.catch_warnings():  # where the truth is 0, every correction is a large share
        warnings.simplefilter("ignore", RegimeWarning)
        null = np.array([again(*pair) for pair in copies])
    on = f"{few} copies in which random stretches run backward"
    control = Estimate(float(null.mean()), float(null.std(ddof=1)), few, "nats a step", on)
    return FromStates(value, how, control)


def _is_trajectory(path: Path) -> bool:
    if path.suffix != ".h5" or not path.is_file():
        return False
    try:
        Trajectory(path).close()
    except Exception:  # any other HDF5 file: the reader of recordings says what is wrong with it
        return False
    return True


def _pairs_of_file(path: Path, bin: float | None) -> tuple[Array, Array]:
    from asynet.exchange.spike_files import read_activity

    activity = read_activity(path, bin)
    kept = activity.followed[:-1]
    return activity.states[:-1][kept], activity.states[1:][kept]
