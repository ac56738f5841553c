"""The operators' modules: shapes, parameters, where they start."""

import math

import pytest
import torch

from asynet.operators.contract import Hot
from asynet.operators.layers import BatchNorm, Normalise
from asynet.operators.mlp import MLP, WAVES, Waves
from asynet.operators.paper_conv import TABLES, PaperConv
from asynet.operators.unet import UNet

COLD = Hot(1.0, 0, 0.1)

# Goyal et al. 2017, Tables 2 to 5: channels and pixels of each layer's output, in order.
PLANES = {
    "mnist": [(16, 14), (32, 7), (16, 14), (1, 28)],
    "cifar10": [(64, 16), (128, 8), (256, 4), (128, 8), (64, 16), (3, 32)],
    "svhn": [(64, 16), (128, 8), (256, 4), (128, 8), (64, 16), (3, 32)],
    "celeba": [(64, 32), (128, 16), (256, 8), (128, 16), (64, 32), (3, 64)],
}
CONNECTED = {
    "mnist": [(1568, 1024), *[(1024, 1024)] * 4],
    "cifar10": [(4096, 2048), *[(2048, 2048)] * 3, (2048, 4096)],
    "svhn": [(4096, 1024), *[(1024, 1024)] * 3, (1024, 4096)],
    "celeba": [(16384, 1024), *[(1024, 1024)] * 3, (1024, 16384)],
}


def count(channels, planes, connected, into_decoder, heads):
    """Weights and biases of 5 x 5 and of full layers, and two numbers for each normalised one."""
    maps = [c for c, _ in planes]
    half = len(maps) // 2
    before = [channels, *maps[: half - 1], into_decoder, *maps[half:-1]]
    total = 0
    for i, (n, m) in enumerate(zip(before, maps, strict=True)):
        last = i == len(maps) - 1
        total += (heads if last else 1) * (25 * n * m + m) + (0 if last else 2 * m)
    return total + sum(n * m + m + 2 * m for n, m in connected)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("heads", [1, 2])
def test_the_papers_operators_have_every_layer_of_their_tables(table, heads):
    module = PaperConv(table, "shared", 1, heads, zero=False).eval()
    shape = TABLES[table].shape
    seen = []
    for layer in module.modules():
        if isinstance(layer, torch.nn.Conv2d | torch.nn.ConvTranspose2d):
            assert layer.kernel_size == (5, 5)
            assert layer.stride == (2, 2)
            layer.register_forward_hook(lambda _, __, out: seen.append(tuple(out.shape[1:3])))
    linear = [m for m in module.modules() if isinstance(m, torch.nn.Linear)]
    assert [(m.in_features, m.out_features) for m in linear] == CONNECTED[table]
    mu, sigma = module(torch.rand(2, *shape), COLD)
    assert mu.shape == (2, *shape)
    assert (sigma is None) == (heads == 1)
    assert seen == PLANES[table] + PLANES[table][-1:] * (heads - 1)
    into = TABLES[table].reshaped
    assert math.prod(into) == CONNECTED[table][-1][1]
    expected = count(shape[0], PLANES[table], CONNECTED[table], into[0], heads)
    assert sum(p.numel() for p in module.parameters()) == expected


def test_the_mlp_of_the_bound_has_two_layers_of_1200():
    module = MLP((1, 28, 28), (1200, 1200), "per_step", 30, 1, zero=False)
    weights = 784 * 1200 + 1200 * 1200 + 1200 * 784 + 1200 + 1200 + 784
    assert sum(p.numel() for p in module.parameters()) == weights + 30 * 2 * 2 * 1200


def test_values_enter_as_waves():
    """At quarter turns by hand; at random ones sine^2 + cosine^2 = 1, so that their mean is 1/2."""
    waves = Waves(2, 0.5)
    waves.vectors = torch.tensor([[1.0, 0.0], [0.25, 2.0]])
    found = waves(torch.tensor([[0.25, 0.0], [1.0, 1.0]])) / math.sqrt(2)
    expected = torch.tensor([[1.0, 0.0, 0.0, 1.0], [1.0, 0.0, 0.0, 1.0]])
    assert torch.allclose(found, expected, atol=1e-6)
    torch.manual_seed(0)
    found = Waves(3, 2.0)(torch.randn(5, 3))
    assert found.shape == (5, 2 * WAVES)
    assert torch.allclose((found**2).mean(dim=1), torch.ones(5), atol=1e-5)


def test_the_std_of_wave_numbers_is_what_was_asked():
    """Of 64,000 numbers the std has a standard error of 0.3 %: 2 % is beyond 7 of them."""
    torch.manual_seed(0)
    vectors = Waves(1000, 3.0).vectors
    assert float(vectors.std()) == pytest.approx(3, rel=0.02)
    assert float(vectors.mean()) == pytest.approx(0, abs=0.06)


def test_an_mlp_of_waves_trains_its_layers_alone():
    """The waves stay as drawn, are kept with the weights, and are what the first layer sees."""
    torch.manual_seed(0)
    module = MLP((2, 1, 1), (5,), "none", 1, 1, zero=False, waves=1.0)
    assert sum(p.numel() for p in module.parameters()) == 2 * WAVES * 5 + 5 + 5 * 2 + 2
    assert module.state_dict()["enter.vectors"].shape == (2, WAVES)
    x, hidden = torch.rand(4, 2, 1, 1), module.layers[0]
    h = torch.relu(module.enter(x.flatten(1)) @ hidden.weight.T + hidden.bias)
    by_hand = (h @ module.heads[0].weight.T + module.heads[0].bias).view_as(x)
    assert torch.allclose(module(x, COLD)[0], by_hand, atol=1e-6)


@pytest.mark.parametrize("norm", ["none", "shared", "per_step", "layer", "group"])
@pytest.mark.parametrize("kind", ["mlp", "paper_conv", "unet"])
def test_operators_start_at_zero_when_asked(kind, norm):
    """So that with output residual or noise, F is the identity map."""
    torch.manual_seed(0)
    if kind == "mlp":
        module = MLP((3, 32, 32), (20,), norm, 3, 2, zero=True)
    elif kind == "paper_conv":
        module = PaperConv("svhn", norm, 3, 2, zero=True)
    else:
        module = UNet((3, 32, 32), (8, 16), 2, norm, 3, 2, zero=True)
    mu, sigma = module(torch.rand(4, 3, 32, 32), Hot(2.0, 1, 0.1))
    assert (mu == 0).all()
    assert (sigma == 0).all()


def test_batch_norm_is_torchs():
    torch.manual_seed(0)
    ours, theirs = BatchNorm(5), torch.nn.BatchNorm1d(5)
    for _ in range(30):
        x = torch.randn(20, 5) * 3 + 1
        assert torch.allclose(ours(x), theirs(x), atol=1e-6)


def test_running_statistics_begin_as_plain_means():
    norm, batches = BatchNorm(3), [torch.randn(50, 3) for _ in range(10)]
    for x in batches:
        norm(x)
    means = torch.stack([x.mean(dim=0) for x in batches]).mean(dim=0)
    variances = torch.stack([x.var(dim=0) for x in batches]).mean(dim=0)
    assert torch.allclose(norm.mean, means, atol=1e-6)
    assert torch.allclose(norm.variance, variances, atol=1e-5)


def test_every_level_has_statistics_of_its_own():
    norm = Normalise("per_step", 4, 3)
    norm(torch.randn(50, 4) + 10, 1)
    assert norm.each[1].mean.mean() > 9
    assert (norm.each[0].mean == 0).all()
    assert (norm.each[2].mean == 0).all()


def test_a_unet_is_told_the_temperature():
    torch.manual_seed(0)
    module = UNet((1, 8, 8), (8, 16), 1, "group", 1, 1, zero=False)
    for block in [m for m in module.modules() if hasattr(m, "modulate")]:
        torch.nn.init.normal_(block.modulate.weight)
        torch.nn.init.normal_(block.second.weight)
    x = torch.rand(2, 1, 8, 8)
    cold, warm = module(x, Hot(1.0, 0, 0.1))[0], module(x, Hot(2.0, 0, 0.1))[0]
    assert (cold - warm).abs().max() > 1e-3
