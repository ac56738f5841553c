"""Compiled transposition of a matrix, eight by eight numbers at a time."""

from typing import Any

import numba
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

SIDE = 8
# Three times, vectors are joined in twos: by single numbers, by pairs, by fours.
JOINS = (
    ((0, 8, 1, 9, 4, 12, 5, 13), (2, 10, 3, 11, 6, 14, 7, 15)),
    ((0, 1, 8, 9, 4, 5, 12, 13), (2, 3, 10, 11, 6, 7, 14, 15)),
    ((0, 1, 2, 3, 8, 9, 10, 11), (4, 5, 6, 7, 12, 13, 14, 15)),
)
PARTNERS = (
    ((0, 1), (2, 3), (4, 5), (6, 7)),
    ((0, 2), (1, 3), (4, 6), (5, 7)),
    ((0, 4), (1, 5), (2, 6), (3, 7)),
)


@intrinsic
def turn_square(typing_context, matrix, begin, stride, turned, to, step):  # type: ignore[no-untyped-def]
    """Transpose SIDE by SIDE numbers.

    Written for the compiler's vector type, since it finds no vectors in loops that turn.

    Parameters
    ----------
    typing_context : object
        From numba.
    matrix, begin, stride, turned, to, step : numba type
        Types of the matrix, of the element where the square begins, of the elements from one row
        to the next; and of the same three of what is filled.

    Returns
    -------
    tuple
        The signature and the code, for numba.
    """

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        source, first, row, target, place, column = arguments
        read, written = (
            context.make_array(kind)(context, builder, argument).data
            for kind, argument in ((matrix, source), (turned, target))
        )
        vector = ir.VectorType(context.get_data_type(matrix.dtype), SIDE)

        def at(data: Any, index: Any) -> Any:
            return builder.bitcast(builder.gep(data, [index]), vector.as_pointer())

        lines = []
        for _ in range(SIDE):
            lines.append(builder.load(at(read, first), align=4))
            first = builder.add(first, row)
        for partners, masks in zip(PARTNERS, JOINS, strict=True):
            joined = list(lines)
            for one, other in partners:
                for where, mask in zip((one, other), masks, strict=True):
                    chosen = ir.Constant(ir.VectorType(ir.IntType(32), SIDE), list(mask))
                    joined[where] = builder.shuffle_vector(lines[one], lines[other], chosen)
            lines = joined
        # The joins leave the columns in the order 0, 2, 1, 3 of each half.
        for line in (0, 2, 1, 3, 4, 6, 5, 7):
            builder.store(lines[line], at(written, place), align=4)
            place = builder.add(place, column)
        return context.get_dummy_value()

    return types.void(matrix, begin, stride, turned, to, step), generate


@numba.njit
def turn(matrix, first, last, turned):  # type: ignore[no-untyped-def]
    """Set turned[: last - first] to the transpose of matrix[:, first:last].

    Parameters
    ----------
    matrix : ndarray, shape (m, n)
        What is transposed, C-contiguous.
    first, last : int
        Which of its columns.
    turned : ndarray, shape (last - first or more, m)
        Filled; C-contiguous.
    """
    m, n = matrix.shape
    rows, columns = m // SIDE * SIDE, (last - first) // SIDE * SIDE
    for j in range(0, rows, SIDE):
        for i in range(0, columns, SIDE):
            turn_square(matrix, j * n + first + i, n, turned, i * m + j, m)  # type: ignore[call-arg]
    for i in range(last - first):
        for j in range(rows if i < columns else 0, m):
            turned[i, j] = matrix[j, first + i]
