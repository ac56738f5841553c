"""The local rules are gradients; what kernels apply is the rules; laws of synapses hold after it.

Errors reach the weights on a grid of 2**-16, so what a kernel learns may be off by 2**-17 times
its rate and the presynaptic activity, besides float32's rounding of the weights themselves.
"""

import itertools

import numpy as np
import pytest
import torch
from identities import entropy_production_from_correlations
from oracle import all_states, on_grid, oracle_of, random_network

from asynet.network import Network, Population, Projection
from asynet.network.afferents import Plasticity
from asynet.network.kernels import Fire, Teach, make_kernel
from asynet.numerics.laws import bernoulli_log_prob
from asynet.walkback.chains import Chains
from asynet.walkback.heat import heat
from asynet.walkback.local_learner import LocalRule, NetworkLearner
from asynet.walkback.local_rule import rate_rule, spike_rule

GRID_ERROR = 2.0**-17
KERNELS = ["reference", "numba", "torch"]
CONDITIONS = [(1.0, 1.0), (0.6, 1.0), (1.0, 3.5), (0.3, 7.0)]  # alpha, T


def bernoulli_log_likelihood(past, a, temperature):
    """Mean over chains of ln p_T(past | a), for torch to differentiate."""
    x = a / temperature
    return (past * x - torch.nn.functional.softplus(x)).sum(dim=1).mean()


def gaussian_log_likelihood(past, a, temperature, sigma):
    return (-((past - a) ** 2) / (2 * temperature * sigma**2)).sum(dim=1).mean()


def a_lesson(law="bernoulli", sigma=1.0, alpha=1.0, temperature=1.0, mask=None, seed=0):
    """A network of b driven by a and by itself, with states before and after, on float32's grid."""
    rng = np.random.default_rng(seed)
    w, u = on_grid(rng.normal(0, 0.7, (4, 6))), on_grid(rng.normal(0, 0.7, (4, 4)))
    w = w if mask is None else w * mask
    network = Network(
        (Population("a", 6), Population("b", 4, law, sigma)),
        (Projection("a", "b", w, mask), Projection("b", "b", u)),
        (("b",), ("a",)),
        alpha,
        bias={"b": on_grid(rng.normal(0, 1, 4))},
        rest={"b": on_grid(rng.normal(0, 1, 4))},
    )
    draw = (lambda n: on_grid(rng.normal(0, 1, (9, n)))) if law == "gaussian" else None
    spikes = rng.integers(0, 2, (9, 14)).astype(np.float64)
    before = draw(4) if draw else spikes[:, :4]
    own = draw(4) if draw else spikes[:, 4:8]
    return network, before, np.concatenate([spikes[:, 8:], own], axis=1)


def gradients(network, past, state, temperature, centre=None):
    """Autograd of mean ln p_T(past | state) by W and b; with `centre`, of a = W (s - m) + c.

    Returns what one step of size 1 changes W and b by, in the coordinates of a = W s + b.
    """
    projections = [p for p in network.projections if p.post == "b"]
    weights = np.concatenate([p.weights for p in projections], axis=1)
    masks = [np.ones(p.weights.shape) if p.mask is None else p.mask for p in projections]
    mask = torch.tensor(np.concatenate(masks, axis=1).astype(np.float64))
    m = torch.zeros(10, dtype=torch.float64) if centre is None else torch.tensor(centre)
    w = torch.tensor(weights, requires_grad=True)
    bias = network.bias["b"] + (temperature - 1) * network.rest["b"]
    c = (torch.tensor(bias) + (w.detach() * mask) @ m).requires_grad_()
    s = torch.tensor(state)
    force = (s - m) @ (w * mask).T + c
    a = (1 - network.alpha) * s[:, 6:] + network.alpha * force
    b, past = network["b"], torch.tensor(past)
    if b.law == "gaussian":
        gaussian_log_likelihood(past, a, temperature, b.sigma).backward()
    else:
        bernoulli_log_likelihood(past, a, temperature).backward()
    return w.grad.numpy(), (c.grad - (w.grad * mask) @ m).numpy()


@pytest.mark.parametrize(("alpha", "temperature"), CONDITIONS)
def test_the_rate_rule_is_the_gradient(alpha, temperature):
    network, past, state = a_lesson(alpha=alpha)
    expected, _ = gradients(network, past, state, temperature)
    a = oracle_of(network).drive(state, temperature)[:, 6:]
    change = rate_rule(past, state, a, alpha, temperature)
    np.testing.assert_allclose(change.total, expected, atol=1e-15)
    # Each term alone: potentiation by what happened, depression by what was predicted.
    np.testing.assert_allclose(change.replay, alpha / temperature * past.T @ state / 9)
    assert (change.heating <= 0).all()


@pytest.mark.parametrize(("alpha", "temperature"), CONDITIONS)
def test_the_spike_rule_is_the_rate_rule_in_expectation(alpha, temperature):
    """The expectation over s_i(t+1), by enumeration, one chain at a time."""
    network, past, state = a_lesson(alpha=alpha)
    a = oracle_of(network).drive(state, temperature)[:, 6:]
    for b in range(len(past)):
        chain = slice(b, b + 1)
        rate = rate_rule(past[chain], state[chain], a[chain], alpha, temperature)
        expected = np.zeros_like(rate.heating)
        for future in all_states(4):
            p = np.exp(bernoulli_log_prob(future, a[b], temperature).sum())
            spike = spike_rule(past[chain], state[chain], future[None], alpha, temperature)
            np.testing.assert_array_equal(spike.replay, rate.replay)
            expected += p * spike.heating
        np.testing.assert_allclose(expected, rate.heating, atol=1e-14)


def taught(kernel, past, state, temperature, rate, plasticity, **asked):
    """One lesson onto b; returns the change of W (4, 10) and b (4,)."""
    onto = kernel.afferents["b"]
    weights, bias = onto.weights.copy(), onto.bias.copy()
    teach = Teach(temperature, kernel.tensor(past))
    response = kernel.respond("b", kernel.tensor(state), None, teach)
    kernel.learn("b", kernel.tensor(state), response.error, rate, plasticity, **asked)
    kernel.download()
    return (onto.weights - weights).T, onto.bias - bias


MASKS = {"all": None, "masked": np.arange(24).reshape(4, 6) % 3 > 0}


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("masked", MASKS)
@pytest.mark.parametrize("centre", [False, True])
@pytest.mark.parametrize("law", ["bernoulli", "gaussian"])
@pytest.mark.parametrize(("alpha", "temperature"), CONDITIONS)
def test_kernels_learn_the_gradient(name, masked, centre, law, alpha, temperature):
    """Bernoulli and Gaussian, with inertia, temperature, masks and centred activity."""
    sigma = 0.5 if law == "gaussian" else 1.0
    network, past, state = a_lesson(law, sigma, alpha, temperature, MASKS[masked])
    kernel = make_kernel(name, network, threads=1)
    kernel.track(kernel.tensor(state))
    kernel.download()
    m = np.rint(kernel.afferents["b"].mean * 256) / 256 if centre else None
    expected, expected_bias = gradients(network, past, state, temperature, m)
    if centre:
        assert np.abs(m - state.mean(axis=0)).max() <= 1 / 512
    scale = alpha / temperature
    plasticity = Plasticity(0.0, centre)
    change, bias = taught(kernel, past, state, temperature, scale / len(past), plasticity)
    largest = scale * np.abs(state).max() * 2
    tolerance = largest * GRID_ERROR + 1e-6
    np.testing.assert_allclose(change, expected, rtol=0, atol=tolerance)
    # Centring multiplies the error by 1 - m.(s - m) in the bias.
    spread = 1 + (0 if m is None else np.abs((state - m) * m).sum(axis=1).max())
    np.testing.assert_allclose(bias, expected_bias, rtol=0, atol=tolerance * spread)
    # A gradient far from zero, so that agreement means something.
    assert np.abs(expected).max() > 100 * tolerance


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("temperature", [1.0, 3.0])
def test_the_spike_rules_prediction_is_a_sample_at_the_lessons_temperature(name, temperature):
    """Whatever the temperature of the sample that is drawn beside it from the same uniforms."""
    network, past, state = a_lesson()
    kernel = make_kernel(name, network, threads=1)
    tensor, target = kernel.tensor(state), kernel.tensor(past)
    chains, teach = np.arange(9), Teach(temperature, target, spikes=True)
    both = kernel.respond("b", tensor, Fire(50.0, 3, chains, 2), teach)
    drawn = kernel.respond("b", tensor, Fire(temperature, 3, chains, 2))
    error = kernel.array(both.error)
    np.testing.assert_array_equal(error, past - kernel.array(drawn.sample))
    assert (kernel.array(both.sample) != kernel.array(drawn.sample)).any()


@pytest.mark.parametrize("name", KERNELS)
def test_momentum_shrinkage_and_commits_by_hand(name):
    """Three lessons of known error: v = 0.5 v + r g, w = 0.75 (w + v); all numbers are exact."""
    network = Network(
        (Population("a", 1), Population("b", 1)),
        (Projection("a", "b", np.array([[8.0]])),),
        (("b",), ("a",)),
    )
    kernel = make_kernel(name, network, threads=1)
    state, error = (kernel.tensor(np.ones(shape)) for shape in ((2, 2), (2, 1)))
    plasticity = Plasticity(momentum=0.5)

    def numbers():
        kernel.download()
        b = kernel.afferents["b"]
        return [x.item() for x in (b.weights, b.effective, b.velocity, b.bias, b.bias_velocity)]

    kernel.learn("b", state, error, 0.5, plasticity, 0.75)  # the sum over two chains is 2
    assert numbers() == [6.75, 6.75, 1, 1, 1]
    kernel.learn("b", state, error, 0.5, plasticity, None)
    assert numbers() == [6.75, 6.75, 1.5, 1, 1.5]
    kernel.learn("b", state, error, 0.5, Plasticity(momentum=1.0), None)
    assert numbers() == [6.75, 6.75, 2.5, 1, 2.5]
    kernel.commit("b", 0.5)
    assert numbers() == [4.625, 4.625, 2.5, 3.5, 2.5]


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("at_once", [True, False])
def test_masks_dales_law_and_fixed_synapses_hold_after_learning(name, at_once):
    """Large random steps, which would break each of them many times over."""
    rng = np.random.default_rng(4)
    mask, signs = rng.random((7, 8)) < 0.5, np.repeat([1, -1, 0], [4, 3, 1])
    weights = np.where(signs == 0, 1, signs) * np.abs(rng.normal(0, 0.1, (7, 8))) * mask
    fixed, free = rng.normal(0, 1, (7, 7)), rng.normal(0, 1, (7, 2))
    network = Network(
        (Population("a", 8), Population("b", 7), Population("c", 2)),
        (
            Projection("a", "b", weights, mask, signs),
            Projection("b", "b", fixed, plastic=False),
            Projection("c", "b", free),
        ),
        (("a", "b", "c"),),
    )
    kernel = make_kernel(name, network, threads=1)
    onto = kernel.afferents["b"]
    flipped = 0
    for _ in range(20):
        state = kernel.tensor(rng.integers(0, 2, (10, 17)))
        error = kernel.tensor(rng.normal(0, 1, (10, 7)))
        before = onto.weights[:8].T.copy()
        shrink = 0.9 if at_once else None
        kernel.learn("b", state, error, 0.1, Plasticity(0.5, True), shrink)
        if not at_once:
            kernel.commit("b", 0.9)
        kernel.download()
        learned = onto.weights[:8].T
        assert (learned[~mask] == 0).all()
        assert (learned[:, :4] >= 0).all()
        assert (learned[:, 4:7] <= 0).all()
        flipped += (learned[:, 7] * before[:, 7] < 0).sum()
        np.testing.assert_array_equal(onto.weights[8:15].T, fixed.astype(np.float32))
        np.testing.assert_array_equal(onto.effective, np.rint(onto.weights * 2.0**16) / 2**16)
    assert (learned[:, :7] != weights[:, :7])[mask[:, :7]].mean() > 0.5
    assert flipped > 0
    assert np.abs(onto.weights[15:].T - free).min() > 1e-3


@pytest.mark.parametrize(("alpha", "temperature"), CONDITIONS)
def test_plasticity_shrinks_the_weights_as_fast_as_the_network_dissipates(alpha, temperature):
    """Fact 4: <W, dW> = -eta EP at stationarity; synchronous, by enumeration."""
    network = random_network((4,), (("a",),), ["aa"], alpha, seed=12)
    oracle, states = oracle_of(network), all_states(4)
    pi, P = oracle.stationary(temperature), oracle.step(temperature)
    before, after = (
        np.array(x) for x in zip(*itertools.product(range(16), range(16)), strict=True)
    )
    paths = (pi[:, None] * P)[before, after]
    expected = np.zeros((4, 4))
    for k in range(256):  # the state after predicts the one before
        past, s = states[before[k]][None], states[after[k]][None]
        a = oracle.drive(s, temperature)
        expected += paths[k] * rate_rule(past, s, a, alpha, temperature).total
    pairs = paths * np.log(P[before, after] / P[after, before])
    produced = pairs.sum()
    assert (oracle.weights * expected).sum() == pytest.approx(-produced, abs=1e-12)
    assert produced > 1e-3
    # The same from a kernel's errors, through which it learns.
    kernel = make_kernel("reference", network)
    teach = Teach(temperature, kernel.tensor(states[before]))
    error = kernel.respond("a", kernel.tensor(states[after]), None, teach).error
    learned = alpha / temperature * (paths[:, None] * error).T @ states[after]
    tolerance = np.abs(oracle.weights).sum() * GRID_ERROR
    assert (oracle.weights * learned).sum() == pytest.approx(-produced, abs=tolerance)
    # And the mean change is (alpha / T) (C_ji - C_ij).
    C = (paths[:, None] * states[after]).T @ states[before]
    np.testing.assert_allclose(expected, alpha / temperature * (C.T - C), atol=1e-13)
    identity = entropy_production_from_correlations(oracle.weights, C, alpha, temperature)
    assert identity == pytest.approx(produced, abs=1e-12)


@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_plasticity_shrinks_the_weights_of_alternating_networks_too(temperature):
    """Fact 4, per cycle of an alternating network without inertia."""
    network = random_network((3, 3), (("b",), ("a",)), ["ab", "ba"], seed=13)
    oracle, states = oracle_of(network), all_states(6)
    order = oracle.groups[::-1]  # that of heating
    pi, change, produced = oracle.stationary(temperature, order), np.zeros((6, 6)), 0.0
    for half in oracle.cycle(temperature, order):
        paths = pi[:, None] * half.P
        produced += (paths * (half.logs - half.logs.T)).sum()
        group = list(half.group)
        for before, after in zip(*np.nonzero(half.P), strict=True):
            past, s = states[before][None], states[after][None]
            a = oracle.drive(s, temperature)
            rule = rate_rule(past[:, group], s, a[:, group], 1.0, temperature)
            change[group] += paths[before, after] * rule.total
        pi = pi @ half.P
    assert (oracle.weights * change).sum() == pytest.approx(-produced, abs=1e-12)
    assert produced > 1e-3


@pytest.mark.parametrize("k", range(12))
def test_populations_learn_a_batch_in_the_order_of_their_lessons(k, monkeypatch):
    """Twelve pairs of names: an order by hash seed would be right for all in 1 of 4,096."""
    names, rng = (f"seen{k}", f"hidden{k}"), np.random.default_rng(k)
    there, back = rng.normal(0, 0.3, (3, 4)), rng.normal(0, 0.3, (4, 3))
    network = Network(
        (Population(names[0], 4), Population(names[1], 3)),
        (Projection(*names, there), Projection(*names[::-1], back)),
        ((names[1],), (names[0],)),
    )
    kernel, committed = make_kernel("numba", network, threads=1), []
    commit = kernel.commit
    monkeypatch.setattr(kernel, "commit", lambda n, *rest: (committed.append(n), commit(n, *rest)))
    learner = NetworkLearner(kernel, LocalRule(updates="batch", reciprocal=True))
    state = kernel.tensor(np.zeros((2, 7)))
    learner.begin(state)
    for moment in heat(kernel, state, [1.0, 2.0], Chains(1, np.arange(2))):
        if moment.lesson is not None:
            learner.follow(moment.lesson, 0.1, 1.0)
    learner.end(0.1)
    assert committed == list(names)
