"""Compiled loops of the CPU kernel; the same operations as `reference.py`, in the same order.

Float expressions are written out one operation at a time and compiled without fast-math, so that
the compiler may not fuse or reorder them. Sums whose order is free are in `spike_sums.py`.
"""

import numba
import numpy as np

from asynet.numerics import exact
from asynet.numerics.philox import LANES, MULTIPLIERS, ROUNDS, TILE, WEYL

F = np.float32
M0, M1 = np.uint64(MULTIPLIERS[0]), np.uint64(MULTIPLIERS[1])
W0, W1 = np.uint32(WEYL[0]), np.uint32(WEYL[1])
THIRTY_TWO, EIGHT = np.uint64(32), np.uint32(8)
RESOLUTION = F(2.0**-24)
CHAIN_HIGH = np.int64(0xFFFFFF)
LOG2_E, LN2_HIGH, LN2_LOW = F(exact.LOG2_E), F(exact.LN2_HIGH), F(exact.LN2_LOW)
ROUND, LARGEST = F(exact.ROUND_TO_INTEGER), F(exact.LARGEST_EXPONENT)
P0 = F(exact.EXP_LEADING)
P1, P2, P3, P4, P5 = (F(c) for c in exact.EXP_POLYNOMIAL)
ONE, HALF, ZERO, TWO = F(1), F(0.5), F(0), F(2)
BIAS, MANTISSA = np.int32(127), np.int32(23)


@numba.njit(inline="always", error_model="numpy")
def exponential(v):  # type: ignore[no-untyped-def]
    """exp(v) in float32 for |v| <= 80, as in `exact.sigmoid`."""
    n = (v * LOG2_E + ROUND) - ROUND
    r = (v - n * LN2_HIGH) - n * LN2_LOW
    p = P0 * r + P1
    p = p * r + P2
    p = p * r + P3
    p = p * r + P4
    p = p * r + P5
    p = ((p * r) * r + r) + ONE
    scale = np.int32((np.int32(n) + BIAS) << MANTISSA).view(np.float32)
    return p * scale


@numba.njit(inline="always", error_model="numpy")
def sigmoid(x):  # type: ignore[no-untyped-def]
    """1 / (1 + exp(-x)) in float32, with the bits of `exact.sigmoid`."""
    return ONE / (ONE + exponential(min(max(-F(x), -LARGEST), LARGEST)))


@numba.njit(inline="always", error_model="numpy")
def softplus(x):  # type: ignore[no-untyped-def]
    """ln(1 + exp(x)) in float32, to 1e-7 of max(1, x); for log-probabilities alone.

    ln(1 + z) for z = exp(-|x|) in (0, 1] is 2 artanh(y), y = z / (2 + z) <= 1/3.
    """
    f = F(x)
    z = exponential(max(-abs(f), -LARGEST))
    y = z / (TWO + z)
    w = y * y
    series = F(1 / 15) * w + F(1 / 13)
    series = series * w + F(1 / 11)
    series = series * w + F(1 / 9)
    series = series * w + F(1 / 7)
    series = series * w + F(1 / 5)
    series = series * w + F(1 / 3)
    series = series * w + ONE
    return max(f, ZERO) + TWO * y * series


@numba.njit
def draw(seed, chain, step, first, out):  # type: ignore[no-untyped-def]
    """Fill out with uniforms of neurons first .. first + len(out), whole tiles of Philox."""
    for tile in range(out.size // TILE):
        for lane in range(LANES):
            x0 = np.uint32((first // TILE + tile) * LANES + lane)
            x1 = np.uint32(step)
            x2 = np.uint32(chain)
            x3 = np.uint32((chain >> 32) & CHAIN_HIGH)
            k0, k1 = seed[0], seed[1]
            for _ in range(ROUNDS):
                p0 = np.uint64(x0) * M0
                p1 = np.uint64(x2) * M1
                x0 = np.uint32(np.uint32(p1 >> THIRTY_TWO) ^ x1 ^ k0)
                x2 = np.uint32(np.uint32(p0 >> THIRTY_TWO) ^ x3 ^ k1)
                x1, x3 = np.uint32(p1), np.uint32(p0)
                k0, k1 = np.uint32(k0 + W0), np.uint32(k1 + W1)
            at = tile * TILE + lane
            out[at] = F(x0 >> EIGHT) * RESOLUTION
            out[at + LANES] = F(x1 >> EIGHT) * RESOLUTION
            out[at + 2 * LANES] = F(x2 >> EIGHT) * RESOLUTION
            out[at + 3 * LANES] = F(x3 >> EIGHT) * RESOLUTION


@numba.njit
def scale(own, current, bias, keep, alpha, cold, x):  # type: ignore[no-untyped-def]
    """Set x to a / T, a = (1 - alpha) s + alpha (current + bias)."""
    for i in range(x.size):
        x[i] = F((keep * own[i] + alpha * (current[i] + bias[i])) * cold)


@numba.njit(error_model="numpy")
def rates(x, rho):  # type: ignore[no-untyped-def]
    """Set rho to sigmoid(x)."""
    for i in range(x.size):
        rho[i] = sigmoid(x[i])


@numba.njit
def spike(uniform, rho, sample):  # type: ignore[no-untyped-def]
    """Set sample to 1 where the uniform lies below rho, else 0."""
    for i in range(rho.size):
        sample[i] = F(uniform[i] < rho[i])


@numba.njit
def difference(target, prediction, snap, error):  # type: ignore[no-untyped-def]
    """Set error to target - prediction on the grid."""
    for i in range(error.size):
        error[i] = ((target[i] - prediction[i]) + snap) - snap


@numba.njit(error_model="numpy")
def log_probability(s, x, work):  # type: ignore[no-untyped-def]
    """Return sum of s x - softplus(x), in nats."""
    for i in range(x.size):
        work[i] = F(s[i]) * x[i] - softplus(x[i])
    total = 0.0
    for i in range(x.size):
        total += work[i]
    return total


@numba.njit(parallel=True, cache=True)
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
    """Fill sample, error (B, n), log_q, log_p (B,); an output of size 0 is not wanted.

    current: (B, n or more), what spikes bring in. own: the population's first column.
    cold_*: 1 / T. bias_*: bias + (T - 1) rest. snap: the number whose addition and subtraction
    rounds to the grid.
    """
    n = bias_fire.size
    first = own // TILE * TILE
    drawn = (own + n - first + TILE - 1) // TILE * TILE if chains.size else 0
    for b in numba.prange(state.shape[0]):
        x, rho, work = np.empty(n, np.float32), np.empty(n, np.float32), np.empty(n, np.float32)
        uniform = np.empty(drawn, np.float32)
        if drawn:
            draw(seed, chains[b], step, first, uniform)
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


@numba.njit(parallel=True, cache=True, error_model="numpy")
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
    weights,
    velocity,
    effective,
):
    """Move the velocity of every synapse and, with `commit`, its weight; rows are presynaptic.

    gradient: (n_in, n or more), before the share of the centre is taken off.
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
