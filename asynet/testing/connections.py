"""The check of a connection rule."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from asynet.errors import UserError
from asynet.network.own_rule import OwnRule
from asynet.plugins import Part
from asynet.testing.part import part_of, require
from asynet.types import Array

SIZES = ((40, 40, True), (40, 40, False), (30, 20, False), (20, 30, False))
SEEDS = 10  # seeds, of which at least one must draw other synapses than the first


def check_connection(
    rule: Callable[..., Any],
    *,
    sizes: Sequence[tuple[int, int, bool]] = SIZES,
    count: Callable[[int, int], float] | None = None,
    random: bool = True,
    **options: Any,
) -> None:
    """Check a connection rule: its synapses, their number, and that the seed alone decides them.

    Synapses must be pairs of existing neurons, each pair once, with no neuron onto itself where
    both populations are one.

    Parameters
    ----------
    rule : callable
        A function with the decorator `plugins.connection`.
    sizes : sequence of (int, int, bool)
        n_post, n_pre and `alone` to draw for.
    count : callable, optional
        (n_post, n_pre) -> the expected number of synapses. It is compared with the mean over ten
        seeds, within 5 standard errors (false alarms: about 1 in 1e3 for normal counts).
    random : bool
        Whether other seeds must draw other synapses.
    **options
        Options of the rule.

    Raises
    ------
    AssertionError
        One line, for the first thing that is wrong.
    """
    part = part_of(rule, "connections", options)
    changes = False
    for n_post, n_pre, alone in sizes:
        drawn = [_drawn(part, n_post, n_pre, alone, seed, options) for seed in range(SEEDS)]
        again = _drawn(part, n_post, n_pre, alone, 0, options)
        where = f"with {n_post} post, {n_pre} pre{', alone' if alone else ''}"
        same = all(np.array_equal(*ends) for ends in zip(drawn[0], again, strict=True))
        require(same, part.name, f"{where}: seed 0 draws other synapses the second time")
        changes |= any(not np.array_equal(drawn[0], other) for other in drawn[1:])
        if count is not None:
            found = np.array([len(post) for post, _ in drawn])
            error, expected = found.std(ddof=1) / len(found) ** 0.5, count(n_post, n_pre)
            near = abs(found.mean() - expected) <= 5 * error + 1e-9
            problem = f"makes {found.mean():g} +- {error:.2g} synapses; expected {expected:g}"
            require(near, part.name, f"{where}: {problem}")
    if random:
        require(changes, part.name, "draws the same synapses whatever the seed")


def _drawn(
    part: Part, n_post: int, n_pre: int, alone: bool, seed: int, options: dict[str, Any]
) -> tuple[Array, Array]:
    try:
        rule = OwnRule(part.name, partial(part, **options))
        return rule.pairs(n_post, n_pre, alone, np.random.default_rng(seed))
    except (ValueError, UserError) as error:
        where = f"with {n_post} post, {n_pre} pre{', alone' if alone else ''}, seed {seed}"
        raise AssertionError(f"{part.name}: {where}: {error}") from error
