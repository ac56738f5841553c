"""How far ahead of the network that cools heating should be.

The bound of eq. 5 holds for any law q of heating. It is tight where q is the time reversal of
cooling, and that is hotter than the network at the same step. Cooling makes the state before the
step at T_t at T_{t+1}, a step earlier; to reverse it, heating needs at least that temperature: a
factor of T_{t+1}/T_t = exp(delta). For linear Gaussian neurons, s' = a s + noise, of a long walk at
equal ratios the best factor is

    (1 - a^2 exp(-delta)) / ((1 - 2 a^2) exp(-delta) + a^2) = 1 + delta + O(delta^2):

one step, whatever their relaxation time. What relaxes slowly also lags behind its temperature, when
cooling and when heating: a second moment that decays by lambda a step is matched by a factor of
1 + delta (2 tau - 1), tau = 1/(1 - lambda) in steps. So the best factor is some steps' ratio, and
comes closer to 1 the slower the walk; how many steps, the bound itself has to say.
"""

from collections.abc import Callable

from asynet.numerics.arguments import shaped
from asynet.thermodynamics.thinning import surely_better
from asynet.types import Array
from asynet.walkback.schedules import geometric

# The bound of each example, (n,) nats, with heating at so many times the temperature.
Judge = Callable[[float], Array]

STEPS = (0.5, 1.0, 1.5, 2.0, 3.0)  # by how many steps of the walk heating may be ahead


def best_ahead(judge: Judge, temperatures: Array) -> float:
    """Return the factor on heating's temperatures that is best for the bound.

    Tries the ratio of half a step, of one step and so on, and stops at the first that is not better
    by more than chance: two standard errors of the difference, example by example.

    Parameters
    ----------
    judge : callable
        Takes a factor and returns the bound of each example, (n,), in nats; always of the same
        examples and uniforms.
    temperatures : array, shape (K,)
        Those of the walk. A step's ratio is that of a walk at equal ratios of as many steps.

    Returns
    -------
    float
        1 where nothing is surely better.
    """
    t = shaped("temperatures", temperatures, ("K",))
    ratio = geometric(float(t.max()), len(t))[1] if len(t) > 1 else 1.0
    best = 1.0
    if ratio == 1:
        return best
    bound = judge(best)
    for steps in STEPS:
        factor = float(ratio**steps)
        reached = judge(factor)
        if not surely_better(reached, bound):
            break
        best, bound = factor, reached
    return best


def gaussian_ahead(gain: float, ratio: float) -> float:
    """Return the best factor for linear Gaussian neurons s' = a s + noise, in a long walk.

    Parameters
    ----------
    gain : float
        a, between -1 and 1.
    ratio : float
        exp(delta), the ratio of successive temperatures, at least 1.
    """
    square = gain**2
    return (1 - square / ratio) / ((1 - 2 * square) / ratio + square)
