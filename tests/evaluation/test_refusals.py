"""Nonsense in, one line out: which argument, which value, what is allowed."""

import numpy as np
import pytest
from hypothesis import given, settings
from nonsense import NONSENSE, answers_or_refuses
from oracle import NETWORKS

from asynet.evaluation.colour_judge import train_image_judge
from asynet.evaluation.digit_judge import train_judge
from asynet.evaluation.gaussian_baselines import gaussian_baselines
from asynet.evaluation.hopfield import hopfield_recall, hopfield_weights, projection_weights
from asynet.evaluation.inpaint import mask
from asynet.evaluation.judgement import class_divergence
from asynet.evaluation.recall import measure_recall, score_recall, settle
from asynet.network.kernels import make_kernel
from asynet.walkback.walk import Chains

KERNEL, CHAINS = make_kernel("reference", NETWORKS["alternating"]), Chains(1, np.arange(3))
PIXELS, LABELS = np.zeros((3, 1, 8, 8), np.uint8), np.zeros(3, np.int64)

OF_ONE = {
    "hopfield_weights": hopfield_weights,
    "projection_weights": projection_weights,
    "hopfield_recall: weights": lambda x: hopfield_recall(x, np.zeros(3), 2),
    "hopfield_recall: cue": lambda x: hopfield_recall(np.eye(3), x, 2),
    "mask": lambda x: mask(x, (1, 4, 4), 1),
    "divergence: counts": lambda x: class_divergence(x, LABELS),
    "divergence: labels": lambda x: class_divergence(np.ones(10, int), x),
    "recall: patterns": lambda x: measure_recall(KERNEL, x, [0.1], 1, 2, CHAINS),
    "recall: cues": lambda x: settle(KERNEL, x, 1, CHAINS),
    "score_recall": lambda x: score_recall(x, np.eye(2)),
    "baselines": lambda x: gaussian_baselines(x, PIXELS, 1),
    "digits: images": lambda x: train_judge(x, LABELS, 1),
    "digits: labels": lambda x: train_judge(np.zeros((3, 784), np.float32), x, 1),
    "colours: labels": lambda x: train_image_judge(PIXELS, x, 1, epochs=1),
}


@pytest.mark.parametrize("name", OF_ONE)
@settings(max_examples=40)
@given(value=NONSENSE)
def test_one_argument(name, value):
    answers_or_refuses(OF_ONE[name], value)


WRONG = [
    (lambda: hopfield_weights(np.eye(3) / 2), "patterns: 0.5 is not allowed; must be 0 or 1"),
    (lambda: settle(KERNEL, np.zeros((3, 5)), 1, CHAINS), r"cues: .*\(3, 5\).*\(3, 4\)"),
    (lambda: measure_recall(KERNEL, np.eye(4), [2.0], 1, 2, CHAINS), "flips: 2.0 is not allowed"),
    (lambda: measure_recall(KERNEL, np.eye(4), [0.1], 1, 2, CHAINS), "chains: 3 is not allowed"),
    (lambda: train_judge(np.zeros((3, 784)), LABELS + 10, 1), "labels: .* from 0 to 9"),
    (lambda: train_image_judge(PIXELS / 1.0, LABELS, 1), "images: .*uint8"),
    (lambda: mask("middle", (1, 4, 4), 1), "clamp: 'middle' is not allowed; must be one of top"),
    (lambda: gaussian_baselines(PIXELS, PIXELS[:, :, 1:], 1), r"test: .*\(3, 1, 7, 8\)"),
]


@pytest.mark.parametrize(("call", "message"), WRONG)
def test_the_line_says_what_is_wrong(call, message):
    with pytest.raises(ValueError, match=message):
        call()
