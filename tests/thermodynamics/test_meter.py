"""Irreversibility as a stream: against enumeration, theory, and itself in other pieces."""

import numpy as np
import pytest
from oracle import NETWORKS, oracle_of, random_network

from asynet.network import Network, Population, Projection
from asynet.network.kernels import make_kernel
from asynet.thermodynamics import measure_irreversibility
from asynet.thermodynamics.couplings import couplings_of
from asynet.thermodynamics.exact.gaussian import gaussian_entropy_production
from asynet.thermodynamics.exact.markov import exact_irreversibility
from asynet.thermodynamics.meter import Meter, measure_blocks, symmetrised_null
from asynet.walkback.walk import Chains, walk


def watched(network, steps, count, temperature=1.0, synapses=False, kernel="numba", burn_in=50):
    """Measure a walk that starts from silence, after a burn-in."""
    made, chains = make_kernel(kernel, network, threads=1), Chains(4, np.arange(count))
    state = made.tensor(np.zeros((count, network.size)))
    state = walk(made, state, np.full(burn_in, temperature), chains)
    meter = Meter(couplings_of(network), temperature, synapses)
    walk(made, state, np.full(steps, temperature), chains, burn_in, observe=[meter])
    return meter.result()


@pytest.mark.parametrize("temperature", [1.0, 2.0])
@pytest.mark.parametrize("kind", NETWORKS)
def test_measured_is_enumerated(kind, temperature):
    """2,000 chains of 20 steps; 54 numbers within 5 standard errors: false alarm below 4e-5."""
    exact = exact_irreversibility(couplings_of(NETWORKS[kind]), temperature)
    found = watched(NETWORKS[kind], 20, 2000, temperature, synapses=True)
    for mean, expected in (
        (found.log_ratio, exact.entropy_production),
        (found.identity, exact.entropy_production),
        (found.forward_entropy, exact.forward_entropy),
    ):
        assert abs(mean.value - expected) < 5 * mean.stderr
    assert found.log_ratio.stderr < 0.2 * exact.entropy_production
    assert found.per_neuron.sum() == pytest.approx(found.log_ratio.value, abs=1e-9)
    assert found.circulating.sum() == pytest.approx(found.identity.value, abs=1e-9)
    # A synapse's flow varies by at most 1 a step, over 40,000 steps that are worth 10,000 or more.
    scale = np.abs(couplings_of(NETWORKS[kind]).weights) / temperature / 100
    assert (np.abs(found.per_synapse - exact.per_synapse) <= 5 * scale).all()
    assert found.steps == 20
    assert found.ratio == found.log_ratio.value / found.forward_entropy.value


@pytest.mark.parametrize("kernel", ["reference", "torch"])
def test_it_agrees_with_what_kernels_score(kernel):
    network = NETWORKS["alternating"]
    made, chains = make_kernel(kernel, network), Chains(5, np.arange(30))
    state = made.tensor(np.random.default_rng(1).integers(0, 2, (30, 7)))
    scored = measure_irreversibility(made, state, 6, chains)
    meter = Meter(couplings_of(network))
    walk(made, state, np.ones(6), chains, observe=[meter])
    found = meter.result()
    assert found.log_ratio.value == pytest.approx(scored.entropy_production, abs=1e-5)
    assert found.log_ratio.stderr == pytest.approx(scored.stderr, rel=0.5)
    assert found.forward_entropy.value == pytest.approx(scored.forward_entropy, abs=1e-5)


def test_in_any_pieces():
    network = NETWORKS["three groups"]
    kernel, chains, rows = make_kernel("reference", network), Chains(2, np.arange(3)), []
    start = kernel.tensor(np.zeros((3, network.size)))
    walk(kernel, start, np.ones(21), chains, observe=[lambda half: rows.append(half.after)])
    rows = np.stack([start, *rows]).astype(np.uint8)
    whole = measure_blocks(Meter(couplings_of(network)), [rows])
    for cuts in ([1, 2, 3], [10, 11, 50], [4, 8, 62], [1, 40]):
        found = measure_blocks(Meter(couplings_of(network)), np.split(rows, cuts))
        assert found.log_ratio.value == pytest.approx(whole.log_ratio.value, abs=1e-12)
        assert found.identity.stderr == pytest.approx(whole.identity.stderr, rel=1e-6)
        assert found.steps == 21
    unfinished = measure_blocks(Meter(couplings_of(network)), [rows[:-1]])
    assert unfinished.steps == 20
    with pytest.raises(ValueError, match="no values"):
        measure_blocks(Meter(couplings_of(network)), [rows[:2]])


def test_one_long_chain_knows_its_error():
    """200 chains of 1,000 steps; their spread is what one chain's blocks say, within a third."""
    network = random_network((5,), (("a",),), ["aa"], 0.3, seed=9, std=2.0)
    made, exact = make_kernel("numba", network, threads=1), exact_irreversibility
    rows = []
    chains = Chains(3, np.arange(200))
    state = walk(made, made.tensor(np.zeros((200, 5))), np.ones(50), chains)
    observe = [lambda half: rows.append(half.after)]
    walk(made, state, np.ones(1000), chains, steps_done=50, observe=observe)
    rows = np.stack([state, *rows])
    alone = [measure_blocks(Meter(couplings_of(network)), [rows[:, [c]]]) for c in range(200)]
    values = np.array([found.log_ratio.value for found in alone])
    errors = np.array([found.log_ratio.stderr for found in alone])
    assert np.sqrt((errors**2).mean()) == pytest.approx(values.std(), rel=0.33)
    expected = exact(couplings_of(network)).entropy_production
    assert abs(values.mean() - expected) < 5 * values.std() / np.sqrt(200)


@pytest.mark.parametrize(("beta", "expected"), [(0.5, 0.2066), (1.0, 0.6057), (2.0, 1.4589)])
def test_asymmetric_sherrington_kirkpatrick(beta, expected):
    """EP/N = beta^2 (1 - Int Dz tanh^2(beta z)), spins of +-1, couplings N(0, 1/N), N = 600.

    A spin of +-1 is a neuron of 0 and 1 with W = 4 beta J and b = -2 beta J 1.
    """
    z, dz = np.linspace(-10, 10, 20001, retstep=True)
    law = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * dz
    theory = beta**2 * (1 - (law * np.tanh(beta * z) ** 2).sum())
    assert theory == pytest.approx(expected, abs=1e-4)
    n = 600
    J = np.random.default_rng(11).normal(0, 1 / np.sqrt(n), (n, n))
    np.fill_diagonal(J, 0)
    network = Network(
        (Population("spins", n),),
        (Projection("spins", "spins", 4 * beta * J),),
        (("spins",),),
        bias={"spins": -2 * beta * J.sum(axis=1)},
    )
    found = watched(network, 20, 32, burn_in=15)
    assert found.log_ratio.value / n == pytest.approx(theory, rel=0.02)
    assert found.identity.value / n == pytest.approx(theory, rel=0.02)


def test_symmetrised_weights_are_the_null():
    """200 chains of 50 steps, exactly 0; within 5 standard errors."""
    for kind in ("synchronous", "alternating"):
        chains = Chains(6, np.arange(200))
        null = symmetrised_null(NETWORKS[kind], 50, 50, chains)
        measured = watched(NETWORKS[kind], 50, 200)
        for mean in (null.log_ratio, null.identity):
            assert abs(mean.value) <= 5 * mean.stderr
            assert mean.stderr < 0.1 * measured.log_ratio.value
    with pytest.raises(ValueError, match="order of updates"):
        symmetrised_null(NETWORKS["alternating, inertia"], 5, 5, Chains(1, np.arange(2)))


def test_analogue_neurons():
    """tr[Q^-1 A (S A' - A S)]; 2,000 chains of 10 steps, within 5 standard errors."""
    w = np.random.default_rng(22).normal(0, 0.35, (3, 3))
    network = Network(
        (Population("a", 3, "gaussian", 0.5),), (Projection("a", "a", w),), (("a",),), 0.7
    )
    oracle = oracle_of(network)
    A = 0.3 * np.eye(3) + 0.7 * oracle.weights
    found = watched(network, 10, 2000, 2.0, kernel="reference")
    expected = gaussian_entropy_production(A, 0.5 * np.eye(3))
    for mean in (found.log_ratio, found.identity):
        assert abs(mean.value - expected) < 5 * mean.stderr
        assert mean.stderr < 0.1 * expected


def test_a_walk_at_another_temperature_is_refused():
    network = NETWORKS["synchronous"]
    kernel = make_kernel("reference", network)
    state = kernel.tensor(np.zeros((2, network.size)))
    meter = Meter(couplings_of(network), 1.5)
    with pytest.raises(ValueError, match=r"T = 1\.0, not 1\.5"):
        walk(kernel, state, np.ones(2), Chains(1, np.arange(2)), observe=[meter])


@pytest.mark.parametrize("temperature", [1.0, 2.5])
@pytest.mark.parametrize("kind", ["synchronous", "synchronous, hidden, inertia"])
def test_synapses_add_up_to_the_identity(kind, temperature):
    """Of the same walk, with any alpha: all terms of synapses are the antisymmetric part's sum."""
    found = watched(NETWORKS[kind], 5, 20, temperature, synapses=True, kernel="reference")
    assert found.per_synapse.sum() == pytest.approx(found.identity.value, abs=1e-6)
    assert abs(found.identity.value) > 1e-3
