"""Three splits that share no example, and labels that stay with their examples."""

import numpy as np
import pytest

from asynet.datasets.arrays import split_arrays
from asynet.datasets.splits import split


@pytest.mark.parametrize(
    ("keys", "train", "held_out"),
    [
        ((10, 3, None), range(7), range(7, 10)),
        ((10, 3, 4), range(4), range(7, 10)),
        ((10, 0, None), range(10), range(0)),
    ],
)
def test_the_last_examples_are_held_out(keys, train, held_out):
    found = [list(range(keys[0]))[part] for part in split(*keys)]
    assert found == [list(train), list(held_out)]


@pytest.mark.parametrize("given", [(), ("test",), ("validation",), ("test", "validation")])
def test_labels_follow_their_examples(given):
    """Example i holds i and has the label i, in whichever split it ends."""
    arrays, first = {}, 0
    for name, count in (("train", 40), *((name, 7) for name in given)):
        numbers = np.arange(first, first + count)
        arrays |= {name: np.tile(numbers[:, None] / 1.0, 2), f"{name}_labels": numbers}
        first += count
    found, seen = split_arrays(arrays, "none"), []
    for name in ("train", "validation", "test"):
        np.testing.assert_array_equal(found[name][:, 1], found[f"{name}_labels"])
        seen += found[f"{name}_labels"].tolist()
    assert sorted(seen) == list(range(first))
