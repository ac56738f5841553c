"""Measures of states and weights that come from anywhere."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import issparse

from asynet.analysis.from_states import FromStates, from_pairs, from_recording, is_neo
from asynet.analysis.from_trajectory import from_trajectory, is_of_a_run, is_trajectory
from asynet.analysis.recorded import measure_recorded
from asynet.numerics.estimates import Estimate
from asynet.symmetry.measure import Symmetry, measure_symmetry
from asynet.thermodynamics.dissipation import produced
from asynet.thermodynamics.from_states.transitions import transitions
from asynet.walkback.stdp import FEWEST_CHAINS, Window
from asynet.walkback.stdp import stdp_window as window


def irreversibility(
    states: Any,
    *,
    bin: float | Sequence[float] | None = None,
    burn_in: int = 0,
    seed: int = 1,
) -> FromStates | Estimate | dict[float, FromStates]:
    """Measure the entropy production of states that come from anywhere.

    Of a run's trajectory file, by its weights. Of states alone, by an estimator that suits the
    number of neurons: counted transitions of up to five neurons, where each was seen often; else a
    lower bound by maximum entropy. A control stands beside it. No transition crosses a pause or a
    trial.

    Parameters
    ----------
    states : array of {0, 1}, shape (steps, N) or (steps, chains, N), path, or Neo object
        Successive states; of several chains, no transition crosses from one to the next. Or a
        file: a trajectory of asynet (.h5), states (.npy, .npz), or spikes (.nwb, SONATA, .csv,
        .parquet). Or a Neo Block or Segment. A trajectory without study.yaml beside it is measured
        by its states.
    bin : float or sequence of float, optional
        Length of a bin in seconds, for spike times; several to compare them.
    burn_in : int
        Steps at the start of a trajectory or of an array that are left out.
    seed : int
        Seed of the control.

    Returns
    -------
    FromStates or Estimate or dict
        In nats a step; an Estimate where the weights were known, and a FromStates for each of
        several bins.

    Raises
    ------
    ValueError
        One line, for states of another shape, or values that are neither 0 nor 1.
    UserError
        One line, for a file that cannot be used.
    """
    path = Path(states).expanduser() if isinstance(states, str | Path) else None
    binned = is_neo(states) or (path is not None and not is_trajectory(path))
    if bin is not None and not binned:
        raise ValueError(f"bin: {bin} is not used; only spike times are binned")
    if burn_in and binned:
        raise ValueError(f"burn_in: {burn_in} is not used; only trajectories and arrays have one")
    if binned:
        source = states if path is None else path
        if isinstance(bin, Sequence | np.ndarray):
            return {float(width): from_recording(source, float(width), seed) for width in bin}
        return from_recording(source, bin, seed)
    if path is not None:
        if not is_of_a_run(path):
            return from_trajectory(path, None, burn_in, seed)
        return produced(measure_recorded(path, None, burn_in).dissipation, f"{path}, by weights")
    array = np.asarray(states)
    if array.ndim not in (2, 3):
        shapes = "(steps, N) or (steps, chains, N)"
        raise ValueError(f"states: shape {array.shape} is not allowed; must be {shapes}")
    if not np.isin(array, (0, 1)).all():
        wrong = array[~np.isin(array, (0, 1))][0]
        raise ValueError(f"states: {wrong} is not allowed; must be 0 or 1")
    before, after = transitions(array[burn_in:])
    return from_pairs(before, after, seed)


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
        half-step before pre[k]. At least three chains, which are each other's baseline.
    largest_lag : int
        Odd; lags up to this number of half-steps, both ways.

    Returns
    -------
    Window
        Mean change against lag in the replay and in heating, with standard errors, and what coin
        tosses of the same rates give.

    Raises
    ------
    ValueError
        One line, for shapes that differ or values that are neither 0 nor 1.
    """
    found = []
    for name, given in (("pre", pre), ("post", post)):
        array = np.asarray(given)
        if array.ndim != 3 or not np.isin(array, (0, 1)).all():
            raise ValueError(f"{name}: must be spikes of 0 and 1, (steps, chains, n)")
        found.append(array)
    if found[0].shape[:2] != found[1].shape[:2]:
        shapes = f"{found[0].shape} and {found[1].shape}"
        raise ValueError(f"pre and post: {shapes}; must have the same steps and chains")
    if found[0].shape[1] < FEWEST_CHAINS:
        chains = f"{found[0].shape[1]} chains"
        raise ValueError(f"pre and post: {chains}; must be at least {FEWEST_CHAINS}")
    most = len(found[0]) // 2 - 1
    whole = isinstance(largest_lag, int | np.integer) and not isinstance(largest_lag, bool)
    if not whole or not 1 <= largest_lag <= most or largest_lag % 2 == 0:
        problem = f"{largest_lag!r} is not allowed"
        raise ValueError(f"largest_lag: {problem}; must be an odd number from 1 to {most}")
    senders, receivers = (array.astype(np.float32) for array in found)
    return window(senders[:-1], receivers, largest_lag)
