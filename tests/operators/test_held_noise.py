"""Sigma that tells the way back from the way up, and noise in the coordinates of blocks."""

import numpy as np
import pytest
import torch

from asynet.network.kernels import Fire, Teach
from asynet.numerics.dct import to_dct
from asynet.operators.blocks import from_blocks, to_blocks
from asynet.operators.held_noise import WithSpread
from asynet.operators.kernel import OperatorKernel
from asynet.operators.law import FLOOR, relative_sigma
from asynet.operators.lessons import sigma_held
from asynet.study.operator import Operator

SHAPE = (3, 8, 12)
SIZE = 3 * 8 * 12


def images(n, seed=0, shape=SHAPE):
    return torch.tensor(np.random.default_rng(seed).random((n, *shape)))


class Shrink(torch.nn.Module):
    """F_mu = a (s - 1/2), a for each level of temperature."""

    told = True

    def __init__(self, *a):
        super().__init__()
        self.a = torch.nn.Parameter(torch.tensor(a, dtype=torch.float64))

    def forward(self, s, hot):
        return self.a[hot.level] * (s - 0.5), None


def spread_kernel(shape=SHAPE, blocks=True, sigma=0.1, a=(-0.1, -0.2), seed=0, std=0.1):
    torch.manual_seed(seed)
    module = WithSpread(Shrink(*a), shape, blocks).double()
    for p in module.parameters():
        if std and p is not module.module.a:
            torch.nn.init.normal_(p, std=std)
    torch.nn.init.normal_(module.gate.weight, std=std / 100)  # else it is shut, or wide open
    where = "blocks" if blocks else "pixels"
    settings = Operator(kind="unet", sigma=sigma, sigma_is="held", noise_in=where)
    kernel = OperatorKernel(module, settings, shape, np.array([1.0, 2.0]), hold=True)
    module.eval()
    return kernel


def test_block_coordinates_are_the_dct_of_each_block_by_colour():
    x = images(2)
    turned = to_blocks(x)
    assert turned.shape == (2, 48, 2, 3)
    block = to_dct(x[:, :, 4:, 8:])  # (2, 3, 4, 4), the last one
    torch.testing.assert_close(turned[:, :, 1, 2].reshape(2, 3, 4, 4), block)
    torch.testing.assert_close(from_blocks(turned), x)


@pytest.mark.parametrize("blocks", [True, False])
def test_the_law_is_the_dense_normal_distribution(blocks):
    """Its covariance, from the noise's basis vectors; log_prob, and samples at given numbers."""
    kernel, s = spread_kernel(blocks=blocks), images(2, 1).flatten(1)
    law = kernel.law_of(s, kernel.evaluate(s, 2.0), 2.0)
    vectors = torch.eye(SIZE, dtype=torch.float64)
    if blocks:
        vectors = from_blocks(vectors.view(SIZE, 48, 2, 3)).flatten(1)  # (SIZE, SIZE), by row
    target = images(2, 2).flatten(1)
    for i in range(2):
        covariance = vectors.T @ torch.diag(law.std[i] ** 2) @ vectors
        normal = torch.distributions.MultivariateNormal(law.a[i], covariance)
        torch.testing.assert_close(law.log_prob(target)[i], normal.log_prob(target[i]))
    noise = images(2, 3).flatten(1)
    torch.testing.assert_close(law.moved(noise), law.a + (law.std * noise) @ vectors)
    torch.testing.assert_close(law.noise_to(law.moved(noise)), noise)


def test_it_starts_at_sigma_0():
    kernel, s = spread_kernel(std=0), images(2).flatten(1)
    torch.testing.assert_close(
        kernel.law_of(s, kernel.evaluate(s, 2.0), 2.0).std,
        torch.full_like(s, 0.1 * np.sqrt(2) * (1 + FLOOR)),
    )


def test_lessons_hold_the_sigma_of_what_is_heated():
    """ln p of the target, less the divergence of sigma's noise at the target from sigma_0's."""
    kernel, s, target = spread_kernel(), images(2, 1).flatten(1), images(2, 2).flatten(1)
    kernel.learning = True
    answer = kernel.respond("image", s, None, Teach(2.0, target), score=True)
    sigma = relative_sigma(kernel.evaluate(target, 2.0)[1])
    ones = torch.ones_like(sigma)
    normal = torch.distributions.Normal
    apart = torch.distributions.kl_divergence(normal(0 * ones, ones), normal(0 * ones, sigma))
    torch.testing.assert_close(answer.objective, answer.log_p - apart.sum(dim=1))
    assert apart.sum().item() > 1


def test_the_hold_moves_sigma_alone():
    kernel, target = spread_kernel(), images(2, 2).flatten(1)
    sigma_held(kernel, target, 2.0).sum().backward()
    assert kernel.module.module.a.grad is None
    assert all(p.grad.abs().max() > 0 for p in kernel.module.leave.parameters())


def test_learned_sigma_shrinks_on_the_way_back_and_not_on_the_way_up():
    """White noise of variance V, heated by c: going back takes V c / (V + c), going up c.

    One operator must tell the two states apart, which differ by 1 + c / V = 2 in variance.
    Fixed seeds; 64 images of 256 pixels, so that means of sigma vary by 3e-3 at most.
    """
    c = v = 0.01
    back = -c / (v + c)  # of F_mu, the posterior mean
    kernel = spread_kernel((1, 16, 16), sigma=np.sqrt(c), a=(back, back), std=0)
    kernel.learning, (_, *rest) = True, kernel.module.named_parameters()
    adam = torch.optim.Adam([p for _, p in rest], 0.002)
    rng = np.random.default_rng(0)

    def pair(n):
        cold = torch.tensor(0.5 + np.sqrt(v) * rng.standard_normal((n, 256)))
        return cold, cold + torch.tensor(np.sqrt(c) * rng.standard_normal((n, 256)))

    for _ in range(250):
        cold, hot = pair(16)
        adam.zero_grad()
        error = kernel.respond("image", hot, None, Teach(1.0, cold)).objective
        (-error.sum() / cold.numel()).backward()
        adam.step()
    kernel.learning = False
    cold, hot = pair(64)
    with torch.no_grad():
        sigma_up, sigma_back = (
            float(relative_sigma(kernel.evaluate(s, 1.0)[1]).mean()) for s in (cold, hot)
        )
    assert sigma_up == pytest.approx(1, abs=0.05)
    assert sigma_back == pytest.approx(np.sqrt(0.5), abs=0.05)
    taught = kernel.respond("image", hot, None, Teach(1.0, cold), score=True)
    sigma_0 = -np.log(2 * np.pi * c) / 2 - (v * c / (v + c)) / (2 * c)  # ln p of it, a pixel
    assert float(taught.log_p.mean()) / 256 > sigma_0 + 0.09  # ln 2 / 2 - 1/4 = 0.097 at best


def test_pathwise_lessons_follow_the_noise_of_blocks():
    """Against finite differences of ln p(s_0 | s_1) - ln q(s_1 | s_0), s_1 at fixed numbers."""
    shape = (1, 4, 4)
    kernel, s = spread_kernel(shape), images(3, 1, shape).flatten(1)
    kernel.hold, ask = False, Fire(2.0, 1, np.arange(3), 1)

    def one_step_bound():
        fired = kernel.respond("image", s, ask, score=True)
        taught = kernel.respond("image", fired.sample, None, Teach(2.0, s), score=True)
        return float((taught.log_p - fired.log_q).sum())

    after = kernel.respond("image", s, ask).sample
    kernel.learning = kernel.pathwise = True
    kernel.respond("image", after, None, Teach(2.0, s)).objective.sum().backward()
    kernel.learning = kernel.pathwise = False
    for p in (kernel.module.leave.bias, kernel.module.module.a):
        for i in range(len(p)):
            with torch.no_grad():
                sides = []
                for h in (1e-5, -1e-5):
                    p[i] += h
                    sides.append(one_step_bound())
                    p[i] -= h
            difference = (sides[0] - sides[1]) / 2e-5
            assert p.grad[i].item() == pytest.approx(difference, rel=1e-4, abs=1e-5)
