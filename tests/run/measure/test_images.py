"""Numbers of images that are measured on pixels take them as they are stored."""

import numpy as np
import pytest

from asynet.run.measure.images import pixels_of


def test_pixels_on_disk_are_not_copied(tmp_path):
    path = tmp_path / "images.npy"
    np.save(path, np.arange(2 * 3 * 4 * 5, dtype=np.uint8).reshape(2, -1))
    mapped = np.load(path, mmap_mode="r")
    found = pixels_of(mapped, (3, 4, 5))
    assert np.shares_memory(found, mapped)
    np.testing.assert_array_equal(found.reshape(2, -1), np.load(path))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_intensities_become_the_pixels_that_they_were(dtype):
    grey = np.arange(256, dtype=np.uint8)
    intensities = (grey / 255).astype(dtype).reshape(1, -1)
    found = pixels_of(intensities, (1, 16, 16))
    np.testing.assert_array_equal(found, grey.reshape(1, 1, 16, 16), strict=True)
