"""Sums over spikes are exact, by a table and without, whatever the shape."""

import numba
import numpy as np
import pytest

from asynet.network.kernels.numba_kernel import cores
from asynet.network.kernels.spike_sums import multiply_packed, multiply_spikes, tabulated
from asynet.numerics.exact import GRID

# Lines, rows and columns around multiples of those that are taken together: quartets of rows, 64
# spikes of a word, 32 columns.
SHAPES = [
    (1, 1, 1),
    (2, 3, 5),
    (40, 4, 32),
    (101, 7, 33),
    (64, 64, 64),
    (203, 129, 95),
    (50, 0, 3),
    (50, 0, 40),
]
SHARES = [0.0, 0.02, 0.5, 1.0]


def draw(m, k, n, share, seed=1):
    rng = np.random.default_rng(seed)
    spikes = (rng.random((m, k)) < share).astype(np.float32)
    rows = (np.rint(rng.normal(0, 0.2, (k, n)) / GRID) * GRID).astype(np.float32)
    return spikes, rows


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("share", SHARES)
def test_product_is_exact(shape, share):
    m, k, n = shape
    spikes, rows = draw(m, k, n, share)
    product = multiply_spikes(spikes, rows)
    np.testing.assert_array_equal(product, spikes.astype(float) @ rows.astype(float))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("share", SHARES)
def test_both_ways_to_sum_are_exact(shape, share):
    m, k, n = shape
    spikes, rows = draw(m, k, n, share)
    exact = spikes.astype(float) @ rows.astype(float)
    for worth in (0.0, np.inf):  # from tables, and as they are
        np.testing.assert_array_equal(multiply_packed(spikes, rows, worth), exact)


@pytest.mark.parametrize("shape", [(1, 63, 32), (1, 65, 33), (9, 64, 32)], ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_tables_have_the_dtype_of_the_rows(shape, dtype):
    m, k, n = shape
    spikes, rows = draw(m, k, n, 0.5)
    product = multiply_packed(spikes, rows.astype(dtype), 0.0)
    assert product.dtype == dtype
    np.testing.assert_array_equal(product, spikes.astype(float) @ rows.astype(float))


@pytest.mark.parametrize("line", [0, 3, 4, 9])
def test_a_row_that_one_line_alone_sums_is_in_its_table(line):
    spikes, rows = draw(10, 130, 40, 0.0)
    spikes[line, [0, 70, 129]] = 1
    product = multiply_packed(spikes, rows, 0.0)
    np.testing.assert_array_equal(product, spikes.astype(float) @ rows.astype(float))


def test_many_spikes_are_summed_from_tables_and_few_are_not():
    few, many = (draw(100, 64, 32, share)[0] for share in (0.02, 0.5))
    assert tabulated(many)
    assert not tabulated(few)
    assert not tabulated(many[:4])


def test_spikes_may_be_a_view():
    spikes, rows = draw(60, 90, 70, 0.5)
    seen = np.zeros((90, 100), np.float32)
    seen[:, 20:80] = spikes.T
    product = multiply_spikes(seen[:, 20:80].T, rows)
    np.testing.assert_array_equal(product, multiply_spikes(spikes, rows))


def test_threads_give_the_same_bits():
    spikes, rows = draw(120, 90, 200, 0.4)
    found = []
    for threads in {1, cores()}:
        numba.set_num_threads(threads)
        found.append(multiply_spikes(spikes, rows))
    for product in found:
        np.testing.assert_array_equal(product, spikes.astype(float) @ rows.astype(float))
