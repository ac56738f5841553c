"""Compiled sums over the synapses of neurons that spike, whose weights are known by an address.

Kernels give a walk the addresses of all arrays of a network, so that one compiled function serves
networks of any number of populations.
"""

from typing import Any

import numba
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

# What the table of populations says of each one.
FIRST, SIZE, FROM, N_IN, BYTE, EFFECTIVE, BIAS, REST, COLUMNS, STARTS = range(10)
SCATTERED = -1  # in the place of FROM: presynaptic columns do not follow each other
carray: Any = numba.carray  # type: ignore[attr-defined]
WIDE, NARROW = 64, 16  # columns that are summed at once, in vector registers


@intrinsic
def pointer_to(typing_context, address, like):  # type: ignore[no-untyped-def]
    """Return an address as a pointer to what an array like this one holds.

    Parameters
    ----------
    typing_context : object
        From numba.
    address, like : numba type
        Types of the address and of the array.

    Returns
    -------
    tuple
        The signature and the code, for numba.
    """
    pointer = types.CPointer(like.dtype)  # type: ignore[no-untyped-call]

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.inttoptr(arguments[0], context.get_value_type(pointer))

    return pointer(address, like), generate


@numba.njit
def array_at(address, n, like):  # type: ignore[no-untyped-def]
    """Return the numbers at an address as an array.

    Parameters
    ----------
    address, n : int
        Where they are, and how many.
    like : ndarray
        Of their dtype.
    """
    return carray(pointer_to(address, like), (n,))  # type: ignore[call-arg]


def summing(width):  # type: ignore[no-untyped-def]
    """Return a compiled function that sums so many columns of listed rows in vector registers.

    Written for the compiler's vector type, since it finds no vectors in loops this deep.

    Parameters
    ----------
    width : int
        How many columns.
    """

    @intrinsic
    def sum_columns(typing_context, rows, stride, listed, n, out):  # type: ignore[no-untyped-def]
        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            matrix, step, places, how_many, target = arguments
            lists, results = (
                context.make_array(kind)(context, builder, argument).data
                for kind, argument in ((listed, places), (out, target))
            )
            vector = ir.VectorType(context.get_data_type(rows.dtype), width)
            total = cgutils.alloca_once(builder, vector)  # type: ignore[no-untyped-call]
            builder.store(ir.Constant(vector, [0.0] * width), total)
            with cgutils.for_range(builder, how_many) as loop:
                row = builder.load(builder.gep(lists, [loop.index]))
                place = builder.gep(matrix, [builder.mul(row, step)])
                added = builder.load(builder.bitcast(place, vector.as_pointer()), align=4)
                builder.store(builder.fadd(builder.load(total), added), total)
            pointer = builder.bitcast(results, vector.as_pointer())
            builder.store(builder.load(total), pointer, align=4)
            return context.get_dummy_value()

        return types.void(rows, stride, listed, n, out), generate

    return sum_columns


sum_wide: Any = summing(WIDE)  # type: ignore[no-untyped-call]
sum_narrow: Any = summing(NARROW)  # type: ignore[no-untyped-call]


@numba.njit
def sum_rows(weights, listed, count, total, floats):  # type: ignore[no-untyped-def]
    """Set total to the sum of the listed rows of a matrix; the last columns are summed twice.

    Parameters
    ----------
    weights : int
        Address of the matrix, of n columns.
    listed : ndarray of int64, shape (count or more,)
        Which rows.
    count : int
        How many.
    total : ndarray, shape (n,)
        Filled.
    floats : ndarray
        Of the dtype of the weights; it is not read.
    """
    n = total.size
    if n < NARROW:
        total[:] = 0
        for q in range(count):
            row = array_at(weights + floats.itemsize * n * listed[q], n, floats)
            for i in range(n):
                total[i] += row[i]
        return
    width = WIDE if n >= WIDE else NARROW
    for tile in range(0, n, width):
        first = min(tile, n - width)
        rows: Any = pointer_to(weights + floats.itemsize * first, floats)  # type: ignore[call-arg]
        if width == WIDE:
            sum_wide(rows, n, listed, count, total[first:])
        else:
            sum_narrow(rows, n, listed, count, total[first:])
