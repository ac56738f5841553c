"""Rules of connection: what they promise exactly, and what they draw, by counting."""

import numpy as np
import pytest
from oracle import chi_square, chi_square_limit

from asynet.network import Population
from asynet.network.connect import (
    AllToAll,
    Distance,
    FixedInDegree,
    FixedOutDegree,
    FixedProbability,
    Weights,
    connect,
    draw_pairs,
)
from asynet.network.space import distances, positions
from asynet.network.wiring import synapse_matrix

A, B = Population("a", 30), Population("b", 20)
RULES = [
    AllToAll(),
    FixedProbability(0.3),
    FixedInDegree(7),
    FixedOutDegree(4),
    Distance(0.9, 0.2),
    Distance(1.0, 0.1, "exponential", "line"),
]


def there(rule, post, pre, seed=1):
    return synapse_matrix(connect(pre, post, rule, Weights(mean=1.0), seed)).toarray() == 1


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(("post", "pre"), [(A, A), (B, A), (A, B)])
def test_synapses_are_ordered_and_different_and_never_of_a_neuron_with_itself(rule, post, pre):
    alone = post is pre
    rows, columns = draw_pairs(rule, post.size, pre.size, alone, np.random.default_rng(2))
    flat = rows * pre.size + columns
    assert (np.diff(flat) > 0).all()
    assert rows.max() < post.size
    assert columns.max() < pre.size
    assert not (alone and (rows == columns).any())


@pytest.mark.parametrize("rule", RULES[1:])
def test_what_is_drawn_does_not_depend_on_how_it_is_stored(rule):
    big, weights = Population("big", 40), Weights(0.3, 0.1)
    listed = connect(A, big, rule, weights, 5, dale=0.8, sparse=True)
    matrix = connect(A, big, rule, weights, 5, dale=0.8, sparse=False)
    assert listed.sparse
    assert not matrix.sparse
    np.testing.assert_array_equal(listed.weights.toarray(), matrix.weights)
    np.testing.assert_array_equal(listed.weights.toarray() != 0, matrix.mask)
    other = connect(A, big, rule, weights, 6, dale=0.8)
    assert (other.mask != matrix.mask).any()


def test_few_of_many_synapses_are_listed():
    big = Population("big", 1000)
    assert connect(big, big, FixedInDegree(10), Weights(), 1).sparse
    assert not connect(big, big, FixedInDegree(100), Weights(), 1).sparse
    assert not connect(A, A, FixedInDegree(1), Weights(), 1).sparse


def test_degrees_are_what_they_are_fixed_to():
    assert (there(FixedInDegree(7), B, A).sum(axis=1) == 7).all()
    assert (there(FixedInDegree(29), A, A).sum(axis=1) == 29).all()
    assert (there(FixedOutDegree(20), B, A).sum(axis=0) == 20).all()
    assert (there(FixedOutDegree(3), A, A).sum(axis=0) == 3).all()
    assert there(AllToAll(), A, A).sum() == 30 * 29


def test_every_choice_of_neurons_is_equally_likely():
    """All 10 pairs of 5 neurons, 20,000 draws: chi-square, false alarms of 1e-6."""
    _, columns = draw_pairs(FixedInDegree(2), 20_000, 5, False, np.random.default_rng(3))
    pairs = columns.reshape(-1, 2)
    counts = np.bincount(pairs[:, 0] * 5 + pairs[:, 1], minlength=25)
    expected = np.zeros((5, 5))
    expected[np.triu_indices(5, 1)] = 0.1
    statistic, degrees = chi_square(counts[expected.ravel() > 0], np.full(10, 0.1))
    assert counts.sum() == 20_000
    assert counts[expected.ravel() == 0].sum() == 0
    assert statistic < chi_square_limit(degrees)


@pytest.mark.parametrize("probability", [0.001, 0.2, 0.97, 1.0])
def test_random_synapses_are_independent_and_as_many_as_they_should_be(probability):
    """n = 10^6 pairs: mean within 5 standard errors; rows and columns alike."""
    rows, columns = draw_pairs(
        FixedProbability(probability), 1000, 1000, False, np.random.default_rng(4)
    )
    spread = np.sqrt(1e6 * probability * (1 - probability))
    assert abs(len(rows) - 1e6 * probability) <= 5 * spread
    for one in (rows, columns):
        counts = np.bincount(one, minlength=1000)
        if probability in (0.2, 0.97):
            variance = 1000 * probability * (1 - probability)
            statistic = ((counts - 1000 * probability) ** 2 / variance).sum()
            assert statistic < chi_square_limit(1000)


def test_the_probability_falls_with_the_distance():
    """Expected counts at each of 20 distances on a ring of 40, over 200 seeds: chi-square."""
    rule, n = Distance(0.8, 0.15), 40
    apart = distances("ring", n, n, np.arange(n))
    fall = 0.8 * np.exp(-(apart**2) / (2 * 0.15**2))
    seen = sum(there(rule, Population("x", n), Population("y", n), seed) for seed in range(200))
    z = (seen - 200 * fall) / np.sqrt(200 * fall * (1 - fall) + 1e-12)
    likely = 200 * fall * (1 - fall) > 5
    assert (z[likely] ** 2).sum() < chi_square_limit(likely.sum())


def test_places_in_space():
    assert positions("line", 2).tolist() == [[0.25], [0.75]]
    grid = positions("grid", 4)
    assert grid.tolist() == [[0.25, 0.25], [0.25, 0.75], [0.75, 0.25], [0.75, 0.75]]
    assert distances("line", 4, 4, np.array([0]))[0].tolist() == [0, 0.25, 0.5, 0.75]
    assert distances("ring", 4, 4, np.array([0]))[0].tolist() == [0, 0.25, 0.5, 0.25]
    np.testing.assert_allclose(distances("torus", 9, 9, np.array([0]))[0, 8], np.sqrt(2) / 3)
    np.testing.assert_allclose(distances("grid", 9, 9, np.array([0]))[0, 8], 2 * np.sqrt(2) / 3)
    with pytest.raises(ValueError, match="5 neurons do not fill a square grid"):
        positions("grid", 5)


@pytest.mark.parametrize("shape", ["normal", "uniform", "lognormal"])
def test_weights_have_their_mean_and_deviation(shape):
    """n = 250,000: the mean within 5 standard errors, the deviation within 2 %."""
    w = Weights(0.5, 0.2, shape).draw((500, 500), np.random.default_rng(5))
    assert abs(w.mean() - 0.5) < 5 * 0.2 / 500
    assert abs(w.std() / 0.2 - 1) < 0.02
    bounds = {"normal": -np.inf, "uniform": 0.5 - 0.2 * np.sqrt(3), "lognormal": 0.0}
    assert w.min() >= bounds[shape]
    assert (Weights(0.5, 0.0, shape).draw(3, np.random.default_rng(1)) == 0.5).all()


def test_dales_law_makes_the_first_neurons_excitatory():
    projection = connect(A, B, FixedProbability(0.5), Weights(0.1, 0.3), 1, dale=0.8, sparse=False)
    assert projection.signs.tolist() == [1] * 24 + [-1] * 6
    signed = projection.weights * projection.signs
    assert (signed[projection.mask] > 0).all()


@pytest.mark.parametrize("rule", [FixedInDegree(30), FixedOutDegree(30)])
def test_more_synapses_than_neurons_to_choose_from_are_refused(rule):
    with pytest.raises(ValueError, match="count: 30 is not allowed; must be at most 29"):
        connect(A, A, rule, Weights(), 1)
