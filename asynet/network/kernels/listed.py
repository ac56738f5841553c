"""The CPU kernel where synapses are listed: `sparse_sums` for one population's afferents."""

import numpy as np

from asynet.network.afferents import Afferents, Plasticity, centre_of
from asynet.network.exact import SNAP
from asynet.network.kernels.sparse_sums import add_deviations, add_synapses, change_synapses
from asynet.types import Array


def add_listed(onto: Afferents, state: Array) -> Array:
    """Return what listed synapses bring to each neuron, (B, n_post), from the state (B, N)."""
    assert onto.wiring is not None
    out = np.empty((len(state), onto.wiring.n_post), state.dtype)
    wiring = onto.wiring
    add_synapses(state[:, onto.span], wiring.starts, wiring.post, onto.effective, out)
    return out


def learn_listed(
    onto: Afferents,
    state: Array,
    error: Array,
    rate: float,
    plasticity: Plasticity,
    shrink: float | None,
) -> None:
    """Learn where synapses are listed: see `Kernel.learn`."""
    wiring, f = onto.wiring, state.dtype.type
    assert wiring is not None
    states, centre = state[:, onto.span], centre_of(onto, plasticity.centre)
    change_synapses(
        states,
        error,
        error.sum(axis=0),
        centre.astype(state.dtype),
        onto.plastic,
        onto.signs,
        f(plasticity.momentum),
        f(rate),
        shrink is not None,
        f(1.0 if shrink is None else shrink),
        f(SNAP[state.dtype]),
        wiring.starts,
        wiring.post,
        onto.weights,
        onto.velocity,
        onto.effective,
    )
    e = error.astype(np.float64)
    if centre.any():
        deviations = np.empty(error.shape)
        add_deviations(states, wiring.starts, wiring.post, centre, deviations)
        e = e * (1.0 - deviations)
    bias = e.sum(axis=0).astype(state.dtype)
    move_bias(onto, bias, plasticity.momentum, rate, shrink is not None)


def move_bias(onto: Afferents, gradient: Array, momentum: float, rate: float, now: bool) -> None:
    """Move the velocity of the biases by a gradient (n_post,), and with `now` the biases."""
    f = gradient.dtype.type
    onto.bias_velocity[:] = f(momentum) * onto.bias_velocity + f(rate) * gradient
    if now:
        onto.bias[:] = onto.bias + onto.bias_velocity
