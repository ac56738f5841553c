"""The DCT-by-colour basis is orthonormal, invertible, and the same in NumPy and in torch."""

import numpy as np
import pytest
import torch

from asynet.numerics.dct import dct_matrix, from_dct, to_dct

SHAPES = [(1, 28, 28), (3, 32, 32), (3, 64, 64), (3, 5, 8), (4, 1, 2)]


@pytest.mark.parametrize("n", [1, 2, 3, 5, 32, 64])
def test_rows_are_orthonormal(n):
    matrix = dct_matrix(n)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(n), atol=1e-13)


def test_three_points_are_the_opponent_colours():
    opponent = [[1, 1, 1] / np.sqrt(3), [1, 0, -1] / np.sqrt(2), [1, -2, 1] / np.sqrt(6)]
    np.testing.assert_allclose(dct_matrix(3), opponent, atol=1e-15)


def test_two_by_two_pixels_by_hand():
    x = np.array([[[[1.0, 2.0], [3.0, 5.0]]]])
    np.testing.assert_allclose(to_dct(x), [[[[5.5, -1.5], [-2.5, 0.5]]]], atol=1e-15)


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 16, 16), (3, 5, 8), (4, 1, 2)])
def test_the_map_of_images_is_orthonormal(shape):
    """Its matrix, read off the unit images, is that of independent changes of three bases."""
    size = min(int(np.prod(shape)), 400)
    units = np.eye(int(np.prod(shape)))[:size].reshape(-1, *shape)
    columns = to_dct(units).reshape(size, -1)
    np.testing.assert_allclose(columns @ columns.T, np.eye(size), atol=1e-12)
    c, h, w = (dct_matrix(n) for n in shape)
    whole = np.einsum("ac,yi,xj->ayxcij", c, h, w).reshape(columns.shape[1], -1)[:, :size]
    np.testing.assert_allclose(columns.T, whole, atol=1e-13)


@pytest.mark.parametrize("shape", SHAPES)
def test_there_and_back(shape):
    x = np.random.default_rng(1).normal(size=(3, *shape))
    np.testing.assert_allclose(from_dct(to_dct(x)), x, atol=1e-12)
    np.testing.assert_allclose(to_dct(from_dct(x)), x, atol=1e-12)
    np.testing.assert_allclose((to_dct(x) ** 2).sum(), (x**2).sum(), rtol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_torch_and_numpy_agree_and_keep_dtype(dtype):
    x = np.random.default_rng(2).random((2, 3, 16, 16)).astype(dtype)
    atol = 1e-5 if dtype == "float32" else 1e-12
    for change in (to_dct, from_dct):
        tensor = change(torch.from_numpy(x))
        assert tensor.dtype == getattr(torch, dtype)
        assert change(x).dtype == np.dtype(dtype)
        np.testing.assert_allclose(tensor.numpy(), change(x), atol=atol)


def test_a_grey_image_has_one_coordinate():
    coordinates = to_dct(np.full((1, 3, 32, 32), 0.5))
    assert coordinates[0, 0, 0, 0] == pytest.approx(0.5 * np.sqrt(3072))
    coordinates[0, 0, 0, 0] = 0
    assert abs(coordinates).max() < 1e-12


def test_gradients_pass_also_after_inference_mode():
    """The gradient of |to_dct(x)|^2 / 2 is x, for an orthonormal map."""
    with torch.inference_mode():
        to_dct(torch.ones(1, 3, 6, 7))
    x = torch.rand(2, 3, 6, 7, generator=torch.Generator().manual_seed(3)).requires_grad_()
    (to_dct(x).square().sum() / 2).backward()
    torch.testing.assert_close(x.grad, x.detach())


def test_automatic_mixed_precision_leaves_it_alone():
    x = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(4))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(to_dct(x), to_dct(x.clone()))
        mixed = to_dct(x)
    assert torch.equal(mixed, to_dct(x))


@pytest.mark.parametrize("wrap", [np.asarray, torch.as_tensor])
def test_other_shapes_and_integers_are_refused(wrap):
    with pytest.raises(ValueError, match=r"\(B, C, H, W\)"):
        to_dct(wrap(np.zeros((3, 32, 32))))
    with pytest.raises(ValueError, match="floats"):
        from_dct(wrap(np.zeros((1, 3, 4, 4), np.uint8)))
    with pytest.raises(ValueError, match="at least 1"):
        dct_matrix(0)
