"""Compiled loops over listed synapses: a spike visits the synapses of its neuron, and no others.

The same numbers as `afferents.currents`, `coincidences` and `bias_gradient` for a `Wiring`: on the
grid all sums are exact, so that the order of synapses is free. Threads share chains (what neurons
receive) or presynaptic rows (what synapses learn), and no sum is split between them.
"""

import numba
import numpy as np

from asynet.network.afferents import Afferents, Plasticity
from asynet.network.kernels.scatter import Events, ask_for, list_spikes, scatter_rows
from asynet.network.running_mean import centre_of
from asynet.numerics.compiled import compiled
from asynet.numerics.exact import SNAP
from asynet.types import Array

ROWS_AHEAD = 2  # rows between asking for a neuron's synapses and changing them


@compiled(parallel=True)
def add_synapses(state, starts, targets, weights, out):  # type: ignore[no-untyped-def]
    """Set out to what synapses bring: the sum of effective weights over presynaptic rows.

    Parameters
    ----------
    state : ndarray, shape (B, n_in)
        Presynaptic states.
    starts : ndarray of int64
        See `Wiring`.
    targets, weights : ndarray, shape (2 n_synapses,)
        See `Events`.
    out : ndarray, shape (B, n_post)
        Filled.
    """
    for b in numba.prange(state.shape[0]):
        s, total, index = state[b], out[b], np.empty(state.shape[1], np.int64)
        n, spiking = list_spikes(s, index), True
        for q in range(n):
            spiking &= s[index[q]] == 1
        total[:] = 0
        if spiking:
            scatter_rows(index, n, starts, targets, weights, total)
            continue
        for q in range(n):
            j = index[q]
            for k in range(2 * starts[j], 2 * starts[j + 1], 2):
                total[targets[k]] += s[j] * weights[k + 1]


@compiled(parallel=True)
def add_deviations(state, starts, post, centre, out):  # type: ignore[no-untyped-def]
    """Set out to the sum over each neuron's synapses of m_j (s_j - m_j).

    Parameters
    ----------
    state : ndarray, shape (B, n_in)
        Presynaptic states s.
    starts, post : ndarray of int
        See `Wiring`.
    centre : ndarray, shape (n_in,)
        m, what is subtracted from presynaptic activity.
    out : ndarray of float64, shape (B, n_post)
        Filled.
    """
    for b in numba.prange(state.shape[0]):
        s, total = state[b], out[b]
        total[:] = 0
        for j in range(s.size):
            deviation = centre[j] * (s[j] - centre[j])
            if deviation != 0:
                for k in range(starts[j], starts[j + 1]):
                    total[post[k]] += deviation


@numba.njit
def spiked(state, j):  # type: ignore[no-untyped-def]
    """Return whether a neuron's state is anything but 0 in any chain.

    Parameters
    ----------
    state : ndarray, shape (B, n_in)
        The states.
    j : int
        Which neuron.
    """
    for b in range(state.shape[0]):  # noqa: SIM110
        if state[b, j] != 0:
            return True
    return False


@numba.njit(error_model="numpy")
def commit_row(v, sign, shrink, snap, w, e):  # type: ignore[no-untyped-def]
    """Add the velocity to one presynaptic neuron's weights: see `numba_loops.change_weights`."""
    zero = snap - snap
    for k in range(v.size):
        w[k] = (w[k] + v[k]) * shrink
    if sign > 0:
        for k in range(v.size):
            w[k] = max(w[k], zero)
    if sign < 0:
        for k in range(v.size):
            w[k] = min(w[k], zero)
    for k in range(v.size):
        e[k] = (w[k] + snap) - snap


@numba.njit(error_model="numpy")
def change_row(  # type: ignore[no-untyped-def]
    s, error, error_sum, m, sign, momentum, rate, commit, shrink, snap, post, w, v, e
):
    """Change one presynaptic neuron's k synapses: see `sparse_numba.change_synapses`.

    Here s is (B,), and what belongs to synapses is (k,).
    """
    zero = snap - snap
    if s.size == 1 and s[0] != 0 and m == 0 and momentum == 0:  # as below, with nothing added
        for k in range(v.size):
            v[k] = zero + rate * (s[0] * error[0, post[k]])
    elif s.size == 1 and s[0] != 0:  # sums of one term need no room
        for k in range(v.size):
            gradient_k = zero + s[0] * error[0, post[k]]
            v[k] = momentum * v[k] + rate * (gradient_k - m * error_sum[post[k]])
    elif s.size == 1:
        for k in range(v.size):
            v[k] = momentum * v[k] + rate * (zero - m * error_sum[post[k]])
    else:
        gradient = np.zeros(v.size, v.dtype)
        for b in range(s.size):
            if s[b] != 0:
                for k in range(v.size):
                    gradient[k] += s[b] * error[b, post[k]]
        for k in range(v.size):
            v[k] = momentum * v[k] + rate * (gradient[k] - m * error_sum[post[k]])
    if commit:
        commit_row(v, sign, shrink, snap, w, e)


@numba.njit
def list_rows(state, centre, plastic, forgets, still, listed):  # type: ignore[no-untyped-def]
    """Return how many presynaptic rows have synapses that change, and list them.

    Parameters
    ----------
    state : ndarray, shape (B, n_in)
        Presynaptic states.
    centre, plastic : ndarray, shape (n_in,)
        See `change_synapses`.
    forgets : bool
        Whether the synapses of a neuron that is silent, and has been, stay as they are.
    still : ndarray of bool, shape (n_in,)
        See `change_synapses`.
    listed : ndarray of int64, shape (n_in,)
        Filled as far as needed.
    """
    n = 0
    for j in range(plastic.size):
        listed[n] = j
        stays = forgets and still[j] and centre[j] == 0 and not spiked(state, j)
        n += plastic[j] and not stays
    return n


@compiled(parallel=True)
def change_synapses(  # type: ignore[no-untyped-def]
    state,
    error,
    error_sum,
    centre,
    plastic,
    signs,
    momentum,
    rate,
    commit,
    shrink,
    snap,
    starts,
    targets,
    effective,
    weights,
    velocity,
    still,
):
    """Move the velocity of every listed synapse and, with `commit`, its weight.

    Parameters
    ----------
    state, error : ndarray, shape (B, n_in) and (B, n_post)
        Presynaptic states, and errors of postsynaptic neurons.
    error_sum : ndarray, shape (n_post,)
        Sum of the errors over the batch.
    centre, plastic, signs : ndarray, shape (n_in,)
        What is subtracted from presynaptic activity; and see `Afferents`.
    momentum, rate : float
        Share of the velocity that is kept, and learning rate.
    commit : bool
        Whether weights change now.
    shrink : float
        Factor on the weights.
    snap : float
        The number whose addition and subtraction rounds to the grid.
    starts : ndarray of int64
        See `Wiring`.
    targets, effective : ndarray, shape (2 n_synapses,)
        See `Events`; effective weights are changed in place.
    weights, velocity : ndarray, shape (n_synapses,)
        Changed in place.
    still : ndarray of bool, shape (n_in,)
        Rows whose velocities are known to be 0; brought up to date.
    """
    words, width = velocity.view(np.int32), velocity.itemsize // 4
    forgets = momentum == 0 and shrink == 1
    listed = np.empty(plastic.size, np.int64)
    count = list_rows(state, centre, plastic, forgets, still, listed)
    for q in numba.prange(count):
        j = listed[q]
        if q + ROWS_AHEAD < count:
            far = listed[q + ROWS_AHEAD]
            ask_for(velocity, starts[far], starts[far + 1])
            if not forgets or spiked(state, far):
                ask_for(weights, starts[far], starts[far + 1])
                ask_for(targets, 2 * starts[far], 2 * starts[far + 1])
        first, last = starts[j], starts[j + 1]
        if forgets and centre[j] == 0 and not spiked(state, j):  # nothing to learn
            words[width * first : width * last] = 0
            still[j] = True
            continue
        still[j] = False
        change_row(
            state[:, j],
            error,
            error_sum,
            centre[j],
            signs[j],
            momentum,
            rate,
            commit,
            shrink,
            snap,
            targets[2 * first : 2 * last : 2],
            weights[first:last],
            velocity[first:last],
            effective[2 * first + 1 : 2 * last : 2],
        )


def add_listed(onto: Afferents, events: Events, state: Array) -> Array:
    """Return what listed synapses bring to each neuron, (B, n_post).

    Parameters
    ----------
    onto : Afferents
        The synapses.
    events : Events
        Their targets and effective weights.
    state : ndarray, shape (B, N)
        The state of the whole network.
    """
    assert onto.wiring is not None
    out = np.empty((len(state), onto.wiring.n_post), state.dtype)
    add_synapses(state[:, onto.span], onto.wiring.starts, events.targets, events.weights, out)
    return out


def learn_listed(
    onto: Afferents,
    events: Events,
    state: Array,
    error: Array,
    rate: float,
    plasticity: Plasticity,
    shrink: float | None,
    still: Array,
) -> None:
    """Learn where synapses are listed: see `Kernel.learn` and `change_synapses`."""
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
        events.targets,
        events.weights,
        onto.weights,
        onto.velocity,
        still,
    )
    e = error.astype(np.float64)
    if centre.any():
        deviations = np.empty(error.shape)
        add_deviations(states, wiring.starts, wiring.post, centre, deviations)
        e = e * (1.0 - deviations)
    bias = e.sum(axis=0).astype(state.dtype)
    move_bias(onto, bias, plasticity.momentum, rate, shrink is not None)


def move_bias(onto: Afferents, gradient: Array, momentum: float, rate: float, now: bool) -> None:
    """Move the velocity of the biases and, if it is time, the biases.

    Parameters
    ----------
    onto : Afferents
        Whose biases.
    gradient : ndarray, shape (n_post,)
        Their gradient.
    momentum, rate : float
        Share of the velocity that is kept, and learning rate.
    now : bool
        Whether the biases change too.
    """
    f = gradient.dtype.type
    onto.bias_velocity[:] = f(momentum) * onto.bias_velocity + f(rate) * gradient
    if now:
        onto.bias[:] = onto.bias + onto.bias_velocity
