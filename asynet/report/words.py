"""What the report calls each metric, and what it says under each figure."""

import re
from typing import get_args

from asynet.types import Mask

OWN_SCORE = "Score by our own small classifier (not the Inception Score)"

# By key of summary.json or metrics.jsonl, in the page's order; {} stands for digits in the key.
METRICS = {
    "recall_overlap": "Recall: overlap with the stored pattern at zero temperature",
    "sampled_recall_overlap": "Recall at T = 1",
    "symmetrised_recall_overlap": "Recall by the symmetric part of the weights alone",
    "hopfield_recall_overlap": "Recall by a Hopfield network",
    "projection_recall_overlap": "Recall by the projection rule (symmetric weights, not local)",
    "coupling_signs": "Share of couplings with the correct sign",
    "fit_coupling_signs": "Maximum-likelihood fit: share of couplings with the correct sign",
    "coupling_agreement": "Correlation of weights with the true couplings",
    "fit_coupling_agreement": "Maximum-likelihood fit: correlation with the true couplings",
    "equal_time_agreement": "Correlation of covariances with those of the recording",
    "fit_equal_time_agreement": "Maximum-likelihood fit: correlation of covariances",
    "true_equal_time_agreement": "Recorded network: correlation of covariances",
    "lagged_agreement": "Correlation of covariances one bin apart with those of the recording",
    "fit_lagged_agreement": "Maximum-likelihood fit: correlation of covariances one bin apart",
    "true_lagged_agreement": "Recorded network: correlation of covariances one bin apart",
    "free_entropy_production": "Entropy production of a free run",
    "fit_free_entropy_production": "Maximum-likelihood fit: entropy production",
    "true_free_entropy_production": "Recorded network: entropy production",
    "bound": "Lower bound on ln p(x) of cooling from p*, eq. 5",
    "importance_sampled": "ln p(x) of cooling from p* by importance sampling, eq. 10",
    "effective_sample_size": "Effective sample size of importance sampling",
    "smc": "ln p(x) of cooling from p* by sequential Monte Carlo",
    "smc_effective_sample_size": "Effective sample size of sequential Monte Carlo",
    "equilibrium": "ln p(x) at equilibrium, by annealed importance sampling",
    "equilibrium_reverse": "ln p(x) at equilibrium, by the reverse estimator (conservative)",
    "equilibrium_effective_sample_size": "Effective sample size of annealed importance sampling",
    "log_partition": "ln Z at equilibrium",
    "gap": "Gap: importance sampling minus bound (the true gap is at least this)",
    "gap_irreversibility": "Part of the gap: irreversibility of the walk",
    "gap_annealing": "Part of the gap: annealing (the rest; at least this)",
    "log_prior": "Part of the bound: ln p* of the hottest state",
    "log_posterior": "Part of the bound, subtracted: ln q of the first hidden state",
    "factorised_bernoulli": "Baseline: independent pixels or neurons (factorised Bernoulli)",
    "factorised_gaussian": "Baseline: independent values (factorised Gaussian)",
    "bound_bits_per_dim": "Bits/dim from the bound (an upper limit)",
    "importance_sampled_bits_per_dim": "Bits/dim from importance sampling (an upper limit)",
    "gaussian_dct_bits_per_dim": "Baseline: Gaussian, independent spatial frequencies and colours",
    "gaussian_full_bits_per_dim": "Baseline: Gaussian with a full covariance",
    "entropy_production": "Entropy production of half-steps at T = 1",
    "shrinkage": "Rate at which plasticity shrinks the weights at T = 1, −⟨W, dW⟩/η",
    "reversibility_ratio": "Irreversibility: entropy production divided by entropy, of half-steps",
    "cosine_with_transpose": "Cosine of the weight matrix with its transpose (1: symmetric)",
    "antisymmetric_over_symmetric": "Antisymmetric over symmetric part of the weights (norms)",
    "forward_entropy": "Entropy of a step at T = 1",
    "judge_accuracy": "Classifier: accuracy on test images",
    "inception_score": "Inception Score of samples, by torch-fidelity",
    "fid": "Frechet Inception Distance of samples, by torch-fidelity",
    "real_classifier_score": f"{OWN_SCORE}: test images",
    "cooled_classifier_score": f"{OWN_SCORE}: samples",
    "chain_{}_classifier_score": f"{OWN_SCORE}: after {{}} steps at T = 1",
    "cooled_top_probability": "Classifier: confidence in samples",
    "cooled_class_kl": "Samples: divergence of their classes from those of the data (KL)",
    "cooled_smallest_class_share": "Samples: share of the rarest class",
    "chain_{}_top_probability": "Classifier: confidence after {} steps at T = 1",
    "chain_{}_smallest_class_share": "Share of the rarest class after {} steps at T = 1",
    "chain_{}_class_kl": "Divergence of classes from the data after {} steps at T = 1 (KL)",
    **{
        f"inpaint_{mask}_{key}": f"Completions, {mask} given: {name}"
        for mask in get_args(Mask)
        for key, name in (
            ("single", "error of one completion (root mean square)"),
            ("together", "error of the mean of all completions"),
            ("spread", "standard deviation among completions"),
            ("by_mean", "error of the mean training image"),
        )
    },
    "validation_bound": "Lower bound on ln p(x) of cooling from p*, validation examples",
    "walkback_log_likelihood": "Walkback log-likelihood (not a bound)",
    "error": "Mean absolute error of prediction",
    "lr": "Learning rate",
    "step": "Training walks",
    "epoch": "Epochs",
    "seconds": "Seconds",
}

# The numbers at the top of the page, and those that each is shown beside.
HEADLINES: dict[str, tuple[str, ...]] = {
    "recall_overlap": ("hopfield_recall_overlap", "sampled_recall_overlap"),
    "bound_bits_per_dim": ("gaussian_dct_bits_per_dim", "gaussian_full_bits_per_dim"),
    "bound": ("factorised_bernoulli", "factorised_gaussian"),
    "importance_sampled": ("effective_sample_size", "smc", "smc_effective_sample_size"),
    "equilibrium": ("equilibrium_reverse",),
    "entropy_production": ("reversibility_ratio",),
    "cooled_classifier_score": ("real_classifier_score", "judge_accuracy"),
    "cooled_class_kl": ("chain_10000_class_kl",),
}


def metric_name(key: str) -> str:
    """Return a metric's name in words, or its key if it has none.

    Parameters
    ----------
    key : str
        Key in summary.json or metrics.jsonl.
    """
    digits = [f"{int(number):,}" for number in re.findall(r"\d+", key)]
    name = METRICS.get(re.sub(r"\d+", "{}", key))
    return name.format(*digits).replace("T = 1", "T\u00a0=\u00a01") if name else key


def metric_rank(key: str) -> tuple[int, list[int], str]:
    """Return what sorts metrics into the page's order; unknown ones come last.

    Parameters
    ----------
    key : str
        Key in summary.json or metrics.jsonl.
    """
    pattern = re.sub(r"\d+", "{}", key)
    place = list(METRICS).index(pattern) if pattern in METRICS else len(METRICS)
    return place, [int(number) for number in re.findall(r"\d+", key)], key


def duration(seconds: float) -> str:
    """Return a duration in words, such as "8 min 32 s".

    Parameters
    ----------
    seconds : float
        The duration in seconds.
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
