"""Importance sampling by walks that are resampled: unbiased for p(x), by enumeration."""

from dataclasses import replace

import numpy as np
import pytest
from oracle import NETWORKS, all_states, oracle_of

from asynet.network.kernels import make_kernel
from asynet.thermodynamics.equilibrium import equilibrium_guide
from asynet.walkback import smc
from asynet.walkback.likelihood import evaluate_bound, log_mean_weight
from asynet.walkback.prior import Prior, covered
from asynet.walkback.smc import resampled_walks
from asynet.walkback.walk import Chains

TEMPERATURES = np.array([1.0, 1.0, 1.6, 2.5])
WALKS, RUNS = 8, 1000


def prior_of(network):
    rates = np.linspace(0.3, 0.8, network.size)[covered(network)]
    return Prior(rates, rates * (1 - rates), np.ones(len(rates), bool))


def gentle(network):
    """The same network with weaker synapses, so that no single walk has a large weight."""
    weaker = (replace(p, weights=p.weights / 2) for p in network.projections)
    return replace(network, projections=tuple(weaker))


def guide_of(kind, network):
    """Return a guide that has nothing to do with the network, or the one that is used."""
    if kind == "equilibrium":
        return equilibrium_guide(network, np.full(network.size, 0.4), TEMPERATURES)
    return lambda step, states: np.sin(step + states @ np.arange(states.shape[1]))


@pytest.mark.parametrize(("guide", "ahead"), [("equilibrium", 1.0), ("any", 1.2)])
@pytest.mark.parametrize("kind", NETWORKS)
def test_the_estimate_is_unbiased_for_p_of_x(kind, guide, ahead, monkeypatch):
    """1,000 estimates of 8 walks each: their mean is the enumerated p(x), within 5 errors.

    The walks are drawn again at 0.9 of the walks, so that it happens often. 18 cases: a false alarm
    has probability below 1e-4.
    """
    monkeypatch.setattr(smc, "FEWEST", 0.9)
    network = gentle(NETWORKS[kind])
    oracle, prior = oracle_of(network), prior_of(network)
    number = 5
    p = np.exp(oracle.log_likelihood(prior.mean, TEMPERATURES)[number])
    examples = np.tile(all_states(oracle.n_visible)[number], (RUNS, 1))
    chains = Chains(4, np.arange(RUNS * WALKS))
    found = resampled_walks(
        make_kernel("numba", network, threads=1),
        prior,
        examples,
        TEMPERATURES,
        WALKS,
        chains,
        guide_of(guide, network),
        ahead,
    )
    estimates = np.exp(found.log_likelihoods)
    error = estimates.std(ddof=1) / np.sqrt(RUNS)
    assert error < 0.1 * p
    assert abs(estimates.mean() - p) < 5 * error
    assert found.times.max() >= 1
    assert (found.effective >= 1).all()
    assert (found.effective <= WALKS).all()
    assert found.log_likelihoods.mean() < np.log(p) + 5 * error / p  # Jensen


@pytest.mark.parametrize("kind", NETWORKS)
def test_without_resampling_it_is_eq_10(kind, monkeypatch):
    """Of the same walks; the guide divides out."""
    monkeypatch.setattr(smc, "FEWEST", 0.0)
    network = NETWORKS[kind]
    kernel, prior = make_kernel("reference", network), prior_of(network)
    xs, chains = all_states(network.populations[0].size)[:5], Chains(2, np.arange(300, 335))
    found = resampled_walks(
        kernel, prior, xs, TEMPERATURES, 7, chains, guide_of("any", network), 1.1
    )
    plain = evaluate_bound(kernel, prior, xs, TEMPERATURES, 7, chains, ahead=1.1).log_weights
    np.testing.assert_allclose(found.log_likelihoods, log_mean_weight(plain), atol=1e-9)
    assert not found.times.any()


def test_the_kernels_agree_and_no_split_changes_a_number(monkeypatch):
    network = NETWORKS["alternating"]
    xs, chains = all_states(4)[:6], Chains(5, np.arange(60))
    found = []
    for name, states in (("reference", 2000), ("numba", 20), ("torch", 30)):
        monkeypatch.setattr(smc, "STATES", states)
        kernel = make_kernel(name, network)
        guide = guide_of("equilibrium", network)
        found.append(
            resampled_walks(kernel, prior_of(network), xs, TEMPERATURES, 10, chains, guide)
        )
    for other in found[1:]:
        np.testing.assert_allclose(other.log_likelihoods, found[0].log_likelihoods, atol=1e-4)
        np.testing.assert_array_equal(other.times, found[0].times)


def test_on_a_long_walk_it_is_closer_than_eq_10():
    """20 steps, strong weights, 16 walks of 200 examples: more than 5 standard errors above."""
    network = NETWORKS["alternating"]
    strong = tuple(replace(p, weights=3 * p.weights) for p in network.projections)
    network = replace(network, projections=strong)
    kernel, prior = make_kernel("numba", network, threads=1), prior_of(network)
    temperatures = np.geomspace(1, 3, 20)
    xs = np.tile(all_states(4)[[3, 5, 9, 14]], (50, 1))
    chains = Chains(8, np.arange(16 * len(xs)))
    guide = equilibrium_guide(network, np.full(7, 0.5), temperatures)
    found = resampled_walks(kernel, prior, xs, temperatures, 16, chains, guide)
    plain = log_mean_weight(evaluate_bound(kernel, prior, xs, temperatures, 16, chains).log_weights)
    gain = found.log_likelihoods - plain
    assert gain.mean() > 5 * gain.std(ddof=1) / np.sqrt(len(xs))
    ln_p = oracle_of(network).log_likelihood(prior.mean, temperatures)[[3, 5, 9, 14]].mean()
    spread = found.log_likelihoods.std(ddof=1) / np.sqrt(len(xs))
    assert found.log_likelihoods.mean() < ln_p + 5 * spread


def test_what_is_out_of_range_is_refused():
    network = NETWORKS["alternating"]
    kernel, chains = make_kernel("reference", network), Chains(1, np.arange(4))
    xs = all_states(4)[:4]
    with pytest.raises(ValueError, match="walks: 0 is not allowed"):
        resampled_walks(kernel, prior_of(network), xs, TEMPERATURES, 0, chains)
    with pytest.raises(ValueError, match="temperatures: none"):
        resampled_walks(kernel, prior_of(network), xs, np.ones(0), 1, chains)
