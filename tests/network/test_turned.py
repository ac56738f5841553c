"""A matrix is transposed in whole squares and what is left of them."""

import numpy as np
import pytest

from asynet.network.kernels.turned import turn


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(8, 8), (17, 23), (3, 40), (40, 3), (24, 16)])
def test_columns_become_rows(shape, dtype):
    m, n = shape
    matrix = np.arange(m * n, dtype=dtype).reshape(m, n)
    for first, last in ((0, n), (1, n), (n // 2, n - 1), (n - 1, n)):
        turned = np.full((n, m), -1, dtype)
        turn(matrix, first, last, turned)
        np.testing.assert_array_equal(turned[: last - first], matrix[:, first:last].T)
        assert (turned[last - first :] == -1).all()
