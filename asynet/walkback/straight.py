"""Heating without lessons: one call for each temperature, where the kernel can do that."""

import itertools
from collections.abc import Iterable

from asynet.network.kernels import Dynamics
from asynet.types import Tensor
from asynet.walkback.blocks import strider, walk_blocks
from asynet.walkback.chains import Chains
from asynet.walkback.checks import check_start, each_temperature
from asynet.walkback.half_step import replaced
from asynet.walkback.heat import heat, heating_order


def heat_straight(
    kernel: Dynamics,
    state: Tensor,
    temperatures: Iterable[float],
    chains: Chains,
    ahead: float = 1.0,
    steps_done: int = 0,
) -> Tensor:
    """Return the state that a heated walk leads to, with the bits of `heat`.

    Heating takes the two groups of a layered network in the order v, h, v, h, ..., a free walk in
    the order h, v, h, v, ... So n steps at one temperature are a half-step of v, n - 1 steps of a
    free walk, which some kernels take in one call, and a half-step of h.

    Parameters
    ----------
    kernel : Dynamics
        What heats.
    state : tensor, shape (B, N)
        Where the walk starts; it does not change.
    temperatures : iterable of float
        One for each step.
    chains : Chains
        The chains' random numbers.
    ahead : float
        See `heat`.
    steps_done : int
        See `heat`.
    """
    check_start(kernel, state, chains)
    groups, strides = heating_order(kernel.network), strider(kernel, len(state))
    done = steps_done
    for temperature, run in itertools.groupby(each_temperature(temperatures)):
        steps = sum(1 for _ in run)
        if strides is None or len(groups) != 2 or steps == 1:
            same, at = itertools.repeat(temperature, steps), done
            for moment in heat(kernel, state, same, chains, ahead=ahead, steps_done=at, lessons=()):
                assert moment.heated is not None
                state = moment.heated.after
        else:
            first, last = groups
            index, heat_of = 2 * done + 1, temperature * ahead
            state = _fired(kernel, state, first, heat_of, index, chains)
            between = itertools.repeat(heat_of, steps - 1)
            for block in walk_blocks(strides, state, between, chains, index, None, None, False):
                state = block.after
            state = _fired(kernel, state, last, heat_of, index + 2 * steps - 1, chains)
        done += steps
    return state


def _fired(
    kernel: Dynamics,
    state: Tensor,
    group: tuple[str, ...],
    temperature: float,
    index: int,
    chains: Chains,
) -> Tensor:
    """Return the state after half-step number `index`."""
    fire = chains.fire(temperature, index)
    samples = {name: kernel.respond(name, state, fire).sample for name in group}
    return replaced(kernel, state, samples)
