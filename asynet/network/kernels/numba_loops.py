"""Compiled loops of the CPU kernel; the same operations as `reference.py`, in the same order.

Sums whose order is free are in `spike_sums.py`.
"""

import numba
import numpy as np

from asynet.network.kernels.numba_arithmetic import (
    difference,
    rates,
    scale,
    spike,
)
from asynet.network.kernels.numba_score import log_probability
from asynet.network.kernels.turned import turn
from asynet.numerics.compiled import compiled
from asynet.numerics.compiled_philox import draw
from asynet.numerics.philox import STREAM_NEURONS, TILE

ROWS = 16  # postsynaptic neurons whose changes are turned around at once


@compiled(parallel=True)
def respond_bernoulli(  # type: ignore[no-untyped-def]
    state,
    current,
    own,
    keep,
    alpha,
    bias_fire,
    cold_fire,
    bias_teach,
    cold_teach,
    target,
    spikes,
    snap,
    seed,
    chains,
    step,
    sample,
    error,
    log_q,
    log_p,
):
    """Fill sample, error, log_q and log_p; one of size 0 is not wanted.

    Parameters
    ----------
    state : ndarray, shape (B, N)
        The state of the network.
    current : ndarray, shape (B, n)
        What spikes bring.
    own : int
        The population's first column.
    keep, alpha : float
        1 - alpha and alpha.
    bias_fire, cold_fire, bias_teach, cold_teach : ndarray of shape (n,), float
        bias + (T - 1) rest, and 1 / T, for the sample and for the error.
    target : ndarray, shape (B, n)
        What is predicted.
    spikes : bool
        Whether one more sample predicts, in place of the rate.
    snap : float
        The number whose addition and subtraction rounds to the grid.
    seed : ndarray of uint32, shape (2,)
        The two words of the key.
    chains : ndarray of int64, shape (B,)
        Chain indices; empty where no uniforms are needed.
    step : int
        Number of the half-step.
    sample, error : ndarray, shape (B, n)
        Filled.
    log_q, log_p : ndarray of float64, shape (B,)
        Filled.
    """
    n = bias_fire.size
    first = own // TILE * TILE
    drawn = (own + n - first + TILE - 1) // TILE * TILE if chains.size else 0
    for b in numba.prange(state.shape[0]):
        x, rho, work = np.empty(n, np.float32), np.empty(n, np.float32), np.empty(n, np.float32)
        uniform = np.empty(drawn, np.float32)
        if drawn:
            draw(seed, chains[b], step, first, STREAM_NEURONS, uniform)
        here, uniform = state[b, own : own + n], uniform[own - first :]
        if sample.size:
            scale(here, current[b], bias_fire, keep, alpha, cold_fire, x)
            rates(x, rho)
            spike(uniform, rho, sample[b])
            if log_q.size:
                log_q[b] = log_probability(sample[b], x, work)
        if error.size:
            if not (sample.size and cold_fire == cold_teach):
                scale(here, current[b], bias_teach, keep, alpha, cold_teach, x)
                rates(x, rho)
            if log_p.size:
                log_p[b] = log_probability(target[b], x, work)
            if spikes:
                spike(uniform, rho, rho)
            difference(target[b], rho, snap, error[b])


@compiled(parallel=True, error_model="numpy")
def change_weights(  # type: ignore[no-untyped-def]
    gradient,
    error_sum,
    centre,
    plastic,
    signs,
    mask,
    momentum,
    rate,
    commit,
    shrink,
    snap,
    snap_change,
    weights,
    velocity,
    effective,
):
    """Move the velocity of every synapse and, with `commit`, its weight; rows are presynaptic.

    Parameters
    ----------
    gradient : ndarray, shape (n_in, n)
        Before the share of the centre is taken off.
    error_sum : ndarray, shape (n,)
        Sum of the errors over the batch.
    centre : ndarray, shape (n_in,)
        What is subtracted from presynaptic activity.
    plastic, signs, mask : ndarray
        See `Afferents`.
    momentum, rate : float
        Share of the velocity that is kept, and learning rate.
    commit : bool
        Whether weights change now.
    shrink : float
        Factor on the weights.
    snap, snap_change : float
        The numbers whose addition and subtraction rounds to the grid, and to that of changes; 0
        for `snap_change` leaves changes as they are.
    weights, velocity, effective : ndarray, shape (n_in, n)
        Changed in place.
    """
    n_in, n = weights.shape
    zero = snap - snap
    for j in numba.prange(n_in):
        if not plastic[j]:
            continue
        g, m, v, w, e = gradient[j], centre[j], velocity[j], weights[j], effective[j]
        for i in range(n):
            v[i] = momentum * v[i] + rate * (g[i] - m * error_sum[i])
        if not commit:
            continue
        if snap_change > 0:
            for i in range(n):
                w[i] = (w[i] + ((v[i] + snap_change) - snap_change)) * shrink
        else:
            for i in range(n):
                w[i] = (w[i] + v[i]) * shrink
        if mask.size:
            for i in range(n):
                w[i] = w[i] * mask[j, i]
        if signs[j] > 0:
            for i in range(n):
                w[i] = max(w[i], zero)
        if signs[j] < 0:
            for i in range(n):
                w[i] = min(w[i], zero)
        for i in range(n):
            e[i] = (w[i] + snap) - snap


@compiled(parallel=True)
def change_opposite(  # type: ignore[no-untyped-def]
    velocity, centre, signs, shrink, snap, snap_change, weights, effective, lost
):
    """Give the opposite weights of a whole matrix their change: see `reciprocal_rule`.

    Parameters
    ----------
    velocity : ndarray, shape (n_pre, n_post)
        Of the synapses from `pre` to `post`.
    centre, signs : ndarray, shape (n_post,)
        Of the neurons of `post`, from which the opposite synapses come.
    shrink : float
        Factor on the weights.
    snap, snap_change : float
        See `change_weights`.
    weights, effective : ndarray, shape (n_post, n_pre)
        Of the opposite synapses; changed in place.
    lost : ndarray of float64, shape (n_pre,)
        Filled: what the biases of `pre` lose.
    """
    n_pre, n_post = velocity.shape
    zero = snap - snap
    blocks = (n_post + ROWS - 1) // ROWS
    parts = np.zeros((blocks, n_pre))
    for block in numba.prange(blocks):
        first, last = block * ROWS, min(block * ROWS + ROWS, n_post)
        change = np.empty((ROWS, n_pre), velocity.dtype)
        turn(velocity, first, last, change)
        for i in range(first, last):
            d, w, e, part, m = change[i - first], weights[i], effective[i], parts[block], centre[i]
            for j in range(n_pre):
                d[j] = (d[j] + snap_change) - snap_change
            for j in range(n_pre):
                part[j] += d[j] * m
            for j in range(n_pre):
                w[j] = (w[j] + d[j]) * shrink
            if signs[i] > 0:
                for j in range(n_pre):
                    w[j] = max(w[j], zero)
            if signs[i] < 0:
                for j in range(n_pre):
                    w[j] = min(w[j], zero)
            for j in range(n_pre):
                e[j] = (w[j] + snap) - snap
    lost[:] = 0
    for block in range(blocks):  # multiples of 2**-29, which add exactly in any order
        for j in range(n_pre):
            lost[j] += parts[block, j]
