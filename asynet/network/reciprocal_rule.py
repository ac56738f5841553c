"""The reciprocal rule: a synapse and its opposite both take the sum of their changes.

The synapse from j to i and the one from i to j see the same two neurons. Let A be the change that
the local rule gives the first, and B that of the second. Under the reciprocal rule both change by
A + B.

**Where the difference goes.** W_ij - W_ji does not change. It stays what the initial weights made
it; weight decay multiplies it by the same factor as the weights (Kolen and Pollack 1994; Akrout et
al. 2019). All changes are multiples of 2**-21, and so are the weights to begin with, so that the
additions are exact in float32 while weights stay below 8 in magnitude.

**What the sum learns.** Take two groups at one temperature and weigh each step by T. Heating from
(v_0, h_0) gives, with m and n the running means of v and h,

    A_t = [v_t - rho_v(h_t)] (h_t - n),    B_t = [h_t - rho_h(v_t+1)] (v_t+1 - m).

On average over the next half-step rho_v(h_t) is v_t+1, and rho_h(v_t+1) is h_t+1. Then

    A_t + B_t = (v_t - m)(h_t - n) - (v_t+1 - m)(h_t+1 - n),

and the sum over k steps telescopes to (v_0 - m)(h_0 - n) - (v_k - m)(h_k - n): contrastive
divergence of a restricted Boltzmann machine in centred coordinates. With `rule: spike` errors and
T = 1 that holds for each sample. Plain learning sums A over one matrix and B over the other, and
neither sum telescopes. In a synchronous network the same holds of
f(t) = s_i(t-1) s_j(t) + s_j(t-1) s_i(t).

**Biases.** In the coordinates a = W (s - m) + c of centred learning, the offsets c follow their own
gradient alone. So where the opposite weight changes by d, the bias b = c - W m of its postsynaptic
neuron changes by -d times the presynaptic mean, and its mean drive stays. Without centring the
coordinates are W and b themselves, and a change of an opposite weight moves no bias.

A synapse without an opposite one that learns follows the plain rule, rounded to the same grid.
Dale's law stops a weight at 0, and so can change a difference.

References
----------
J. F. Kolen and J. B. Pollack 1994, Backpropagation without weight transport. M. Akrout et al. 2019,
Deep learning without weight transport.
"""

from collections.abc import Sequence

import numpy as np

from asynet.network.afferents import Afferents
from asynet.network.pairs import Pairs, flat
from asynet.network.running_mean import centre_of
from asynet.numerics.exact import snap, snap_change
from asynet.types import Array


def shared_change(
    pairs: Sequence[Pairs],
    afferents: dict[str, Afferents],
    population: str,
    shrink: float,
    centred: bool,
) -> Array:
    """Give the synapses opposite to those onto a population their change, in place.

    Parameters
    ----------
    pairs : sequence of Pairs
        From `find_pairs`.
    afferents : dict of str to Afferents
        All populations; the velocities onto `population` are what is shared.
    population : str
        Whose synapses are about to change.
    shrink : float
        Factor on the weights that change.
    centred : bool
        Whether the rule counts presynaptic activity relative to its running mean.

    Returns
    -------
    ndarray
        By how much the synapses onto `population` are to change, in the shape of the weights.
    """
    change = snap_change(afferents[population].velocity)
    total = change.copy()
    for pair in learning_pairs(pairs, population):
        d = flat(change)[pair.own]
        other = afferents[pair.pre]
        brought = d.astype(np.float64) * centre_of(other, centred)[pair.back_row]
        lost = np.bincount(pair.pre_neuron, brought, len(other.bias))
        other.bias[:] = other.bias - lost.astype(other.bias.dtype)
        if pair.pre == pair.post:
            flat(total)[pair.back] += d
        else:
            _move(other, pair, d, shrink)
    return total


def learning_pairs(pairs: Sequence[Pairs], population: str) -> list[Pairs]:
    """Return the pairs onto a population of which both synapses learn.

    Parameters
    ----------
    pairs : sequence of Pairs
        From `find_pairs`.
    population : str
        The population.
    """
    return [p for p in pairs if p.post == population and p.plastic and p.back_plastic]


def _move(other: Afferents, pair: Pairs, change: Array, shrink: float) -> None:
    """Change the opposite weights, keep their signs, and refresh what neurons feel."""
    weights, f = flat(other.weights), other.weights.dtype.type
    moved = (weights[pair.back] + change) * f(shrink)
    signs = other.signs[pair.back_row]
    moved[((signs > 0) & (moved < 0)) | ((signs < 0) & (moved > 0))] = 0
    weights[pair.back] = moved
    flat(other.effective)[pair.back] = snap(moved)
