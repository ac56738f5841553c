"""Temperatures for models without an energy: the friction is measured by the bound itself.

An operator has no ln pi_T whose fluctuations would give the friction of heating (see `length`). But
a step of width d in ln T costs the bound zeta d^2. In a stretch of n steps, leave out every second
temperature: n / 2 steps of width 2 d then cost n zeta d^2 more. So what the bound loses by such
thinning tells the friction. This needs no stationarity, and counts whatever else a step costs.
"""

from collections.abc import Callable

import numpy as np

from asynet.numerics.checks import real, refusal, whole
from asynet.numerics.estimates import chain_mean
from asynet.thermodynamics.length import Friction, equal_length
from asynet.types import Array
from asynet.walkback.schedules import geometric

# The bound of each example, (n,) nats, of walks through these temperatures: always the same
# examples and uniforms.
Score = Callable[[Array], Array]

STRETCHES, STEPS = 6, 4  # stretches of a walk, and steps in each of them
LEAST = 0.01  # smallest friction in units of the mean: what is measured may come out negative
POWERS = (0.5, 1.0)  # of the friction; see `best_spacing`
SURE = 2.0  # standard errors by which another schedule has to be better
COLDER = 4.0  # by which the hottest temperature is divided at each try


def thinning_friction(
    judge: Score, t_max: float, stretches: int = STRETCHES, steps: int = STEPS
) -> Friction:
    """Return the friction metric along T from 1 to t_max, by what thinning costs the bound.

    zeta is taken to be that of a stretch at its middle, and beyond the outermost middles what it is
    there.

    Parameters
    ----------
    judge : callable
        Takes temperatures (K,) and returns the bound of each example, (n,), in nats; always of the
        same examples and uniforms.
    t_max : float
        Hottest temperature, above 1.
    stretches : int
        Stretches of ln T.
    steps : int
        Steps in each stretch, an even number.

    Returns
    -------
    Friction
        At 1, at the middle of each stretch, and at t_max.

    Raises
    ------
    ValueError
        If a number is out of range.
    """
    real("t_max", t_max, above=1)
    whole("stretches", stretches, 1, 10**6)
    if whole("steps", steps, 2, 10**6) % 2:
        raise refusal("steps", steps, "even")
    ladder = geometric(t_max, stretches * steps + 1)
    width, intact = np.log(t_max) / (stretches * steps), judge(ladder)
    zeta = []
    for k in range(stretches):
        left_out = np.arange(k * steps + 1, (k + 1) * steps, 2)
        lost = float((intact - judge(np.delete(ladder, left_out))).mean())
        zeta.append(lost / (steps * width**2))
    floor = LEAST * max(float(np.mean(zeta)), np.finfo(float).tiny)
    middles = ladder[steps // 2 :: steps]
    points = np.concatenate([[1.0], middles, [t_max]])
    return Friction(points, np.maximum([zeta[0], *zeta, zeta[-1]], floor))


def best_spacing(judge: Score, t_max: float, steps: int, friction: Friction | None = None) -> Array:
    """Return temperatures from 1 to t_max, geometric or nearer to equal length, (steps,).

    Equal length is best for small steps only. So a schedule at equal length, and one halfway to
    it, are used only if they beat geometric steps by more than chance in the bound of the very
    walk that they are for.

    Parameters
    ----------
    judge : callable
        Takes temperatures (K,) and returns the bound of each example, (n,), in nats; always of the
        same examples and uniforms.
    t_max : float
        Hottest temperature, at least 1.
    steps : int
        How many temperatures, at least 1.
    friction : Friction, optional
        The metric from 1 to t_max; None: that of `thinning_friction`.

    Raises
    ------
    ValueError
        If a number is out of range.
    """
    real("t_max", t_max, least=1)
    whole("steps", steps, 1, 10**9)
    best = geometric(t_max, steps)
    if steps < 3 or t_max == 1:
        return best
    bound, friction = judge(best), friction or thinning_friction(judge, t_max)
    for power in POWERS:
        tried = equal_length(Friction(friction.temperatures, friction.zeta**power), steps)
        reached = judge(tried)
        if surely_better(reached, bound):
            best, bound = tried, reached
    return best


def best_end(judge: Score, t_max: float, steps: int) -> float:
    """Return the hottest temperature that is best for the bound of so many geometric steps.

    A walk in few large steps, or of an operator that has learned little, may lose more in heating
    than it gains on the way; in the extreme p* alone is better, and samples are then p*'s. Tries a
    quarter of t_max, a sixteenth and so on while that is better by more than chance, then twice and
    half of the best.

    Parameters
    ----------
    judge : callable
        Takes temperatures (K,) and returns the bound of each example, (n,), in nats; always of the
        same examples and uniforms.
    t_max : float
        The largest answer, at least 1.
    steps : int
        Number of geometric steps, at least 1.

    Raises
    ------
    ValueError
        If a number is out of range.
    """
    real("t_max", t_max, least=1)
    whole("steps", steps, 1, 10**9)
    if steps < 2:
        return t_max
    best, bound = t_max, judge(geometric(t_max, steps))
    while best / COLDER > 1:
        reached = judge(geometric(best / COLDER, steps))
        if not surely_better(reached, bound):
            break
        best, bound = best / COLDER, reached
    for end in (best * 2, best / 2):
        if 1 < end <= t_max and surely_better(judge(geometric(end, steps)), bound):
            return end
    return best


def surely_better(one: Array, other: Array) -> bool:
    """Return whether bounds of the same examples are higher by more than two standard errors.

    Parameters
    ----------
    one, other : array, shape (n,)
        The bounds, in nats, example by example.
    """
    gain = chain_mean(one - other)
    return gain.value > SURE * (gain.stderr or 0.0)
