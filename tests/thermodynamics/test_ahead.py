"""How far ahead heating should be: the guard of the choice, and linear neurons in closed form."""

import numpy as np
import pytest

from asynet.thermodynamics.ahead import STEPS, best_ahead, gaussian_ahead

TEMPERATURES = np.geomspace(1, 3, 30)
RATIO = 3 ** (1 / 29)


def judge_of(gains, noise=0.0, seen=None):
    """Return a judge whose bound at the ratio of so many steps is higher by gains[steps]."""
    rng = np.random.default_rng(1)
    examples, jitter = rng.normal(-100, 25, 200), rng.normal(0, 1, (len(STEPS) + 1, 200))
    jitter -= jitter.mean(axis=1, keepdims=True)

    def judge(ahead):
        steps = round(float(np.log(ahead) / np.log(RATIO)), 6)
        if seen is not None:
            seen.append(steps)
        return examples + gains.get(steps, 0.0) + noise * jitter[[0.0, *STEPS].index(steps)]

    return judge


def test_it_climbs_while_the_bound_does():
    seen = []
    found = best_ahead(judge_of({0.5: 3, 1.0: 4.5, 1.5: 5.2, 2.0: 4.9}, 0.5, seen), TEMPERATURES)
    assert found == pytest.approx(RATIO**1.5)
    assert seen == [0, 0.5, 1.0, 1.5, 2.0]


def test_what_is_better_by_chance_alone_is_not_taken():
    """A gain of 0.1 with a standard error of about 0.1, and one of none at all."""
    assert best_ahead(judge_of({0.5: 0.1}, 1.0), TEMPERATURES) == 1
    assert best_ahead(judge_of({}), TEMPERATURES) == 1
    assert best_ahead(judge_of({0.5: 0.5}, 1.0), TEMPERATURES) > 1


def test_walks_that_do_not_heat_are_not_judged():
    def never(_):
        raise AssertionError

    assert best_ahead(never, np.ones(5)) == 1
    assert best_ahead(never, np.ones(1)) == 1


def bound(gain, ahead, ratio, steps=4000):
    """Eq. 5 of one linear neuron from its stationary state, in closed form; noise T."""
    V, total = 1 / (1 - gain**2), 0.0
    for T in ratio ** np.arange(1.0, steps + 1):
        after = gain**2 * V + ahead * T
        total += (np.log(ahead) + 1) / 2
        total -= (V * (1 - 2 * gain**2) + gain**2 * after) / (2 * T)
        V = after
    return total - np.log(V) / 2


@pytest.mark.parametrize("gain", [0.0, 0.5, -0.7, 0.9])
def test_the_best_factor_of_a_linear_neuron_is_about_one_step(gain):
    """The closed form has its maximum there, in a walk of 4,000 steps."""
    ratio = 1.02
    factors = np.linspace(1.0, 1.06, 121)
    best = factors[np.argmax(bound(gain, factors, ratio))]
    assert gaussian_ahead(gain, ratio) == pytest.approx(best, abs=6e-4)
    assert gaussian_ahead(gain, 1 + 1e-6) - 1 == pytest.approx(1e-6, rel=1e-2)
