"""What the page calls each metric and says of each figure."""

import re
from typing import get_args

from asynet.types import Mask

OWN_SCORE = "Our own small classifier's score, no Inception Score,"

# By key of summary.json or metrics.jsonl, in the page's order; {} stands for digits in the key.
METRICS = {
    "recall_overlap": "Recall: overlap with the stored pattern",
    "sampled_recall_overlap": "Recall at T = 1",
    "symmetrised_recall_overlap": "Recall by the symmetric part of the weights",
    "hopfield_recall_overlap": "Recall by a Hopfield network",
    "projection_recall_overlap": "Recall by the projection rule, symmetric and not local",
    "coupling_signs": "Couplings whose sign was found",
    "fit_coupling_signs": "Couplings whose sign the most likely fit found",
    "coupling_agreement": "Correlation with the true couplings",
    "fit_coupling_agreement": "Correlation of the most likely fit with the true couplings",
    "equal_time_agreement": "Correlation of its covariances with the recording's",
    "fit_equal_time_agreement": "The same of the most likely fit",
    "true_equal_time_agreement": "The same of the recorded network",
    "lagged_agreement": "Correlation of its covariances one bin apart with the recording's",
    "fit_lagged_agreement": "The same of the most likely fit, one bin apart",
    "true_lagged_agreement": "The same of the recorded network, one bin apart",
    "free_entropy_production": "Entropy production, free",
    "fit_free_entropy_production": "Entropy production of the most likely fit",
    "true_free_entropy_production": "Entropy production of the recorded network",
    "bound": "Lower bound on ln p(x)",
    "importance_sampled": "Importance-sampled ln p(x)",
    "effective_sample_size": "Effective sample size of the importance weights",
    "gap": "Gap between importance sampling and the bound, at least",
    "gap_irreversibility": "Part of the gap: irreversibility of the walk",
    "gap_annealing": "Part of the gap: annealing, work and ends, at least",
    "log_prior": "Part of the bound: ln p* of the hot end",
    "log_posterior": "Part of the bound, taken off: ln q of the first hidden state",
    "factorised_bernoulli": "Baseline: factorised Bernoulli",
    "factorised_gaussian": "Baseline: factorised Gaussian",
    "bound_bits_per_dim": "Bits/dim by the bound (an upper limit)",
    "importance_sampled_bits_per_dim": "Bits/dim by importance sampling (an upper limit too)",
    "gaussian_dct_bits_per_dim": "Baseline: Gaussian, diagonal in the DCT-by-colour basis",
    "gaussian_full_bits_per_dim": "Baseline: Gaussian with a full covariance",
    "entropy_production": "Entropy production at T = 1",
    "shrinkage": "Shrinkage of the weights in sleep at T = 1, over the learning rate",
    "reversibility_ratio": "Irreversibility: entropy production over entropy",
    "cosine_with_transpose": "Cosine of each direction's weights with the other's, transposed",
    "antisymmetric_over_symmetric": "Antisymmetric over symmetric part of the weights",
    "forward_entropy": "Entropy of a step at T = 1",
    "judge_accuracy": "Judge: accuracy on real data",
    "inception_score": "Inception Score of cooled samples, by torch-fidelity",
    "fid": "Frechet Inception Distance of cooled samples, by torch-fidelity",
    "real_classifier_score": f"{OWN_SCORE} of real images",
    "cooled_classifier_score": f"{OWN_SCORE} of cooled samples",
    "chain_{}_classifier_score": f"{OWN_SCORE} after {{}} steps at T = 1",
    "cooled_top_probability": "Judge: confidence in cooled samples",
    "cooled_class_kl": "Class divergence of cooled samples from the data",
    "cooled_smallest_class_share": "Rarest class among cooled samples",
    "chain_{}_top_probability": "Judge: confidence after {} steps at T = 1",
    "chain_{}_smallest_class_share": "Rarest class after {} steps at T = 1",
    "chain_{}_class_kl": "Class divergence after {} steps at T = 1",
    **{
        f"inpaint_{mask}_{key}": f"Completions, {mask} known: {name}"
        for mask in get_args(Mask)
        for key, name in (
            ("single", "error of one (root mean square)"),
            ("together", "error of their mean"),
            ("spread", "standard deviation among them"),
            ("by_mean", "error of the training images' mean in their place"),
        )
    },
    "validation_bound": "Lower bound on ln p(x), validation",
    "walkback_log_likelihood": "Walkback log-likelihood, not a bound",
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
    "importance_sampled": ("effective_sample_size",),
    "entropy_production": ("reversibility_ratio",),
    "cooled_classifier_score": ("real_classifier_score", "judge_accuracy"),
    "cooled_class_kl": ("chain_10000_class_kl",),
}

# By file stem, in the page's order: a title, and what to look at.
CAPTIONS = {
    "samples": (
        "What it dreams",
        "Each picture was cooled from its own noise; none was chosen. Look whether they could be "
        "data, for every class, and for variety within a class.",
    ),
    "points": (
        "What it dreams",
        "Points cooled from noise, and where free chains are after so many steps at T = 1, beside "
        "the data. Look for points off the data, and for parts of the data that stay empty.",
    ),
    "field": (
        "Walks, and the drift that was learned",
        "Four walks from rings to dots, over the data; arrows show where the operator's mean next "
        "step goes at the temperature above, darker where it outweighs the step's noise. Look "
        "whether arrows point to the data from everywhere, and whether free walks stay there.",
    ),
    "filmstrip": (
        "Sleep heats, wake cools",
        "Read each strip from left to right, the temperature under each frame. Heating dissolves "
        "an example into noise; cooling has to find the way back. Look for the temperature at "
        "which the shape is lost on the way up, and for the one at which it appears on the way "
        "down.",
    ),
    "inpainting": (
        "What it fills in",
        "A row is one test image: as it is, the part of it that was held, and what the network "
        "made of the rest, each time from other noise. Look whether the parts fit together at the "
        "seam, and whether completions differ where the known part leaves it open.",
    ),
    "long_chain": (
        "Left alone at T = 1",
        "Each chain runs freely, without heating or cooling; compare chains after as many steps. "
        "If all end in the same picture, a spurious mode has swallowed the rest.",
    ),
    "class_histograms": (
        "Which classes it generates",
        "Bars are shares of generated samples, as a classifier judges them; the lines across are "
        "the data's own. Bars that outgrow their lines are modes that attract too much.",
    ),
    "patterns_recall": (
        "Recall of stored patterns",
        "From corrupted patterns, how much of them the network restores, against how many it "
        "stores: 1 is a perfect recall, 0 is chance, triangles mark the cues as they were. Look "
        "how far beyond Hopfield's capacity the lines stay up, and where they fall below the cue.",
    ),
    "stdp_window": (
        "What spike timing does to a synapse",
        "Mean weight change against lag, each phase in its own order of time, with standard "
        "errors. In wake a synapse grows when its presynaptic neuron fires first, which is STDP; "
        "in sleep the same order weakens it.",
    ),
    "raster": (
        "One walk, spike by spike",
        "Spikes of the same neurons through sleep and through the wake that replays it. Right "
        "mirrors left. Look how steady firing at T = 1 breaks up as the temperature rises.",
    ),
    "learning_curves": (
        "Learning",
        "Above, what training raises: it grows with the length of a walk and bounds nothing. "
        "Below, the honest bound on held-out examples, with its standard error: has it "
        "levelled off, and does it clear the baseline?",
    ),
    "training_temperatures": (
        "Temperatures of training",
        "After each validation pilot walks space the temperatures of training anew, darker the "
        "later; dashed, the equal ratios that it starts with. Flat stretches have many steps: "
        "there heating costs most.",
    ),
    "ledger": (
        "Where the nats go",
        "Each bar is what one half-step adds to the bound or takes from it; the line adds them "
        "up. Look for the deepest bars below zero: there the way back is worst predicted.",
    ),
    "bits": (
        "Bits/dim, step by step",
        "Read from right to left: p* alone needs the bits at the right, and each step back takes "
        "some off. Look at which temperatures the bars are low: there the way back is not learned. "
        "Below the dashed line the model knows more of images than a Gaussian.",
    ),
    "gap": (
        "What the bound loses",
        "The column is the gap between the bound and importance sampling, by cause: the model "
        "is not reversible, or it is heated too fast and starts and ends in the wrong place. "
        "Beside it, what each step would lose to irreversibility if the model stayed at its "
        "temperature. Where that is more than the gap, as of images, the columns stand side by "
        "side and say nothing of each other: importance sampling finds but part of the gap, and "
        "walks pass each temperature long before the model has settled there.",
    ),
    "gap_over_training": (
        "What the bound loses, over training",
        "The same from few walks at each validation: irreversibility below, annealing on it, and "
        "the gap above both. Where lines cross, in hatches, the parts do not add up. Look which "
        "part training takes from.",
    ),
    "weight_symmetry": (
        "Symmetry is learned, not imposed",
        "The two directions of every connection start unrelated. Above, how far they come to "
        "agree; below, the entropy that the free network still produces. Zero would be a "
        "reversible network.",
    ),
    "dissipation": (
        "Dissipation makes symmetry",
        "Above, the entropy that the free network produces, and the rate at which its plasticity "
        "would shrink the weights, computed apart: theory says they are one. Below, what becomes "
        "of the two parts of the weights: sleep alone takes from the antisymmetric one.",
    ),
    "receptive_fields": (
        "What hidden neurons look for",
        "Weights from the visible neurons, green for excitation and purple for inhibition, one "
        "scale for all. Neurons are evenly spaced in their order. Look for strokes and edges, and "
        "for neurons that have stayed blank.",
    ),
}

# Of figures that `asynet analyze` adds; a report does not miss them.
ANALYSED = {
    "spectrum": (
        "Eigenvalues of the weights",
        "Before and after training, in the ellipse that random weights of the same variance and "
        "reciprocity would fill. Symmetric weights have real eigenvalues: look how the cloud is "
        "drawn to the line, and which eigenvalues lie outside.",
    ),
    "modes": (
        "Which modes come back",
        "For each mode of the weights one way, strongest first, how well the weights the other way "
        "bring it back: 1 for each other's transposes, within the band by chance. Below, its gain.",
    ),
    "over_temperature": (
        "Irreversibility along temperature",
        "The entropy that the model produces in a step if it stays at a temperature of its walks.",
    ),
    "neurons": (
        "Where the film runs forward",
        "Each visible neuron's term of the entropy production. Look whether a few neurons have "
        "most of it, and where.",
    ),
}


def metric_name(key: str) -> str:
    """Return a metric's name in words, or its key where there are none."""
    digits = [f"{int(number):,}" for number in re.findall(r"\d+", key)]
    name = METRICS.get(re.sub(r"\d+", "{}", key))
    return name.format(*digits).replace("T = 1", "T\u00a0=\u00a01") if name else key


def metric_rank(key: str) -> tuple[int, list[int], str]:
    """Return what sorts metrics into the page's order; unknown ones come last."""
    pattern = re.sub(r"\d+", "{}", key)
    place = list(METRICS).index(pattern) if pattern in METRICS else len(METRICS)
    return place, [int(number) for number in re.findall(r"\d+", key)], key


def duration(seconds: float) -> str:
    """Write a number of seconds in words: 8 min 32 s."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
