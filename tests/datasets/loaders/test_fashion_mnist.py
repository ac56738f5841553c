"""Fashion-MNIST has MNIST's format and file names, and is not taken for MNIST."""

import numpy as np
from mistakes import one_line_error

from asynet.datasets import load_images


def test_it_comes_from_idx_files_and_npz(tmp_path, settings, small_mnist, write_idx):
    folder = write_idx(tmp_path / "fashion_mnist", small_mnist, compress=True)
    np.savez(tmp_path / "fashion_mnist.npz", **small_mnist)
    sets = [
        load_images(settings("fashion_mnist", path=path))
        for path in (folder, tmp_path, tmp_path / "fashion_mnist.npz")
    ]
    for data in sets:
        assert [len(x) for x in (data.train, data.validation, data.test)] == [54, 6, 20]
        assert data.shape == (1, 28, 28)
        assert data.train.dtype == np.uint8
        np.testing.assert_array_equal(data.train, sets[0].train)
        np.testing.assert_array_equal(data.test_labels, sets[0].test_labels)
    pixels = {image.tobytes() for image in small_mnist["train_images"]}
    assert {image.tobytes() for image in np.concatenate([data.train, data.validation])} == pixels


def test_files_of_mnist_are_not_taken_for_it(
    nowhere, tmp_path, settings, small_mnist, write_idx, monkeypatch
):
    folder = write_idx(tmp_path / "data", small_mnist)
    monkeypatch.setenv("ASYNET_DATA", str(folder))
    assert len(load_images(settings("mnist", validation=5)).train) == 55
    one_line_error(lambda: load_images(settings("fashion_mnist")), "no Fashion-MNIST", "fetch")
    write_idx(folder / "fashion_mnist", small_mnist)
    assert len(load_images(settings("fashion_mnist")).test) == 20


def test_mnist_as_pixels_keeps_the_order_of_mnist_as_intensities(settings):
    from asynet.datasets import load

    pixels = load_images(settings("mnist", limit=50))
    intensities = load(settings("mnist", limit=50), 1)
    assert pixels.shape == (1, 28, 28)
    np.testing.assert_allclose(pixels.train.reshape(50, -1) / 255, intensities.train, atol=1e-7)
    np.testing.assert_array_equal(pixels.test_labels, intensities.test_labels)
