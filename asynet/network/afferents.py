"""The learning side of a population: all synapses onto it, side by side, and its biases."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from asynet.network.network import Network, Projection
from asynet.network.wiring import Wiring, list_synapses
from asynet.numerics.exact import LARGEST_SUM, snap
from asynet.types import Array


@dataclass(frozen=True)
class Plasticity:
    """How an error becomes a change of weights.

    Parameters
    ----------
    momentum : float
        Share of the last change that the next one keeps.
    centre : bool
        Whether presynaptic activity counts relative to its running mean.
    reciprocal : bool
        Whether a synapse and the opposite one between the same two neurons both take the sum of
        their changes: see `network.reciprocal_rule`.
    """

    momentum: float = 0.0
    centre: bool = False
    reciprocal: bool = False


@dataclass
class Afferents:
    """Everything that drives one population; arrays are changed in place by learning.

    n_in counts the presynaptic neurons of all projections onto the population, n_post its own.

    Parameters
    ----------
    columns : ndarray of int64, shape (n_in,)
        Column of the state that each presynaptic neuron is.
    span : slice or ndarray
        The same as a slice where the columns follow each other, which NumPy reads without a copy.
    weights, effective, velocity : ndarray, shape (n_in, n_post)
        `effective` is `weights` on the grid, and is what neurons feel. Row j holds the synapses
        *from* j, so it is W transposed. Where synapses are listed, each is (n_synapses,) in
        `wiring`'s order.
    mask : ndarray of uint8, shape (n_in, n_post)
        Where synapses exist; (0, 0) where all exist or are listed.
    signs : ndarray of int8, shape (n_in,)
        Dale's law: +1, -1, or 0 for none.
    plastic : ndarray of bool, shape (n_in,)
        Whether the synapses from a neuron learn.
    mean : ndarray of float64, shape (n_in,)
        Running mean of presynaptic activity.
    bias, rest, bias_velocity : ndarray, shape (n_post,)
        See `Network`, and the velocity of the bias.
    wiring : Wiring, optional
        If a projection onto the population is sparse: which synapses exist.
    """

    columns: Array
    span: Any
    weights: Array
    effective: Array
    velocity: Array
    mask: Array
    signs: Array
    plastic: Array
    mean: Array
    bias: Array
    rest: Array
    bias_velocity: Array
    wiring: Wiring | None = None


def gather(network: Network, name: str) -> Afferents:
    """Return the projections onto a population, laid out for a kernel; every array is a copy.

    Parameters
    ----------
    network : Network
        The network.
    name : str
        The population.
    """
    onto = [p for p in network.projections if p.post == name]
    n_post, dtype = network[name].size, network.dtype

    def rows(arrays: list[Array], empty: tuple[int, ...]) -> Array:
        return np.concatenate(arrays) if arrays else np.zeros(empty)

    def per_row(of: list[Array]) -> Array:
        return np.concatenate(of) if of else np.zeros(0)

    wiring = None
    if any(p.sparse for p in onto):
        wiring, values = list_synapses(onto, n_post)
        weights, mask = values.astype(dtype), np.zeros((0, 0))
    else:
        weights = rows([p.weights.T for p in onto], (0, n_post)).astype(dtype, order="C")
        masked = any(p.mask is not None for p in onto)
        mask = rows([_mask(p).T for p in onto], (0, n_post)) if masked else np.zeros((0, 0))
    columns = per_row([np.arange(network.size)[network.columns(p.pre)] for p in onto])
    signs = per_row([np.zeros(p.weights.shape[1]) if p.signs is None else p.signs for p in onto])
    plastic = per_row([np.full(p.weights.shape[1], p.plastic) for p in onto])
    columns = columns.astype(np.int64)
    n_in = len(columns)
    follow = n_in > 0 and bool((np.diff(columns) == 1).all())
    zeros = np.zeros(n_post)
    return Afferents(
        columns=columns,
        span=slice(columns[0], columns[-1] + 1) if follow else columns,
        weights=weights,
        effective=snap(weights),
        velocity=np.zeros_like(weights),
        mask=np.ascontiguousarray(mask, dtype=np.uint8),
        signs=signs.astype(np.int8),
        plastic=plastic.astype(np.bool_),
        mean=np.zeros(n_in),
        bias=np.array(network.bias.get(name, zeros), dtype),
        rest=np.array(network.rest.get(name, zeros), dtype),
        bias_velocity=np.zeros(n_post, dtype),
        wiring=wiring,
    )


def _mask(projection: Projection) -> Array:
    shape = projection.weights.shape
    return np.ones(shape, np.uint8) if projection.mask is None else projection.mask


def check_range(name: str, afferents: Afferents) -> None:
    """Refuse weights that are not finite, or too large to add exactly.

    Parameters
    ----------
    name : str
        The population, for the message.
    afferents : Afferents
        What drives it.

    Raises
    ------
    FloatingPointError
        If they are.
    """
    if not (np.isfinite(afferents.weights).all() and np.isfinite(afferents.bias).all()):
        raise FloatingPointError(f"weights onto {name} are not finite; a smaller train.lr may help")
    largest = sum_pre(afferents, np.abs(afferents.effective)).max(initial=0.0)
    if afferents.effective.dtype == np.float32 and largest >= LARGEST_SUM:
        raise FloatingPointError(
            f"weights onto a neuron of {name} add up to {largest:.0f} in magnitude, above "
            f"{LARGEST_SUM:.0f}; a smaller train.lr or some train.weight_decay may help"
        )


def of_pre(onto: Afferents, values: Array) -> Array:
    """Return presynaptic values so that they go with the weights, element by element.

    Parameters
    ----------
    onto : Afferents
        Whose weights.
    values : ndarray, shape (n_in,)
        One value for each presynaptic neuron.
    """
    return values[:, None] if onto.wiring is None else values[onto.wiring.pre]


def of_post(onto: Afferents, values: Array) -> Array:
    """Return postsynaptic values that go with the weights: see `afferents.of_pre`."""
    return values if onto.wiring is None else values[onto.wiring.post]


def sum_pre(onto: Afferents, values: Array) -> Array:
    """Return the sum over presynaptic neurons, (n_post,) float64, of one value a synapse.

    Parameters
    ----------
    onto : Afferents
        Whose synapses.
    values : ndarray
        Of the shape of the weights.
    """
    if onto.wiring is None:
        total: Array = values.sum(axis=0, dtype=np.float64)
        return total
    return np.bincount(onto.wiring.post, values, onto.wiring.n_post)


def currents(onto: Afferents, state: Array) -> Array:
    """Return what synapses bring to each neuron, (B, n_post).

    Parameters
    ----------
    onto : Afferents
        The synapses.
    state : ndarray, shape (B, N)
        The state of the whole network.
    """
    s = state[:, onto.span]  # (B, n_in)
    matrix = onto.effective if onto.wiring is None else onto.wiring.matrix(onto.effective)
    return np.asarray(s @ matrix)


def coincidences(onto: Afferents, state: Array, error: Array) -> Array:
    """Return the sum over the batch of s_j e_i, in the shape of the weights.

    Parameters
    ----------
    onto : Afferents
        The synapses.
    state : ndarray, shape (B, N)
        The state of the whole network.
    error : ndarray, shape (B, n_post)
        Error of each postsynaptic neuron.
    """
    s = state[:, onto.span]  # (B, n_in)
    if onto.wiring is None:
        product: Array = s.T @ error
        return product
    total, pre, post = np.zeros_like(onto.weights), onto.wiring.pre, onto.wiring.post
    for one, e in zip(s, error, strict=True):
        total += one[pre] * e[post]
    return total


def bias_gradient(
    onto: Afferents, state: Array, error: Array, gradient: Array, centre: Array
) -> Array:
    """Return the bias's share of a summed gradient, (n_post,) float64.

    With a = W (s - m) + c the gradient is (e (s - m), e); in the weights and biases of a = W s + b,
    b = c - W m, the same step changes b by e (1 - m.(s - m)).

    Parameters
    ----------
    onto : Afferents
        The synapses.
    state : ndarray, shape (B, N)
        The state of the whole network.
    error : ndarray, shape (B, n_post)
        e, the error of each postsynaptic neuron.
    gradient : ndarray
        Of the shape of the weights: the sum of s e over the batch, before centring.
    centre : ndarray, shape (n_in,)
        m, from `running_mean.centre_of`.
    """
    e = error.astype(np.float64)  # (B, n_post)
    if not centre.any():
        total: Array = e.sum(axis=0)
        return total
    if onto.mask.size or onto.wiring is not None:
        m = of_pre(onto, centre)
        unlearned = (gradient - m * of_post(onto, e.sum(axis=0))) * m  # of each synapse
        unlearned = unlearned * onto.mask if onto.mask.size else unlearned
        compensated: Array = e.sum(axis=0) - sum_pre(onto, unlearned)
        return compensated
    s = state[:, onto.span]  # (B, n_in)
    q = (s @ centre.astype(s.dtype)).astype(np.float64) - centre @ centre  # (B,)
    compensated = (1.0 - q) @ e
    return compensated
