"""An operator with hidden bits beside the image, by enumeration: 3 values and a code of 2 bits."""

import itertools
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from oracle import all_states, chi_square, chi_square_limit, number_of

from asynet.network.kernels import Fire, Teach
from asynet.operators.codes import WithCodes
from asynet.operators.contract import OperatorSettings
from asynet.operators.kernel import OperatorKernel
from asynet.operators.mlp import MLP
from asynet.walkback import smc
from asynet.walkback.heat import heat
from asynet.walkback.likelihood import evaluate_bound
from asynet.walkback.prior import Prior, covered, ends_on_visible
from asynet.walkback.sample import complete, cool
from asynet.walkback.smc import resampled_walks
from asynet.walkback.walk import Chains, infer_hidden

D, H, SHAPE = 3, 2, (1, 1, 3)
TEMPERATURES = np.array([1.0, 1.0, 2.5])
RATES = np.array([0.3, 0.5, 0.7])  # of bits at rest
STAY = 1.5
PRIOR = Prior(np.array([0.4, 0.6, 0.5]), np.full(3, 0.25), np.ones(3, bool))
X, CODES = all_states(D), all_states(H)  # (8, 3) and (4, 2)


def codes_kernel(law="bernoulli", zero=False, **fields):
    """A small operator with random weights, or with modules that give 0."""
    torch.manual_seed(3)
    module = WithCodes(
        MLP(SHAPE, (6,), "none", 3, 1, False, True, beside=H),
        MLP(SHAPE, (6,), "none", 3, 1, False, True, out=H),
        H,
    )
    for p in module.parameters():
        torch.nn.init.normal_(p, std=0.0 if zero else 0.35)
    module.module.layers[0].weight.data[:, D:] *= 5  # so that the code matters
    settings = OperatorSettings(law, "residual", sigma=0.3, stay=STAY)
    rest = RATES if law == "bernoulli" else None
    return OperatorKernel(module.eval(), settings, SHAPE, [1.0, 2.5], rest=rest, **fields)


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def probability(rho, bits):
    """Return the probabilities of states (m, n) under rates (n_rates, n), (n_rates, m)."""
    return np.exp(np.log(rho) @ bits.T + np.log1p(-rho) @ (1 - bits).T)


def code_given_image(kernel, temperature):
    """Return p_T(h | x), (8, 4), from what the encoder gives."""
    x = torch.tensor(X, dtype=torch.float32)
    a = kernel.module.encoder(x, kernel.hot(temperature))[0].detach().double().numpy()
    return probability(sigmoid(a / temperature), CODES)


def kept(temperature):
    """Return the rates of bits that stay, or are drawn anew from their rates at rest, (8, 3)."""
    beta = 2 * sigmoid(-STAY / temperature)
    return (1 - beta) * X + beta * RATES


def image_given_both(kernel, temperature):
    """Return p_T(x' | x, h), (8, 4, 8), from what the module gives."""
    found = np.empty((8, 4, 8))
    for k, h in enumerate(CODES):
        s = torch.tensor(np.hstack([X, np.tile(h, (8, 1))]), dtype=torch.float32)
        y = kernel.module.module(s, kernel.hot(temperature))[0].detach().double().numpy()
        logit = np.log(kept(temperature)) - np.log1p(-kept(temperature))
        found[:, k] = probability(sigmoid(logit + y / temperature), X)
    return found


def p_star():
    return probability(PRIOR.mean[None], X)[0]


def log_likelihood(kernel, temperatures):
    """Return ln p(x) of cooling from p*, (8,): first the code, then the image."""
    p = p_star()
    for T in temperatures[::-1]:
        step = np.einsum("xh,xhy->xy", code_given_image(kernel, T), image_given_both(kernel, T))
        p = p @ step
    return np.log(p)


@dataclass(frozen=True)
class Walks:
    """All walks from x of some steps: states (walks, steps), numbers of images and codes."""

    images: np.ndarray
    codes: np.ndarray
    log_weights: np.ndarray
    probabilities: np.ndarray


def all_walks(kernel, x, temperatures, noise):
    """Return every walk that heats from x, weighed by eq. 5."""
    steps = len(temperatures)
    code = [code_given_image(kernel, T) for T in temperatures]
    back = [image_given_both(kernel, T) for T in temperatures]
    ahead = back
    if noise:
        plain = (probability(kept(T), X) for T in temperatures)
        ahead = [np.repeat(p[:, None], 4, axis=1) for p in plain]
    hs, xs = (np.array(list(itertools.product(range(n), repeat=steps))) for n in (4, 8))
    hs, xs = np.repeat(hs, len(xs), axis=0), np.tile(xs, (len(hs), 1))
    before, log_q, log_p = np.full(len(xs), x), 0.0, 0.0
    for t in range(steps):
        drawn = code_given_image(kernel, 1.0) if t == 0 else code[t - 1]
        h, after = hs[:, t], xs[:, t]
        log_q = log_q + np.log(drawn[before, h]) + np.log(ahead[t][before, h, after])
        log_p = log_p + np.log(code[t][after, h]) + np.log(back[t][after, h, before])
        before = after
    return Walks(xs, hs, np.log(p_star()[before]) + log_p - log_q, np.exp(log_q))


@pytest.mark.parametrize("destruction", ["model", "noise"])
def test_by_enumeration_weights_average_to_p_and_the_bound_is_below_it(destruction):
    """Of all 1,024 walks of two steps from each image, to rounding."""
    kernel, temperatures = codes_kernel(), TEMPERATURES[1:]
    ln_p = log_likelihood(kernel, temperatures)
    for x in range(8):
        walks = all_walks(kernel, x, temperatures, destruction == "noise")
        q, log_w = walks.probabilities, walks.log_weights
        assert q.sum() == pytest.approx(1, abs=1e-9)
        assert (q * np.exp(log_w)).sum() == pytest.approx(np.exp(ln_p[x]), rel=1e-9)
        assert (q * log_w).sum() < ln_p[x] - 0.01


@pytest.mark.parametrize("destruction", ["model", "noise"])
def test_the_bound_weighs_each_walk_as_enumeration_does(destruction):
    """1,000 walks from each of 8 images: each log-weight to float32's accuracy.

    Their mean is within 4.5 of the enumerated standard errors, which is true of all 8 by chance
    but for 6e-5.
    """
    kernel, temperatures, count = codes_kernel(), TEMPERATURES[1:], 1000
    x, chains = np.repeat(X, count, axis=0), Chains(1, np.arange(8 * count))
    bound = evaluate_bound(kernel, PRIOR, x, temperatures, 1, chains, destruction)
    found = bound.log_weights.reshape(8, count)
    state, _ = infer_hidden(kernel, kernel.tensor(x), chains)
    seen = [kernel.array(state)]
    for moment in heat(kernel, state, temperatures, chains, destruction=destruction):
        if moment.heated is not None:
            seen.append(kernel.array(moment.heated.after))
    images = np.stack([number_of(s[:, :D]) for s in seen[1::2]], axis=1).reshape(8, count, -1)
    codes = np.stack([number_of(s[:, D:]) for s in seen[:-1:2]], axis=1).reshape(8, count, -1)
    for k in range(8):
        walks = all_walks(kernel, k, temperatures, destruction == "noise")
        numbers = np.hstack([walks.codes, walks.images]) @ np.array([256, 64, 8, 1])
        row = np.hstack([codes[k], images[k]]) @ np.array([256, 64, 8, 1])
        expected = walks.log_weights[np.searchsorted(numbers, row)]
        np.testing.assert_allclose(found[k], expected, atol=1e-4)
        mean = (walks.probabilities * walks.log_weights).sum()
        variance = (walks.probabilities * walks.log_weights**2).sum() - mean**2
        assert abs(found[k].mean() - mean) < 4.5 * np.sqrt(variance / count)


def test_a_step_is_a_mixture_over_codes():
    """Given its code a step's values are independent; over all codes they are not."""
    kernel = codes_kernel()
    code, image = code_given_image(kernel, 1.0), image_given_both(kernel, 1.0)
    for values, is_product in ((image[0, 1], True), (np.einsum("h,hx", code[0], image[0]), False)):
        rates = values @ X
        product = probability(rates[None], X)[0]
        assert np.allclose(values, product, atol=1e-9) is is_product


def test_p_star_covers_the_image_alone():
    kernel = codes_kernel()
    assert ends_on_visible(kernel.network)
    assert covered(kernel.network) == slice(0, D)
    state, log_q = infer_hidden(kernel, kernel.tensor(X), Chains(1, np.arange(8)), score=True)
    found = code_given_image(kernel, 1.0)[np.arange(8), number_of(state[:, D:].numpy())]
    np.testing.assert_array_equal(state[:, :D], X)
    np.testing.assert_allclose(log_q, np.log(found), atol=1e-5)


def test_the_hidden_code_of_the_hottest_state_is_not_needed():
    """The last half-step of the ledger has no ln q."""
    kernel = codes_kernel()
    bound = evaluate_bound(kernel, PRIOR, X, TEMPERATURES, 2, Chains(1, np.arange(8)))
    assert [line.group for line in bound.ledger] == ["image", "code"] * 3
    assert [line.log_q is None for line in bound.ledger] == [False] * 5 + [True]


def test_walks_that_are_resampled_are_unbiased(monkeypatch):
    """1,000 estimates of 8 walks: their mean is p(x) within 5 standard errors (6e-7)."""
    monkeypatch.setattr(smc, "FEWEST", 0.9)
    kernel, runs, walks = codes_kernel(), 1000, 8
    found = resampled_walks(
        kernel,
        PRIOR,
        np.tile(X[5], (runs, 1)),
        TEMPERATURES,
        walks,
        Chains(4, np.arange(runs * walks)),
        lambda step, states: np.sin(step + states @ np.arange(D)),
    )
    estimates, p = np.exp(found.log_likelihoods), np.exp(log_likelihood(kernel, TEMPERATURES)[5])
    error = estimates.std(ddof=1) / np.sqrt(runs)
    assert error < 0.1 * p
    assert abs(estimates.mean() - p) < 5 * error
    assert found.times.max() >= 1


def test_cooled_samples_follow_the_cooling_process():
    """4,000 samples; chi-square's 1 - 1e-6 quantile. Of codes that are all 0 it is another one."""
    kernel, chains = codes_kernel(), Chains(31, np.arange(4000))
    state = kernel.array(cool(kernel, PRIOR, TEMPERATURES, chains))
    counts, silent = np.bincount(number_of(state[:, :D]), minlength=8), p_star()
    for T in TEMPERATURES[::-1]:
        silent = silent @ image_given_both(kernel, T)[:, 0]
    for expected, right in (
        (np.exp(log_likelihood(kernel, TEMPERATURES)), True),
        (silent, False),
    ):
        statistic, degrees = chi_square(counts, expected)
        assert bool(statistic < chi_square_limit(degrees)) is right


def test_completions_keep_what_is_known():
    kernel, known = codes_kernel(), np.array([True, False, True])
    state = complete(
        kernel, np.tile(X[5], (50, 1)), known, TEMPERATURES, Chains(2, np.arange(50)), 3, PRIOR
    )
    found = kernel.array(state)
    np.testing.assert_array_equal(found[:, [0, 2]], X[5][[0, 2]] * np.ones((50, 1)))
    for column in (1, 3, 4):
        assert 0 < found[:, column].mean() < 1


def lessons_of(kernel, temperatures, destruction="model", rows=40):
    kernel.learning = True
    x = kernel.tensor(np.tile(X, (rows // 8, 1)))
    chains = Chains(6, np.arange(rows))
    kernel.learning, (state, _) = True, infer_hidden(kernel, x, chains)
    moments = heat(kernel, state, temperatures, chains, destruction=destruction)
    return [moment.lesson for moment in moments if moment.lesson is not None]


def gradient(module):
    return [torch.zeros(()) if p.grad is None else p.grad.clone() for p in module.parameters()]


@pytest.mark.parametrize("destruction", ["model", "noise"])
def test_lessons_have_the_closed_form_of_their_gradient(destruction):
    """Of the last layer: the sum over walks of (target - rate) / T times the activity below.

    The image's lesson leaves the encoder as it is, and the code's the module.
    """
    kernel = codes_kernel()
    module, encoder = kernel.module.module, kernel.module.encoder
    activity = []
    for one in (module, encoder):
        one.heads[0].register_forward_pre_hook(lambda _, x: activity.append(x[0].detach()))
    lessons = lessons_of(kernel, TEMPERATURES, destruction)
    assert [lesson.group for lesson in lessons] == [("image",), ("code",)] * 3
    for lesson in lessons:
        (name,), T = lesson.group, lesson.temperature
        own, other = (module, encoder) if name == "image" else (encoder, module)
        kernel.module.zero_grad()
        activity.clear()
        target = lesson.past[:, kernel.network.columns(name)]
        answer = kernel.respond(name, lesson.state, None, Teach(T, target), score=True)
        answer.objective.sum().backward()
        below = activity[0]
        y = own.heads[0](below).detach()
        if name == "image":
            beta = 2 * sigmoid(-STAY / T)
            rate = (1 - beta) * lesson.state[:, :D] + beta * torch.tensor(RATES)
            y = y + T * torch.logit(rate)
        rho = torch.sigmoid(y / T)
        expected = ((target - rho) / T).T @ below.to(rho.dtype)
        found = own.heads[0].weight.grad
        torch.testing.assert_close(found, expected.to(found.dtype), rtol=2e-4, atol=2e-4)
        assert not any(p.abs().max() > 0 for p in gradient(other))
        log_p = (target * rho.log() + (1 - target) * (1 - rho).log()).sum(dim=1)
        torch.testing.assert_close(answer.log_p.float(), log_p.float(), rtol=1e-4, atol=1e-4)


def test_pathwise_follows_the_code():
    """Its rates take the place of the code in the gradient, less KL(q(h|x_0) | p(h|x_1)).

    The divergence is that of the enumerated laws of h, with the first at the temperature of the
    step before.
    """
    kernel = codes_kernel(pathwise=True)
    kernel.learning = True
    after, before = kernel.tensor(X[[1, 4, 6]]), kernel.tensor(X[[3, 4, 0]])
    h, T, at = kernel.tensor(CODES[[2, 1, 3]]), 2.5, 1.5
    state = torch.cat([after, h], dim=1)
    answer = kernel.respond("image", state, None, Teach(T, before, drawn_at=at), score=True)
    answer.objective.sum().backward()
    found = gradient(kernel.module)
    kernel.learning = kernel.pathwise = False
    plain = kernel.respond("image", state, None, Teach(T, before), score=True)
    torch.testing.assert_close(answer.log_p, plain.log_p)
    q = code_given_image(kernel, at)[[3, 4, 0]]
    p = code_given_image(kernel, T)[[1, 4, 6]]
    divergence = (q * np.log(q / p)).sum(axis=1)
    np.testing.assert_allclose(
        (answer.log_p - answer.objective).detach().numpy(), divergence, rtol=1e-4, atol=1e-5
    )
    kernel.module.zero_grad()
    drawn = kernel.module.encoder(before, kernel.hot(at))[0] / at
    fixed = (kernel.module.encoder(after, kernel.hot(T))[0] / T).detach()
    rho = torch.sigmoid(drawn)
    y = kernel.module.module(torch.cat([after, h + rho - rho.detach()], 1), kernel.hot(T))[0]
    beta = 2 * sigmoid(-STAY / T)
    rate = torch.logit((1 - beta) * after + beta * torch.tensor(RATES, dtype=torch.float32)) + y / T
    log_p = -torch.nn.functional.binary_cross_entropy_with_logits(rate, before, reduction="sum")
    laws = torch.distributions.Bernoulli(logits=drawn), torch.distributions.Bernoulli(logits=fixed)
    (log_p - torch.distributions.kl_divergence(*laws).sum()).backward()
    for one, other in zip(found, gradient(kernel.module), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)
    assert max(p.abs().max() for p in gradient(kernel.module.encoder)) > 0.01


def test_a_walk_says_at_what_temperature_its_codes_were_drawn(monkeypatch):
    kernel, seen = codes_kernel(), []
    respond = kernel.respond

    def watched(population, state, fire=None, teach=None, score=False):
        if teach is not None and population == "image":
            seen.append((teach.drawn_at, teach.temperature))
        return respond(population, state, fire, teach, score)

    monkeypatch.setattr(kernel, "respond", watched)
    lessons_of(kernel, [1.0, 1.5, 2.5])
    assert seen == [(1.0, 1.0), (1.0, 1.5), (1.5, 2.5)]


def test_an_anchor_is_of_the_image_given_its_code():
    """Where the module gives 0 the anchor's gradient is 0, as without codes."""
    found = []
    for anchor in (0.0, 3.0):
        kernel = codes_kernel(zero=True, anchor=anchor)
        kernel.learning = True
        state = torch.cat([kernel.tensor(X), kernel.tensor(CODES[[0, 1, 2, 3] * 2])], dim=1)
        answer = kernel.respond("image", state, None, Teach(2.5, kernel.tensor(1 - X)))
        answer.objective.sum().backward()
        found.append(gradient(kernel.module.module))
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)
    assert max(p.abs().max() for p in found[0]) > 0.1


def test_noise_leaves_the_law_of_the_code_as_it_is():
    kernel = codes_kernel()
    state = torch.cat([kernel.tensor(X), kernel.tensor(np.zeros((8, H)))], dim=1)
    fire = Fire(2.5, 1, np.arange(8), 1)
    for population, same in (("code", True), ("image", False)):
        plain = kernel.respond(population, state, fire, score=True)
        noisy = kernel.respond(population, state, replace(fire, noise=True), score=True)
        assert torch.equal(plain.log_q, noisy.log_q) is same


def test_sample_and_lesson_at_two_temperatures_are_each_at_their_own():
    kernel = codes_kernel()
    state = torch.cat([kernel.tensor(X), kernel.tensor(np.zeros((8, H)))], dim=1)
    fire, teach = Fire(2.5, 1, np.arange(8), 1), Teach(1.0, state[:, D:])
    both = kernel.respond("code", state, fire, teach, score=True)
    alone = kernel.respond("code", state, fire, score=True)
    taught = kernel.respond("code", state, None, teach, score=True)
    assert torch.equal(both.sample, alone.sample)
    assert torch.equal(both.log_q, alone.log_q)
    assert torch.equal(both.log_p, taught.log_p)
    assert not torch.equal(
        taught.log_p,
        kernel.respond("code", state, None, replace(teach, temperature=2.5), score=True).log_p,
    )


def test_real_values_may_have_a_code_of_bits():
    """Of modules that give 0 every half-step is its own reverse: walks weigh p* of their end."""
    kernel, x = codes_kernel("gaussian", zero=True), np.random.default_rng(1).random((20, D))
    prior = Prior(np.full(D, 0.5), np.full(D, 2.0), np.zeros(D, bool))
    chains = Chains(1, np.arange(20))
    bound = evaluate_bound(kernel, prior, x, TEMPERATURES, 1, chains)
    assert bound.log_posterior == pytest.approx(-H * np.log(2), rel=1e-6)
    end = infer_hidden(kernel, kernel.tensor(x), chains)[0]
    for moment in heat(kernel, end, TEMPERATURES, chains):
        end = moment.heated.after if moment.heated is not None else end
    assert set(np.unique(kernel.array(end)[:, D:])) == {0.0, 1.0}
    expected = prior.log_prob(kernel.array(end)[:, :D])
    np.testing.assert_allclose(bound.log_weights[0], expected, rtol=1e-4, atol=1e-4)
