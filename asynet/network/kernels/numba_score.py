"""Log-probabilities of one chain's spikes, compiled.

The sum of s x - ln(1 + exp(x)) is that of s x - max(x, 0), less the logarithm of the product of all
1 + exp(-|x|): a neuron costs an exponential and a product, and a logarithm serves thousands.
"""

from math import log
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from asynet.network.kernels.numba_arithmetic import LARGEST, ZERO, exponential

LANES = 8  # neurons side by side, each with a sum and a product of its own
MOST = 4096  # neurons before a logarithm is taken: the products stay below 2^512


def loaded(builder: Any, data: Any, index: Any, kind: Any) -> Any:
    """Return the code that loads a vector of this kind, which begins at an index of an array.

    Parameters
    ----------
    builder, data, index, kind : object
        From llvmlite.
    """
    place = builder.bitcast(builder.gep(data, [index]), kind.as_pointer())
    return builder.load(place, align=4)


@intrinsic
def gather(typing_context, s, x, z, first, last, sums, products):  # type: ignore[no-untyped-def]
    """Add s x - max(x, 0) of every neuron to the sums, and multiply the products by 1 + z.

    Written for the compiler's vector type, so that numbers are added in the same order whatever
    the processor. (The logarithms that follow are those of the C library.)

    Parameters
    ----------
    typing_context : object
        From numba.
    s, x, z, first, last, sums, products : numba type
        Types of states, a / T and exp(-|x|), of the neurons from which to which, a multiple of
        LANES, and of LANES sums and products in float64.

    Returns
    -------
    tuple
        The signature and the code, for numba.
    """

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        arrays = [
            context.make_array(kind)(context, builder, argument).data
            for kind, argument in zip(signature.args, arguments, strict=True)
            if kind not in (first, last)
        ]
        floats = ir.VectorType(ir.FloatType(), LANES)
        doubles = ir.VectorType(ir.DoubleType(), LANES)
        zero, one = ir.Constant(floats, [0.0] * LANES), ir.Constant(doubles, [1.0] * LANES)
        begin, end = arguments[3:5]
        homes, kept = [], []
        for data in arrays[3:]:
            homes.append(builder.bitcast(data, doubles.as_pointer()))
            kept.append(cgutils.alloca_once(builder, doubles))  # type: ignore[no-untyped-call]
            builder.store(builder.load(homes[-1], align=8), kept[-1])
        step = ir.Constant(begin.type, LANES)
        with cgutils.for_range_slice(builder, begin, end, step) as (i, _):
            drive, rest = (loaded(builder, a, i, floats) for a in arrays[1:3])
            state = loaded(builder, arrays[0], i, doubles if s.dtype == types.float64 else floats)
            if s.dtype == types.float64:
                state = builder.fptrunc(state, floats)
            driven = builder.fcmp_ordered(">", drive, zero)
            above = builder.select(driven, drive, zero)
            term = builder.fpext(builder.fsub(builder.fmul(state, drive), above), doubles)
            factor = builder.fadd(builder.fpext(rest, doubles), one)
            builder.store(builder.fadd(builder.load(kept[0]), term), kept[0])
            builder.store(builder.fmul(builder.load(kept[1]), factor), kept[1])
        for place, home in zip(kept, homes, strict=True):
            builder.store(builder.load(place), home, align=8)
        return context.get_dummy_value()

    return types.void(s, x, z, first, last, sums, products), generate


@numba.njit(error_model="numpy")
def log_probability(s, x, work):  # type: ignore[no-untyped-def]
    """Return the sum over neurons of s x - ln(1 + exp(x)), in nats.

    Parameters
    ----------
    s : ndarray of {0, 1}, float32 or float64, shape (n,)
        States.
    x : ndarray of float32, shape (n,)
        a / T.
    work : ndarray of float32, shape (n,)
        Room to compute in.
    """
    n = x.size
    for i in range(n):
        work[i] = exponential(max(-abs(x[i]), -LARGEST))
    whole = n // LANES * LANES
    sums, products, total = np.zeros(LANES), np.ones(LANES), 0.0
    for begin in range(0, whole, MOST):
        gather(s, x, work, begin, min(begin + MOST, whole), sums, products)  # type: ignore[call-arg]
        for k in range(LANES):
            total -= log(products[k])
            products[k] = 1.0
    for k in range(LANES):
        total += sums[k]
    for i in range(whole, n):
        total += (np.float32(s[i]) * x[i] - max(x[i], ZERO)) - log(1.0 + np.float64(work[i]))
    return total
