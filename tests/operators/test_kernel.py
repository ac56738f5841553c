"""An operator as the walk sees it: laws, gradients, closed forms of linear-Gaussian walks."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from linear import linear_kernel, stationary_covariance

from asynet.network.kernels import Fire, Teach
from asynet.network.kernels.torch_philox import normals, uniforms, uniforms_in_torch
from asynet.numerics import philox
from asynet.numerics.laws import bernoulli_log_prob, gaussian_log_prob
from asynet.operators.blocks import from_blocks, to_blocks
from asynet.operators.kernel import OperatorKernel
from asynet.operators.law import FLOOR, SOFTPLUS_IS_ONE
from asynet.operators.mlp import MLP
from asynet.study.operator import Operator
from asynet.thermodynamics import measure_irreversibility
from asynet.walkback.heat import heat
from asynet.walkback.likelihood import bound_estimate, evaluate_bound, fit_prior, importance_sampled
from asynet.walkback.prior import Prior
from asynet.walkback.schedules import geometric, heating
from asynet.walkback.walk import Chains

SHAPE = (3, 2, 2)


def mlp_kernel(norm="layer", heads=1, seed=0, **settings):
    """A small operator with random weights; doubles, so that finite differences mean something."""
    torch.manual_seed(seed)
    operator = Operator(kind="mlp", norm=norm, **settings)
    module = MLP(SHAPE, (7, 5), norm, 3, heads, zero=False).double()
    for p in module.parameters():
        torch.nn.init.normal_(p, std=0.5)
    kernel = OperatorKernel(module, operator, SHAPE, np.array([1.0, 2.0, 4.0]))
    module.eval()
    return kernel


def states(n, seed=1, binary=False):
    s = np.random.default_rng(seed).random((n, 12))
    return torch.tensor(np.round(s) if binary else s)


def fire(temperature, n, step=1, noise=False):
    return Fire(temperature, 3, np.arange(n), step, noise)


@pytest.mark.parametrize("first", [0, 5])
@pytest.mark.parametrize("chains", [np.arange(3), np.array([2**40 + 7, 2**55])])
def test_philox_in_torch_gives_the_specifications_numbers(first, chains):
    ask = Fire(1.0, 2**40 + 3, chains, 9)
    for stream in (philox.STREAM_NEURONS, philox.STREAM_NOISE):
        expected = philox.uniforms(ask.seed, chains, 9, first, 150, stream)
        compiled = uniforms(ask, first, 150, stream).numpy()
        np.testing.assert_array_equal(compiled, expected)
        found = uniforms_in_torch(ask, first, 150, stream, "cpu").numpy()
        np.testing.assert_array_equal(found, expected)


def test_normal_numbers_are_standard():
    """50,000 of them: mean, variance and fourth moment within 4 standard errors (2e-4 a check)."""
    x = normals(Fire(1.0, 0, np.arange(50), 1), 0, 1000).numpy().ravel()
    n = len(x)
    assert abs(x.mean()) < 4 / np.sqrt(n)
    assert abs(x.var() - 1) < 4 * np.sqrt(2 / n)
    assert abs((x**4).mean() - 3) < 4 * np.sqrt(96 / n)


@pytest.mark.parametrize("temperature", [1.0, 2.0])
@pytest.mark.parametrize("alpha", [1.0, 0.3])
@pytest.mark.parametrize("output", ["direct", "residual", "noise"])
def test_the_gaussian_law_is_the_designs(output, alpha, temperature):
    """Mean (1 - alpha) s + alpha F, std sqrt(T) sigma; ln q and ln p in nats."""
    kernel, s = mlp_kernel(output=output, alpha=alpha, sigma=0.2), states(4)
    y = kernel.module(s.view(-1, *SHAPE), kernel.hot(temperature))[0].detach().flatten(1)
    f = {"direct": y, "residual": s + y, "noise": s + 0.2 * np.sqrt(temperature) * y}[output]
    mean = ((1 - alpha) * s + alpha * f).numpy()
    target = states(4, seed=2)
    answer = kernel.respond(
        "image", s, fire(temperature, 4), Teach(temperature, target), score=True
    )
    noise = normals(fire(temperature, 4), 0, 12).numpy()
    expected = mean + np.sqrt(temperature) * 0.2 * noise
    np.testing.assert_allclose(answer.sample.numpy(), expected, rtol=1e-6)
    for found, value in ((answer.log_q, expected), (answer.log_p, target.numpy())):
        log_prob = gaussian_log_prob(value, mean, temperature, 0.2).sum(axis=1)
        np.testing.assert_allclose(found.numpy(), log_prob, rtol=1e-5)


def test_the_bernoulli_law_is_the_designs():
    kernel, s = mlp_kernel(law="bernoulli", alpha=0.7), states(6, binary=True)
    y = kernel.module(s.view(-1, *SHAPE), kernel.hot(2.0))[0].detach().flatten(1)
    a = (0.3 * s + 0.7 * y).numpy()
    target = states(6, seed=2, binary=True)
    answer = kernel.respond("image", s, fire(2.0, 6), Teach(2.0, target), score=True)
    u = philox.uniforms(3, np.arange(6), 1, 0, 12)
    np.testing.assert_array_equal(answer.sample.numpy(), u < 1 / (1 + np.exp(-a / 2)))
    for found, value in ((answer.log_q, answer.sample), (answer.log_p, target)):
        log_prob = bernoulli_log_prob(value.numpy(), a, 2.0).sum(axis=1)
        np.testing.assert_allclose(found.numpy(), log_prob, rtol=1e-6)


RATES = np.linspace(0.02, 0.9, 12)  # of bits at rest


def bits_kernel(zero=False, **fields):
    """An operator that keeps bits, with random weights, or with a module that gives 0."""
    kernel = mlp_kernel(law="bernoulli", output="residual", stay=3.0, rest="data")
    if zero:
        for p in kernel.module.heads.parameters():
            torch.nn.init.zeros_(p)
    return replace(kernel, rest=RATES, **fields)


@pytest.mark.parametrize("temperature", [1.0, 2.5, 1e6])
@pytest.mark.parametrize("stay", [0.5, 3.0, 60.0])
def test_bits_stay_or_are_drawn_from_their_rates_at_rest(stay, temperature):
    """Rates (1 - beta) s + beta r, beta = 2 sigmoid(-stay / T), of a module that gives 0."""
    kernel, s = bits_kernel(zero=True), states(5, binary=True)
    kernel.settings = kernel.settings.model_copy(update={"stay": stay})
    beta = 2 / (1 + np.exp(stay / temperature))
    # Where a bit stays by 1 - 1e-20, what it becomes is told from the chance that it changes.
    log_on = np.where(s == 1, np.log1p(-beta * (1 - RATES)), np.log(beta) + np.log(RATES))
    log_off = np.where(s == 0, np.log1p(-beta * RATES), np.log(beta) + np.log1p(-RATES))
    for target, each in ((torch.ones_like(s), log_on), (torch.zeros_like(s), log_off)):
        answer = kernel.respond("image", s, None, Teach(temperature, target), score=True)
        np.testing.assert_allclose(answer.log_p.numpy(), each.sum(axis=1), rtol=1e-5)


def test_noise_draws_bits_anew_whatever_the_module_says():
    kernel, idle, s = bits_kernel(), bits_kernel(zero=True), states(6, binary=True)
    fire = Fire(2.0, 1, np.arange(6), 1)
    plain = idle.respond("image", s, fire, score=True)
    noisy = kernel.respond("image", s, replace(fire, noise=True), score=True)
    assert torch.equal(noisy.sample, plain.sample)
    assert torch.equal(noisy.log_q, plain.log_q)
    assert not torch.equal(kernel.respond("image", s, fire, score=True).log_q, noisy.log_q)


def test_bits_at_half_flip_with_the_sigmoid_of_minus_stay():
    kernel, s = replace(bits_kernel(zero=True), rest=None), states(5, binary=True)
    answer = kernel.respond("image", s, None, Teach(2.0, 1 - s), score=True)
    np.testing.assert_allclose(answer.log_p.numpy(), -12 * np.log1p(np.exp(1.5)), rtol=1e-6)


def test_an_operator_that_only_keeps_bits_has_the_bound_of_its_rates():
    """It is reversible at every T: each walk weighs ln pi(x), to float32's accuracy."""
    kernel, s = bits_kernel(zero=True), states(40, binary=True).numpy()
    kernel.module.float()
    prior = Prior(RATES, RATES, np.ones(12, bool))
    bound = evaluate_bound(kernel, prior, s, geometric(3.0, 5), 3, Chains(1, np.arange(40)))
    np.testing.assert_allclose(bound.log_weights, [prior.log_prob(s)] * 3, rtol=1e-5, atol=1e-5)


def test_an_anchored_lesson_also_holds_the_law_that_heats():
    """Of each bit of s_{t-1}, r ln rho + (1 - r) ln(1 - rho), r the rate without a module."""
    kernel, before, after = bits_kernel(), states(6, 3, binary=True), states(6, 4, binary=True)
    kernel.learning, found = True, {}
    for anchor in (0.0, 0.5):
        kernel.anchor = anchor
        kernel.module.zero_grad()
        answer = kernel.respond("image", after, None, Teach(2.0, before), score=True)
        answer.objective.sum().backward()
        found[anchor] = answer, gradient(kernel)
    beta = 2 / (1 + np.exp(3.0 / 2))
    nominal = (1 - beta) * before + beta * torch.tensor(RATES)
    kernel.module.zero_grad()
    y = kernel.module(before.view(-1, *SHAPE), kernel.hot(2.0))[0].flatten(1)
    rho = torch.sigmoid(torch.logit(nominal) + y / 2)
    held = (nominal * rho.log() + (1 - nominal) * (1 - rho).log()).sum(dim=1)
    held.sum().backward()
    difference = (found[0.5][0].objective - found[0.0][0].objective).detach()
    torch.testing.assert_close(difference, 0.5 * held.detach(), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(found[0.5][0].log_p, found[0.0][0].log_p)
    torch.testing.assert_close(
        found[0.5][1] - found[0.0][1], 0.5 * gradient(kernel), rtol=1e-4, atol=1e-5
    )


def test_an_anchor_does_not_move_an_operator_that_keeps_bits():
    """Where the law is the one it is held to, the gradient is that of the log-probability."""
    kernel, before, after = (
        bits_kernel(zero=True),
        states(6, 3, binary=True),
        states(6, 4, binary=True),
    )
    kernel.learning, found = True, []
    for anchor in (0.0, 3.0):
        kernel.anchor = anchor
        kernel.module.zero_grad()
        kernel.respond("image", after, None, Teach(2.0, before)).objective.sum().backward()
        found.append(gradient(kernel))
    assert found[0].abs().max() > 0.1
    torch.testing.assert_close(found[1], found[0], rtol=1e-4, atol=1e-5)


def test_a_learned_sigma_is_a_softplus_and_a_floor():
    kernel, s = mlp_kernel(heads=2, sigma=0.2, sigma_is="learned", output="direct"), states(4)
    mu, raw = (
        x.detach().flatten(1).numpy() for x in kernel.module(s.view(-1, *SHAPE), kernel.hot(2.0))
    )
    sigma = 0.2 * (np.log1p(np.exp(raw + np.log(np.e - 1))) + FLOOR)
    answer = kernel.respond("image", s, None, Teach(2.0, states(4, seed=2)), score=True)
    expected = gaussian_log_prob(states(4, seed=2).numpy(), mu, 2.0, sigma).sum(axis=1)
    np.testing.assert_allclose(answer.log_p.numpy(), expected, rtol=1e-6)


def test_noise_alone_knows_nothing_of_the_model():
    kernel, s = mlp_kernel(sigma=0.2), states(5)
    answer = kernel.respond("image", s, fire(4.0, 5, noise=True), None, score=True)
    noise = normals(fire(4.0, 5), 0, 12).numpy()
    np.testing.assert_allclose(answer.sample.numpy(), s.numpy() + 0.4 * noise, rtol=1e-6)


def test_one_evaluation_serves_lesson_and_sample_where_it_can():
    """Of a module that is not told the temperature, or at one temperature."""
    for norm, hot, expected in (("layer", 2.0, 1), ("per_step", 2.0, 2), ("per_step", 1.0, 1)):
        kernel, calls = mlp_kernel(norm), []
        kernel.module.register_forward_hook(lambda *_, calls=calls: calls.append(1))
        kernel.respond("image", states(2), fire(hot, 2), Teach(1.0, states(2)))
        assert len(calls) == expected


def gradient(kernel):
    return torch.cat([p.grad.flatten() for p in kernel.module.parameters() if p.grad is not None])


@pytest.mark.parametrize("objective", ["walkback", "self"])
def test_lessons_carry_the_gradient_of_their_log_probability(objective):
    """Of ln p(s_{t-1} | s_t), or for `self` of ln p(s_{t-1} | s_{t-1}); s_t detached."""
    kernel, s0 = mlp_kernel(sigma=0.2), states(6)
    kernel.learning = True
    chains, temperatures = Chains(3, np.arange(6)), np.array([1.0, 2.0, 4.0])
    walked, lessons = [s0], []
    for moment in heat(kernel, s0, temperatures, chains, objective=objective):
        if moment.heated is not None:
            walked.append(moment.heated.after)
        if moment.lesson is not None:
            lessons.append(moment.lesson)
    assert len(lessons) == 3
    for t, lesson in enumerate(lessons, start=1):
        kernel.module.zero_grad()
        lesson.responses["image"].objective.sum().backward()
        found = gradient(kernel)
        kernel.module.zero_grad()
        given = walked[t - 1] if objective == "self" else walked[t]
        y = kernel.module(given.view(-1, *SHAPE), kernel.hot(temperatures[t - 1]))[0].flatten(1)
        squared = (walked[t - 1] - given - y) ** 2
        (-squared.sum() / (2 * temperatures[t - 1] * 0.2**2)).backward()
        torch.testing.assert_close(found, gradient(kernel), rtol=1e-8, atol=1e-8)


def test_a_lesson_carries_its_gradient_wherever_it_is_asked_for():
    kernel, s = mlp_kernel(sigma=0.2), states(3)
    kernel.learning, kernel.anchor = True, 0.0
    with torch.no_grad():
        objective = kernel.respond("image", s, teach=Teach(1.0, states(3))).objective
    assert objective.requires_grad
    kernel.learning = False
    answer = kernel.respond("image", s, teach=Teach(1.0, states(3)), score=True)
    assert answer.objective is None
    assert not answer.log_p.requires_grad


@pytest.mark.parametrize("sigma_is", ["fixed", "learned"])
def test_pathwise_lessons_carry_the_gradient_of_the_one_step_bound(sigma_is):
    """Against finite differences of ln p(s_0 | s_1) - ln q(s_1 | s_0), s_1 = a(s_0) + std noise."""
    heads = 2 if sigma_is == "learned" else 1
    kernel, s0 = mlp_kernel(heads=heads, sigma=0.3, sigma_is=sigma_is), states(5)
    ask = fire(2.0, 5)

    def one_step_bound():
        fired = kernel.respond("image", s0, ask, score=True)
        taught = kernel.respond("image", fired.sample, None, Teach(2.0, s0), score=True)
        return float((taught.log_p - fired.log_q).sum())

    after = kernel.respond("image", s0, ask).sample
    kernel.learning = kernel.pathwise = True
    kernel.module.eval()
    kernel.respond("image", after, None, Teach(2.0, s0)).objective.sum().backward()
    kernel.learning = kernel.pathwise = False
    found, differences = gradient(kernel).numpy(), []
    with torch.no_grad():
        for p in kernel.module.parameters():
            flat = p.view(-1)
            for i in range(len(flat)):
                value, h = float(flat[i]), 1e-5
                sides = []
                for moved in (value + h, value - h):
                    flat[i] = moved
                    sides.append(one_step_bound())
                flat[i] = value
                differences.append((sides[0] - sides[1]) / (2 * h))
    scale = np.abs(differences).max()
    np.testing.assert_allclose(found, differences, rtol=1e-4, atol=1e-6 * scale)


def test_walkback_leaves_the_path_out():
    """The two objectives differ, and pathwise is dearer by one evaluation."""
    calls, gradients = [], []
    for pathwise in (False, True):
        kernel = mlp_kernel(sigma=0.3)
        after = kernel.respond("image", states(5), fire(2.0, 5)).sample
        kernel.learning, kernel.pathwise, seen = True, pathwise, []
        kernel.module.register_forward_hook(lambda *_, seen=seen: seen.append(1))
        kernel.respond("image", after, None, Teach(2.0, states(5))).objective.sum().backward()
        gradients.append(gradient(kernel))
        calls.append(len(seen))
    assert calls == [1, 2]
    assert (gradients[0] - gradients[1]).abs().max() > 1e-3


SCHEDULES = [np.ones(4), heating(2, 8.0, 2.0), geometric(30.0, 12)]


def closed_form(a, c, variance, temperatures):
    """The bound of independent modes with p* of the variance that the walk ends in (DESIGN, 6)."""
    total = np.zeros(len(a))
    for temperature in temperatures:
        before, noise = variance, c * temperature
        variance = a**2 * before + noise
        tau = noise / (1 - a**2)
        total += (variance - before) / (2 * tau)
    return (total - np.log(2 * np.pi * np.e * variance) / 2).sum(), variance


@pytest.mark.parametrize("alpha", [1.0, 0.4])
@pytest.mark.parametrize("temperatures", SCHEDULES)
def test_the_bound_of_a_linear_walk_has_its_closed_form(temperatures, alpha):
    """4,000 examples of one walk each; within 3 standard errors (0.3 % false alarms a case)."""
    f, sigma = np.array([0.9, 0.5, -0.3]), 0.4
    kernel = linear_kernel(np.diag(f), sigma, alpha)
    a, variances = (1 - alpha) + alpha * f, np.array([1.5, 0.3, 0.7])
    expected, last = closed_form(a, sigma**2, variances, temperatures)
    data = np.random.default_rng(5).normal(0, np.sqrt(variances), (4000, 3))
    prior = Prior(np.zeros(3), last, np.zeros(3, bool))
    chains = Chains(1, np.arange(4000))
    bound = evaluate_bound(kernel, prior, data, temperatures, 1, chains)
    found = bound_estimate(bound.log_weights)
    assert abs(found.value - expected) < 3 * found.stderr
    fitted = fit_prior(kernel, data, temperatures, replace(chains, seed=2))
    np.testing.assert_allclose(fitted.variance, last, rtol=4 * np.sqrt(2 / 4000))


def test_importance_sampling_lies_between_the_bound_and_the_truth():
    """The data are what the operator cools to from p*; 60 walks of 500 examples."""
    a, sigma, temperatures = np.array([0.8, 0.6]), 0.5, np.array([1.0, 2.0])
    kernel = linear_kernel(np.diag(a), sigma)
    hot = np.array([2.0, 1.5])
    model = hot  # variance of what cooling ends in
    for temperature in temperatures[::-1]:
        model = a**2 * model + sigma**2 * temperature
    data = np.random.default_rng(8).normal(0, np.sqrt(model), (500, 2))
    prior = Prior(np.zeros(2), hot, np.zeros(2, bool))
    chains = Chains(1, np.arange(500 * 60))
    weights = evaluate_bound(kernel, prior, data, temperatures, 60, chains).log_weights
    truth = gaussian_log_prob(data, 0.0, 1.0, np.sqrt(model)).sum(axis=1)
    sampled, _ = importance_sampled(weights)
    assert bound_estimate(weights).value < sampled.value
    difference = np.log(np.exp(weights).mean(axis=0)) - truth  # paired, so its error is small
    assert abs(difference.mean()) < 0.05


@pytest.mark.parametrize("angle", [0.0, 0.3, 1.2])
def test_entropy_production_of_a_linear_walk_is_the_trace_formula(angle):
    """tr[Q^-1 A (S A' - A S)]; 400 chains of 200 steps, within 4 standard errors."""
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    a, sigma = 0.8 * turn @ np.diag([1.0, 0.7]), 0.5
    kernel = linear_kernel(a, sigma)
    cov = stationary_covariance(a, sigma**2)
    expected = np.trace(a @ (cov @ a.T - a @ cov)) / sigma**2
    start = np.random.default_rng(3).multivariate_normal(np.zeros(2), cov, 400)
    found = measure_irreversibility(kernel, kernel.tensor(start), 200, Chains(1, np.arange(400)))
    assert abs(found.entropy_production - expected) < 4 * found.stderr + 1e-9
    if angle == 0.0:
        assert expected == pytest.approx(0, abs=1e-12)


def test_the_bound_of_a_walk_heated_by_noise_has_its_closed_form():
    """q = N(s, T sigma^2), p of the model; 4,000 examples, within 3 standard errors."""
    a, sigma, temperatures = np.array([0.9, 0.6]), 0.4, heating(1, 4.0, 2.0)
    kernel, start = linear_kernel(np.diag(a), sigma), np.array([1.5, 0.3])
    variance, total = start, 0.0
    for temperature in temperatures:
        noise = sigma**2 * temperature
        missed = variance * (1 - a) ** 2 + a**2 * noise  # of s_{t-1} by a s_t, squared
        total += ((noise - missed) / (2 * noise)).sum()
        variance = variance + noise
    expected = total - np.log(2 * np.pi * np.e * variance).sum() / 2
    data = np.random.default_rng(5).normal(0, np.sqrt(start), (4000, 2))
    chains, prior = Chains(1, np.arange(4000)), Prior(np.zeros(2), variance, np.zeros(2, bool))
    weights = evaluate_bound(kernel, prior, data, temperatures, 1, chains, "noise").log_weights
    found = bound_estimate(weights)
    assert abs(found.value - expected) < 3 * found.stderr
    fitted = fit_prior(kernel, data, temperatures, chains, "noise")
    np.testing.assert_allclose(fitted.variance, variance, rtol=4 * np.sqrt(2 / 4000))


class Posterior(torch.nn.Module):
    """The exact way back of Gaussian images heated by noise, in block coordinates.

    Of variance V before a step and V + c after it: mean s V / (V + c), variance c V / (V + c).
    """

    told = True

    def __init__(self, start, noise):
        super().__init__()
        variance = start + np.concatenate([[0.0], np.cumsum(noise)])[:, None]  # (K + 1, 48)
        self.share = torch.tensor(variance[:-1] / variance[1:])

    def forward(self, s, hot):
        share = self.share[hot.level].to(s.dtype).view(1, -1, 1, 1)
        raw = torch.log(torch.expm1(share.sqrt() - FLOOR)) - SOFTPLUS_IS_ONE
        return from_blocks(to_blocks(s) * share), raw.expand(len(s), -1, -1, -1)


def test_an_exact_way_back_from_noise_gives_ln_p_with_every_single_walk():
    """Sigma of its own for each frequency and colour of blocks; to float32's accuracy."""
    shape, sigma, temperatures = (3, 4, 4), 0.05, geometric(300.0, 7)
    start = np.exp(np.random.default_rng(2).normal(-2, 1.5, 48))  # variances
    noise = sigma**2 * temperatures
    blocks = {"sigma_is": "held", "noise_in": "blocks"}
    settings = Operator(kind="unet", output="direct", sigma=sigma, **blocks)
    kernel = OperatorKernel(Posterior(start, noise), settings, shape, temperatures)
    drawn = np.random.default_rng(5).normal(0, np.sqrt(start), (30, 48))
    data = from_blocks(torch.tensor(drawn).view(30, 48, 1, 1)).flatten(1).numpy()
    prior = Prior(np.zeros(48), start + noise.sum(), np.zeros(48, bool), shape)
    chains = Chains(3, np.arange(30))
    weights = evaluate_bound(kernel, prior, data, temperatures, 2, chains, "noise").log_weights
    expected = gaussian_log_prob(drawn, np.zeros(48), 1.0, np.sqrt(start)).sum(axis=1)
    np.testing.assert_allclose(weights, [expected] * 2, rtol=0, atol=2e-3)


def test_walks_of_other_lengths_use_the_level_nearest_in_ln_t():
    """The levels are at T = 1, 2, 4; a walk of 8 steps to 4 passes between them."""
    kernel, used = mlp_kernel("per_step", sigma=0.2), []
    for level, norm in enumerate(kernel.module.norms[0].each):
        norm.register_forward_hook(lambda *_, level=level: used.append(level))
    temperatures = geometric(4.0, 8)
    for temperature in temperatures:
        kernel.evaluate(states(2), float(temperature))
    expected = np.rint(np.log2(temperatures)).astype(int).tolist()
    assert used == expected == [0, 0, 1, 1, 1, 1, 2, 2]
