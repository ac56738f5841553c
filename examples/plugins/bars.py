"""The bars problem: binary images of horizontal and vertical bars (Foldiak 1990).

    asynet run STUDY.yaml --plugin examples.plugins.bars

with, in the study: data: {name: bars, shape: [8, 8], options: {side: 8, count: 5000}}
"""

import numpy as np

from asynet import plugins


@plugins.dataset
def bars(seed, *, side=8, count=5000, probability=None):
    """Return images in which each of the 2 `side` bars is there with the same probability.

    probability: of each bar; by default 1 / side. The label of an image is its number of bars.
    """
    rng = np.random.default_rng(seed)
    p = 1 / side if probability is None else probability
    there = rng.random((count, 2, side)) < p  # (N, 2, side): rows, then columns
    images = there[:, 0, :, None] | there[:, 1, None, :]  # (N, side, side)
    labels, test = there.sum(axis=(1, 2)), count // 10
    return {
        "train": images[test:],
        "train_labels": labels[test:],
        "test": images[:test],
        "test_labels": labels[:test],
    }
