"""p*: probabilities that add up, moments that fit, samples that follow, and what it covers."""

import numpy as np
import pytest
from oracle import NETWORKS, all_states, oracle_of

from asynet.network import Network, Population, Projection
from asynet.numerics.dct import to_dct
from asynet.walkback.prior import Moments, Prior, covered, ends_on_visible, moments_for
from asynet.walkback.walk import Chains

RATES = np.array([0.1, 0.5, 0.97])


def bernoulli(rates=RATES):
    return Prior(rates, rates * (1 - rates), np.ones(len(rates), bool))


def mixed():
    """One spiking neuron between two analogue ones."""
    return Prior(
        np.array([2.0, 0.3, -1.0]), np.array([4.0, 0.21, 0.25]), np.array([False, True, False])
    )


def test_spiking_neurons_by_hand():
    log_prob = bernoulli().log_prob(np.array([[1, 0, 1], [0, 1, 0]], np.float32))
    np.testing.assert_allclose(np.exp(log_prob), [0.1 * 0.5 * 0.97, 0.9 * 0.5 * 0.03])
    assert log_prob.dtype == np.float64
    assert np.exp(bernoulli().log_prob(all_states(3))).sum() == pytest.approx(1)


def test_analogue_neurons_by_hand():
    """ln N(3; 2, 4) + ln 0.7 + ln N(-2; -1, 1/4)."""
    by_hand = -1 / 8 - np.log(8 * np.pi) / 2 + np.log(0.7) - 2 - np.log(np.pi / 2) / 2
    assert mixed().log_prob(np.array([[3.0, 0.0, -2.0]]))[0] == pytest.approx(by_hand)


def test_entropies():
    states = all_states(3)
    log_prob = bernoulli().log_prob(states)
    assert bernoulli().entropy == pytest.approx(-(np.exp(log_prob) * log_prob).sum())
    spike = -0.3 * np.log(0.3) - 0.7 * np.log(0.7)
    analogue = np.log(2 * np.pi * np.e * np.array([4, 0.25])).sum() / 2
    assert mixed().entropy == pytest.approx(spike + analogue)


def test_samples_have_the_moments():
    """n = 40,000; rates and means within 5 standard errors, variances too: below 1e-5 in all."""
    chains = Chains(3, np.arange(40_000))
    spikes = bernoulli().sample(chains)
    assert set(np.unique(spikes)) == {0, 1}
    error = np.sqrt(RATES * (1 - RATES) / 40_000)
    assert (np.abs(spikes.mean(axis=0) - RATES) < 5 * error).all()
    prior = mixed()
    s = prior.sample(chains)
    assert set(np.unique(s[:, 1])) == {0, 1}
    assert (np.abs(s.mean(axis=0) - prior.mean) < 5 * np.sqrt(prior.variance / 40_000)).all()
    z = ((s - prior.mean) / np.sqrt(prior.variance))[:, [0, 2]]
    assert (np.abs((z**2).mean(axis=0) - 1) < 5 * np.sqrt(2 / 40_000)).all()
    assert (np.abs((z**4).mean(axis=0) - 3) < 5 * np.sqrt(96 / 40_000)).all()
    assert abs((z[:, 0] * z[:, 1]).mean()) < 5 / np.sqrt(40_000)


def test_a_chains_sample_is_its_own():
    chains = np.array([5, 2**45, 1])
    whole = mixed().sample(Chains(3, chains))
    for row, chain in enumerate(chains):
        np.testing.assert_array_equal(mixed().sample(Chains(3, chain[None]))[0], whole[row])
    assert (mixed().sample(Chains(4, chains))[:, 0] != whole[:, 0]).all()


def test_moments_by_hand():
    """Rates count half a spike and half a silence more; analogue moments are plain."""
    moments = Moments(np.array([True, True, False]))
    moments.add(np.array([[1, 0, 2.0], [1, 0, 4.0]], np.float32))
    moments.add(np.array([[0, 0, 6.0]]))
    prior = moments.prior()
    assert moments.count == 3
    np.testing.assert_allclose(prior.mean, [2.5 / 4, 0.5 / 4, 4])
    assert prior.variance[2] == pytest.approx(8 / 3)
    assert np.isfinite(prior.log_prob(np.array([[0, 1, 0.0]]))).all()


def test_moments_do_not_depend_on_how_states_come():
    states = np.random.default_rng(1).integers(0, 2, (30, 3)).astype(np.float32)
    whole, parts = Moments(np.ones(3, bool)), Moments(np.ones(3, bool))
    whole.add(states)
    for part in (states[:7], states[7:8], states[8:]):
        parts.add(part)
    np.testing.assert_array_equal(whole.prior().mean, parts.prior().mean)


def test_nothing_seen_is_nothing_to_fit():
    with pytest.raises(ValueError, match="no states"):
        Moments(np.ones(3, bool)).prior()


def test_fitted_rates_are_the_best_of_all_rates():
    """Without the half counts they would maximise the likelihood; with 500 states, nearly."""
    rng = np.random.default_rng(2)
    states = (rng.random((500, 3)) < RATES).astype(float)
    moments = Moments(np.ones(3, bool))
    moments.add(states)
    best = moments.prior().log_prob(states).mean()
    for shift in (-0.02, 0.02):
        worse = bernoulli(np.clip(moments.prior().mean + shift, 0.005, 0.995))
        assert worse.log_prob(states).mean() < best


@pytest.mark.parametrize("kind", NETWORKS)
def test_p_star_covers_the_visible_neurons_alone_in_a_restricted_topology(kind):
    network, oracle = NETWORKS[kind], oracle_of(NETWORKS[kind])
    assert ends_on_visible(network) is oracle.restricted
    assert oracle.restricted is (kind in ("alternating", "alternating, two hidden"))
    neurons = oracle.n_visible if oracle.restricted else oracle.n
    assert covered(network) == slice(0, neurons)
    assert moments_for(network).spiking.tolist() == [True] * neurons


def test_laws_of_the_neurons_that_p_star_covers():
    populations = (Population("v", 2, "gaussian"), Population("h", 3))
    up = Projection("v", "h", np.ones((3, 2)))
    alternating = Network(populations, (up,), (("h",), ("v",)))
    assert moments_for(alternating).spiking.tolist() == [False, False]
    together = Network(populations, (up,), (("h", "v"),))
    assert moments_for(together).spiking.tolist() == [False, False, True, True, True]


IMAGE = (3, 4, 2)


def prior_of_images(image):
    rng = np.random.default_rng(4)
    return Prior(rng.normal(0, 1, 24), rng.uniform(0.1, 2, 24), np.zeros(24, bool), image)


def test_a_prior_of_images_is_independent_in_their_dct_by_colour_basis():
    """The basis is orthonormal, so densities agree without a determinant."""
    plain, turned = prior_of_images(None), prior_of_images(IMAGE)
    s = np.random.default_rng(1).normal(0, 1, (6, 24))
    coordinates = to_dct(s.reshape(-1, *IMAGE)).reshape(6, 24)
    np.testing.assert_allclose(turned.log_prob(s), plain.log_prob(coordinates), rtol=1e-12)
    assert (np.abs(turned.log_prob(s) - plain.log_prob(s)) > 0.1).all()


def test_samples_of_images_are_turned_back():
    chains = Chains(3, np.arange(5))
    images = prior_of_images(IMAGE).sample(chains)
    found = to_dct(images.reshape(-1, *IMAGE)).reshape(5, 24)
    np.testing.assert_allclose(found, prior_of_images(None).sample(chains), atol=1e-12)


def test_moments_of_images_are_of_their_coordinates():
    s = np.random.default_rng(2).normal(0, 1, (50, 24))
    moments = Moments(np.zeros(24, bool), IMAGE)
    moments.add(s)
    coordinates = to_dct(s.reshape(-1, *IMAGE)).reshape(50, 24)
    prior = moments.prior()
    assert prior.image == IMAGE
    np.testing.assert_allclose(prior.mean, coordinates.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(prior.variance, coordinates.var(axis=0), rtol=1e-9)


def test_factors_have_numbers_of_their_own():
    """What is common is not what a value has alone: 10,000 chains, 12 correlations below 5 SE."""
    chains, rng = Chains(3, np.arange(10_000)), np.random.default_rng(6)
    factors = rng.normal(0, 1, (4, 3))
    alone = Prior(np.zeros(4), np.ones(4), np.zeros(4, bool))
    shared = Prior(np.zeros(4), np.ones(4), np.zeros(4, bool), factors=factors)
    own = alone.sample(chains)
    common = (shared.sample(chains) - own) @ np.linalg.pinv(factors).T  # (10_000, 3)
    np.testing.assert_allclose(common.std(axis=0), 1, atol=5 / np.sqrt(20_000))
    assert np.abs(own.T @ common / 10_000).max() < 5 / np.sqrt(10_000)
