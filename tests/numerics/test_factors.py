"""Factors of a covariance, and p* that has them: exact densities, known covariances found."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from asynet.numerics.dct import from_dct
from asynet.numerics.factors import LEAST_OWN, fit_factors
from asynet.run.build import build_trainer
from asynet.run.checkpoint import restore, save_checkpoint
from asynet.run.measure.parts import evaluation_prior
from asynet.run.training import train_walk
from asynet.study.file import read_study
from asynet.walkback.prior import Moments, Prior, moments_for
from asynet.walkback.walk import Chains

IMAGE = (3, 2, 2)


def truth(n=12, rank=3, seed=1):
    """Factors (n, rank) and own variances (n,), of quite different sizes."""
    rng = np.random.default_rng(seed)
    return rng.normal(0, 1, (n, rank)) * rng.uniform(0.3, 3, (n, 1)), rng.uniform(0.1, 2, n)


def prior_of(image=None, rank=3):
    factors, own = truth(rank=rank)
    mean = np.random.default_rng(2).normal(0, 1, 12)
    return Prior(mean, own, np.zeros(12, bool), image, factors)


def test_the_density_is_that_of_the_dense_multivariate_normal():
    prior = prior_of()
    dense = multivariate_normal(
        prior.mean, prior.factors @ prior.factors.T + np.diag(prior.variance)
    )
    s = np.random.default_rng(3).normal(0, 2, (20, 12))
    np.testing.assert_allclose(prior.log_prob(s), dense.logpdf(s), rtol=1e-10)
    assert prior.entropy == pytest.approx(dense.entropy(), rel=1e-10)


def test_images_have_their_factors_in_the_dct_by_colour_basis():
    """The basis is orthonormal, so densities agree without a determinant; samples turn back."""
    plain, turned = prior_of(), prior_of(IMAGE)
    coordinates = np.random.default_rng(3).normal(0, 2, (5, 12))
    images = from_dct(coordinates.reshape(-1, *IMAGE)).reshape(5, 12)
    np.testing.assert_allclose(turned.log_prob(images), plain.log_prob(coordinates), rtol=1e-10)
    assert turned.entropy == plain.entropy
    chains = Chains(3, np.arange(5))
    found = from_dct(plain.sample(chains).reshape(-1, *IMAGE)).reshape(5, 12)
    np.testing.assert_allclose(turned.sample(chains), found, atol=1e-12)


def test_samples_have_the_mean_and_the_covariance():
    """n = 40,000; 12 means and 78 moments within 5 standard errors: below 1e-4 false alarms."""
    prior, n = prior_of(), 40_000
    cov = prior.factors @ prior.factors.T + np.diag(prior.variance)
    s = prior.sample(Chains(3, np.arange(n))) - prior.mean
    assert (np.abs(s.mean(axis=0)) < 5 * np.sqrt(np.diag(cov) / n)).all()
    error = np.sqrt((np.outer(np.diag(cov), np.diag(cov)) + cov**2) / n)
    assert (np.abs(s.T @ s / n - cov) < 5 * error).all()


def test_a_chains_sample_is_its_own():
    chains, prior = np.array([5, 2**45, 1]), prior_of()
    whole = prior.sample(Chains(3, chains))
    for row, chain in enumerate(chains):
        one = prior.sample(Chains(3, chain[None]))[0]
        np.testing.assert_allclose(one, whole[row], rtol=1e-13)
    assert (prior.sample(Chains(4, chains)) != whole).all()


@pytest.mark.parametrize("rank", [1, 3])
def test_a_covariance_that_has_factors_is_recovered(rank):
    """From the covariance itself. Own variances are found as far as the fit converges."""
    factors, own = truth(rank=rank)
    covariance = factors @ factors.T + np.diag(own)
    found, alone = fit_factors(covariance, rank)
    fitted = found @ found.T + np.diag(alone)
    spread = np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    assert (np.abs(fitted - covariance) / spread).max() < 0.01
    np.testing.assert_allclose(alone, own, rtol=0.1)


def test_running_moments_recover_the_covariance_of_a_data_set():
    """20,000 examples in uneven parts; entries within 6 standard errors of the truth."""
    prior, n = prior_of(), 20_000
    cov = prior.factors @ prior.factors.T + np.diag(prior.variance)
    data = np.random.default_rng(4).multivariate_normal(prior.mean, cov, n)
    moments = Moments(np.zeros(12, bool), rank=3)
    for part in np.split(data, [1, 700, 15_000]):
        moments.add(part)
    fitted = moments.prior()
    np.testing.assert_allclose(fitted.mean, data.mean(axis=0), rtol=1e-9)
    found = fitted.factors @ fitted.factors.T + np.diag(fitted.variance)
    error = np.sqrt((np.outer(np.diag(cov), np.diag(cov)) + cov**2) / n)
    assert (np.abs(found - cov) < 6 * error).all()
    factorised = Moments(np.zeros(12, bool))
    factorised.add(data)
    assert fitted.log_prob(data).mean() > factorised.prior().log_prob(data).mean() + 1


def test_no_other_factors_are_likelier():
    """Of a sample covariance, nearby own variances and factors have a lower likelihood."""
    rng = np.random.default_rng(6)
    data = rng.normal(0, 1, (300, 8)) @ rng.normal(0, 1, (8, 8))
    moments = Moments(np.zeros(8, bool), rank=2)
    moments.add(data)
    best = moments.prior()
    at_best = best.log_prob(data).mean()
    for _ in range(40):
        own = np.maximum(best.variance * np.exp(rng.normal(0, 0.05, 8)), LEAST_OWN)
        factors = best.factors + rng.normal(0, 0.05, (8, 2))
        other = Prior(best.mean, own, best.spiking, None, factors)
        assert other.log_prob(data).mean() < at_best


def test_no_factors_are_the_factorised_prior():
    data = np.random.default_rng(5).normal(1, 2, (50, 12))
    priors = []
    for rank in (None, 0):
        moments = Moments(np.zeros(12, bool), rank=rank)
        moments.add(data)
        priors.append(moments.prior())
    plain, none = priors
    np.testing.assert_array_equal(none.log_prob(data), plain.log_prob(data))
    np.testing.assert_allclose(none.variance, plain.variance, rtol=1e-14)
    assert none.entropy == pytest.approx(plain.entropy, rel=1e-12)
    chains = Chains(1, np.arange(4))
    np.testing.assert_allclose(none.sample(chains), plain.sample(chains), rtol=1e-14)


def test_a_value_that_never_changes_stays_proper():
    """Its own variance is tiny and not 0, and the other values are fitted all the same."""
    data = np.random.default_rng(5).normal(1, 2, (50, 4))
    data[:, 2] = 0.5
    moments = Moments(np.zeros(4, bool), rank=1)
    moments.add(data)
    prior = moments.prior()
    assert (prior.variance > 0).all()
    assert np.isfinite(prior.log_prob(data)).all()


@pytest.mark.parametrize("rank", [-1, 4])
def test_ranks_that_are_none(rank):
    with pytest.raises(ValueError, match=f"rank {rank} is not allowed; must be from 0 to 3"):
        fit_factors(np.eye(4), rank)


STUDY = """\
name: toy
data: {name: mixture, count: 300}
operator: {kind: mlp, widths: [8], norm: none, sigma: 0.1}
walk: {steps: 4, t_max: 8.0, prior: low_rank, rank: 1}
train: {epochs: 2, batch: 50, lr: 0.003}
evaluate: {steps: 4, examples: 10, bound_walks: 1, prior_examples: 100}
compute: {threads: 1}
"""


def test_a_study_asks_for_it_and_resumes_to_the_same_p_star(tmp_path):
    (tmp_path / "toy.yaml").write_text(STUDY)
    whole, again = (build_trainer(read_study(tmp_path / "toy.yaml"), "cpu") for _ in range(2))
    for _ in range(3):
        train_walk(whole, score=True)
    save_checkpoint(whole, tmp_path / "saved")
    restore(again, tmp_path / "saved")
    for trainer in (whole, again):
        train_walk(trainer)
    found, expected = (evaluation_prior(trainer, 100) for trainer in (again, whole))
    assert expected.factors.shape == (2, 1)
    for name in ("mean", "variance", "factors"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


def test_images_of_a_study_are_turned_and_points_are_not(tmp_path):
    for data, kind, image in (("mixture", "mlp", None), ("cifar10_sample", "unet", (3, 32, 32))):
        text = STUDY.replace("mixture, count: 300", data).replace("mlp, widths", f"{kind}, widths")
        (tmp_path / "study.yaml").write_text(text)
        trainer = build_trainer(read_study(tmp_path / "study.yaml"), "cpu")
        assert trainer.prior_image == image
        assert trainer.prior_rank == 1


def test_spiking_neurons_have_no_factors(tmp_path):
    text = STUDY.replace("prior: low_rank, rank: 1", "prior: factorised").replace(
        "mixture", "patterns"
    )
    text = text.replace("count: 300", "count: 30, size: 6").replace("sigma: 0.1", "law: bernoulli")
    (tmp_path / "study.yaml").write_text(text)
    trainer = build_trainer(read_study(tmp_path / "study.yaml"), "cpu")
    with pytest.raises(ValueError, match="Gaussian neurons alone"):
        moments_for(trainer.dynamics.network, None, 2)
