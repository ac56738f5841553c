"""Brian2 as a witness: with the engine's uniforms it gives the engine's spikes and weights.

Every population, projection and rule is written in Brian2's equations; what it shares with the
engine is the stream of uniforms and, in engine precision, the float32 sigmoid.
"""

import numpy as np
import pytest

brian2 = pytest.importorskip("brian2")

from asynet.errors import UserError  # noqa: E402
from asynet.exchange.brian import from_brian2, to_brian2  # noqa: E402
from asynet.network import Network, Population, Projection  # noqa: E402
from asynet.network.afferents import Plasticity  # noqa: E402
from asynet.network.connect import FixedInDegree, FixedProbability, Weights, connect  # noqa: E402
from asynet.network.kernels import make_kernel  # noqa: E402
from asynet.network.weights import weight_matrix  # noqa: E402
from asynet.numerics.exact import snap  # noqa: E402
from asynet.run.checkpoint import network_of  # noqa: E402
from asynet.walkback.heat import heat, heating_order, learn  # noqa: E402
from asynet.walkback.walk import Chains, half_steps  # noqa: E402

# Brian2 2.9 calls names of pyparsing and SymPy that these have since deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

SEED, CHAIN = 7, 3
CHAINS = Chains(SEED, np.array([CHAIN]))
HEATING = np.concatenate([np.ones(6), 1.3 ** np.arange(1, 9)])


@pytest.fixture(autouse=True)
def numpy_target():
    brian2.prefs.codegen.target = "numpy"
    yield
    brian2.prefs.reset_to_defaults()


def network(kind):
    v, h = Population("visible", 30), Population("hidden", 20)
    rng = np.random.default_rng(5)
    some = {"visible": rng.normal(0, 0.5, 30), "hidden": rng.normal(0, 0.5, 20)}
    rest = {"visible": rng.normal(0, 0.5, 30)}
    up = connect(v, h, FixedInDegree(9), Weights(std=0.5), 1)
    down = connect(h, v, FixedProbability(0.7), Weights(0.3, 0.2), 2, dale=0.75)
    if kind == "alternating":
        return Network((v, h), (up, down), (("hidden",), ("visible",)), 1.0, some, rest)
    inner = connect(v, v, FixedProbability(0.2), Weights(std=0.4), 3, plastic=False)
    return Network((v, h), (up, down, inner), (), 0.6, some, rest)


def start(net):
    return np.random.default_rng(1).integers(0, 2, net.size)


def run(model, half_steps):
    model.run(half_steps * brian2.ms, namespace={})


def states_of(model, net):
    return np.concatenate([model[f"states_{p.name}"].s for p in net.populations]).T


@pytest.mark.parametrize("kind", ["alternating", "synchronous"])
def test_spikes_are_the_engines_bit_for_bit(kind):
    net = network(kind)
    kernel = make_kernel("numba", net, threads=1)
    model = to_brian2(net, HEATING, start(net), SEED, CHAIN)
    run(model, len(HEATING) * len(net.order))
    halves = list(half_steps(kernel, kernel.tensor(start(net)[None]), HEATING, CHAINS))
    expected = np.concatenate([half.after for half in halves])
    np.testing.assert_array_equal(states_of(model, net), expected)
    for p in net.populations:
        spikes, columns = model[f"spikes_{p.name}"], net.columns(p.name)
        rows = [k for k, half in enumerate(halves) if p.name in half.group]
        count = expected[rows][:, columns].sum(axis=0)
        np.testing.assert_array_equal(np.asarray(spikes.count), count)
    assert 0.2 < expected.mean() < 0.8


@pytest.mark.parametrize("rule", ["rate", "spike"])
@pytest.mark.parametrize("kind", ["alternating", "synchronous"])
def test_weights_and_biases_after_learning_are_the_engines(kind, rule):
    """Equal in every bit, which is more than the 1e-12 that would do."""
    net, lr = network(kind), 0.1
    order = heating_order(net)
    kernel = make_kernel("reference", net)
    for moment in heat(kernel, kernel.tensor(start(net)[None]), HEATING, CHAINS, rule):
        if moment.lesson is not None:
            learn(kernel, moment.lesson, lr, Plasticity(), 1.0)
    learned = network_of(net, kernel.afferents)
    model = to_brian2(net, HEATING, start(net), SEED, CHAIN, order, rule, lr)
    run(model, len(HEATING) * len(order) + (kind == "synchronous"))
    for before, after in zip(net.projections, learned.projections, strict=True):
        synapses = model[f"synapses_{after.post}_{after.pre}"]
        weights = np.zeros(after.weights.shape)
        weights[synapses.j[:], synapses.i[:]] = synapses.w[:]
        np.testing.assert_array_equal(weights, after.weights)
        moved = np.abs(after.weights - before.weights).max()
        assert moved > 0.01 if after.plastic else moved < 1e-7
    for p in net.populations:
        np.testing.assert_array_equal(model[f"neurons_{p.name}"].bias[:], learned.bias[p.name])


@pytest.mark.parametrize("kind", ["alternating", "synchronous"])
def test_the_plain_formulas_give_the_same_spikes(kind):
    """In double precision, from weights on the grid: a spike may differ once in 10^6 draws."""
    net = network(kind)
    projections = tuple(
        Projection(p.pre, p.post, snap(p.weights), p.mask, p.signs, p.plastic)
        for p in net.projections
    )
    net = Network(net.populations, projections, net.order, net.alpha, net.bias, net.rest)
    kernel = make_kernel("reference", net)
    model = to_brian2(net, HEATING, start(net), SEED, CHAIN, precision="double")
    run(model, len(HEATING) * len(net.order))
    halves = half_steps(kernel, kernel.tensor(start(net)[None]), HEATING, CHAINS)
    expected = np.concatenate([half.after for half in halves])
    np.testing.assert_array_equal(states_of(model, net), expected)


def test_brians_own_uniforms_give_the_same_rates():
    """4,000 steps at T = 1 of independent neurons: rates within 5 standard errors of sigmoid(b)."""
    bias = np.linspace(-2, 2, 9)
    net = Network((Population("free", 9),), (), bias={"free": bias})
    brian2.seed(4)
    model = to_brian2(net, np.ones(4000), np.zeros(9), precision="double")
    run(model, 4000)
    rho = 1 / (1 + np.exp(-bias))
    rates = model["states_free"].s.mean(axis=1)
    assert (np.abs(rates - rho) < 5 * np.sqrt(rho * (1 - rho) / 4000)).all()


def test_what_brian2_cannot_take_is_refused():
    with pytest.raises(UserError, match="only Bernoulli"):
        to_brian2(Network((Population("x", 2, "gaussian"),), ()), [1.0], np.zeros(2))
    net = network("synchronous")
    split = Network(net.populations, net.projections, (("hidden",), ("visible",)), 0.6)
    with pytest.raises(UserError, match="learning needs one group"):
        to_brian2(split, [1.0], start(net), rule="rate", lr=0.1)


def test_synapses_of_a_brian2_model_become_a_network():
    exc = brian2.NeuronGroup(6, "v : 1", name="exc")
    inh = brian2.NeuronGroup(3, "v : 1", name="inh")
    out = brian2.Synapses(exc, inh, "w : volt", name="out")
    out.connect(i=[0, 5, 5], j=[1, 2, 2])
    out.w = [1.0, 2.0, 0.5] * brian2.mV
    back = brian2.Synapses(inh, exc, "w : volt", name="back")
    back.connect()
    back.w = "-0.1*mV*(i + 1)"
    net = from_brian2(out, back, scale=1 * brian2.mV)
    assert [(p.name, p.size) for p in net.populations] == [("exc", 6), ("inh", 3)]
    assert net.order == (("exc", "inh"),)
    forward = net.projection("inh", "exc")
    expected = [[0] * 6, [1.0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 2.5]]
    np.testing.assert_allclose(forward.weights, expected, rtol=1e-12)
    np.testing.assert_allclose(net.projection("exc", "inh").weights, [[-0.1, -0.2, -0.3]] * 6)
    with pytest.raises(UserError, match=r"out\.w is in .*; give scale="):
        from_brian2(out)
    with pytest.raises(UserError, match="no variable 'g'"):
        from_brian2(out, weight="g")
    part = brian2.Synapses(exc[:3], inh, "w : 1", name="part")
    part.connect()
    with pytest.raises(UserError, match="subgroup"):
        from_brian2(part)


def test_there_and_back_again():
    net = network("alternating")
    model = to_brian2(net, [1.0], start(net), precision="double")
    again = from_brian2(model["synapses_hidden_visible"], model["synapses_visible_hidden"])
    places = [again.columns(f"neurons_{p.name}") for p in net.populations]
    order = np.concatenate([np.arange(again.size)[place] for place in places])
    np.testing.assert_array_equal(weight_matrix(again)[np.ix_(order, order)], weight_matrix(net))
