"""What Triton's kernels compute element by element: the bits of `numerics.exact` and `philox`."""

import triton
import triton.language as tl

from asynet.numerics import exact, philox

LOG2_E = tl.constexpr(exact.LOG2_E)
LN2_HIGH, LN2_LOW = tl.constexpr(exact.LN2_HIGH), tl.constexpr(exact.LN2_LOW)
ROUND, LARGEST = tl.constexpr(exact.ROUND_TO_INTEGER), tl.constexpr(exact.LARGEST_EXPONENT)
P0 = tl.constexpr(exact.EXP_LEADING)
P1, P2, P3, P4, P5 = (tl.constexpr(c) for c in exact.EXP_POLYNOMIAL)
GRID = tl.constexpr(1.5 * 2.0**7)  # exact.SNAP of float32
WHOLE = tl.constexpr(1.5 * 2.0**52)  # rounds a float64 to an integer, ties to even
M0, M1 = (tl.constexpr(m) for m in philox.MULTIPLIERS)
W0, W1 = (tl.constexpr(w) for w in philox.WEYL)
ROUNDS = tl.constexpr(philox.ROUNDS)
TILE, LANES = tl.constexpr(philox.TILE), tl.constexpr(philox.LANES)
RESOLUTION = tl.constexpr(2.0**-24)


@triton.jit
def snap(x):  # type: ignore[no-untyped-def]
    """Return the nearest multiples of 2**-16 of float32 numbers: see `exact.snap`."""
    return (x + GRID) - GRID


@triton.jit
def sigmoid(x):  # type: ignore[no-untyped-def]
    """Return 1 / (1 + exp(-x)) in float32, bit for bit: see `exact.sigmoid`."""
    v = tl.minimum(tl.maximum(-x, -LARGEST), LARGEST)
    n = (v * LOG2_E + ROUND) - ROUND
    r = (v - n * LN2_HIGH) - n * LN2_LOW
    p = r * P0 + P1
    p = p * r + P2
    p = p * r + P3
    p = p * r + P4
    p = p * r + P5
    p = ((p * r) * r + r) + 1.0
    scale = ((n.to(tl.int32) + 127) << 23).to(tl.float32, bitcast=True)
    below = p * scale + 1.0
    return tl.div_rn(tl.full(below.shape, 1.0, tl.float32), below)


@triton.jit
def softplus(x):  # type: ignore[no-untyped-def]
    """Return ln(1 + exp(x)) in float64.

    Parameters
    ----------
    x : block of float64
        Numbers.
    """
    return tl.maximum(x, 0.0) + tl.log(1.0 + tl.exp(-tl.abs(x)))


@triton.jit
def uniforms(neuron, step, chain, k0, k1):  # type: ignore[no-untyped-def]
    """Return uniforms of some neurons of one chain: see `philox.uniforms`.

    Parameters
    ----------
    neuron : block of int32
        Columns of the state.
    step, chain, k0, k1 : int64
        Number of the half-step, index of the chain, and the two words of the seed.
    """
    x0 = (neuron // TILE * LANES + neuron % LANES).to(tl.uint32)
    x1 = tl.zeros_like(x0) + step.to(tl.uint32)
    x2 = tl.zeros_like(x0) + chain.to(tl.uint32)
    x3 = tl.zeros_like(x0) + ((chain >> 32) & 0xFFFFFF).to(tl.uint32)
    a, b = tl.zeros_like(x0) + k0.to(tl.uint32), tl.zeros_like(x0) + k1.to(tl.uint32)
    m0, m1 = tl.full(x0.shape, M0, tl.uint32), tl.full(x0.shape, M1, tl.uint32)
    w0, w1 = tl.full(x0.shape, W0, tl.uint32), tl.full(x0.shape, W1, tl.uint32)
    for _ in tl.static_range(ROUNDS):
        high0, low0 = tl.umulhi(x0, m0), x0 * m0
        high1, low1 = tl.umulhi(x2, m1), x2 * m1
        x0, x1 = high1 ^ x1 ^ a, low1
        x2, x3 = high0 ^ x3 ^ b, low0
        a, b = a + w0, b + w1
    word = neuron % TILE // LANES
    drawn = tl.where(word < 2, tl.where(word == 0, x0, x1), tl.where(word == 2, x2, x3))
    return (drawn >> 8).to(tl.float32) * RESOLUTION
