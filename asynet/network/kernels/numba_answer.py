"""What spiking neurons answer once it is known what synapses bring them, in compiled loops."""

from typing import Protocol

import numpy as np

from asynet.network.kernels.contract import Fire, Response, Teach
from asynet.network.kernels.numba_loops import respond_bernoulli
from asynet.numerics.exact import SNAP
from asynet.numerics.philox import key_words
from asynet.types import Array

NOTHING = np.zeros((0, 0))


class Biased(Protocol):
    """What knows the biases of its neurons, as `Afferents` does."""

    @property
    def bias(self) -> Array:
        """Return the biases, (n,)."""

    @property
    def rest(self) -> Array:
        """Return what is added to them for each degree above T = 1, (n,)."""


def answer(
    alpha: float,
    first: int,
    onto: Biased,
    state: Array,
    brought: Array,
    asked: tuple[Fire | None, Teach | None, bool],
) -> Response:
    """Return the answer of some neurons: see `Kernel.respond`.

    Parameters
    ----------
    alpha : float
        See `Network`.
    first : int
        The first neuron's column of the state.
    onto : Biased
        Their biases.
    state : ndarray, shape (B, N)
        The state of the network.
    brought : ndarray, shape (B, n)
        What synapses bring, and what is injected.
    asked : tuple
        `fire`, `teach` and `score`.

    Returns
    -------
    Response
        What was asked.
    """
    (fire, teach, score), f, shape = asked, state.dtype.type, brought.shape
    sample, log_q = _output(fire is not None, shape, state), _scores(fire, shape, score)
    error, log_p = _output(teach is not None, shape, state), _scores(teach, shape, score)
    hot, taught = (each.temperature if each else 1.0 for each in (fire, teach))
    respond_bernoulli(
        state,
        brought,
        first,
        f(1 - alpha),
        f(alpha),
        onto.bias + f(hot - 1) * onto.rest,
        f(1 / hot),
        onto.bias + f(taught - 1) * onto.rest,
        f(1 / taught),
        np.ascontiguousarray(teach.target) if teach else NOTHING.astype(state.dtype),
        teach is not None and teach.spikes,
        f(SNAP[state.dtype]),
        np.array(key_words(fire.seed) if fire else (0, 0), np.uint32),
        fire.chains if fire else np.zeros(0, np.int64),
        np.uint32(fire.step if fire else 0),
        sample,
        error,
        log_q,
        log_p,
    )
    return Response(
        sample if fire else None,
        error if teach else None,
        log_q if fire and score else None,
        log_p if teach and score else None,
    )


def _output(wanted: bool, shape: tuple[int, ...], state: Array) -> Array:
    return np.empty(shape if wanted else (0, 0), state.dtype)


def _scores(asked: Fire | Teach | None, shape: tuple[int, ...], score: bool) -> Array:
    return np.empty(shape[0] if asked is not None and score else 0, np.float64)
