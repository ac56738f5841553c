"""Let the two synapses between a pair of neurons draw together, or drive them apart."""

from collections.abc import Sequence

import numpy as np

from asynet.network.afferents import Afferents
from asynet.network.pairs import Pairs, flat
from asynet.network.running_mean import operating_point


def pull_together(pairs: Sequence[Pairs], afferents: dict[str, Afferents], share: float) -> None:
    """Take away a share of the antisymmetric part of the weights, in place, and keep mean drives.

    dW_ij = -(share/2) (W_ij - W_ji), the gradient of (share/8) ||W - W'||^2 for each synapse: where
    both synapses of a pair learn, their difference shrinks by 1 - share and their sum stays.

    A change d of W_ij alone would move the drive of neuron i at the mean activity m by d m_j. So
    the bias of i changes by -d m_j, with m_j the running mean of `Afferents` rounded to 2**-8: in
    the coordinates a = W (s - m) + c of centred learning the pull moves W and leaves c.

    A synapse needs its own weight and that of one other synapse, the one between the same two
    neurons the other way; no activity but the presynaptic mean, and nothing of any other neuron.
    Where no such synapse exists nothing changes; one that does not learn still pulls the other.
    Signs that Dale's law gives are kept: a weight that would cross 0 stops there. What neurons feel
    follows at the kernel's next `upload`.

    Parameters
    ----------
    pairs : sequence of Pairs
        The network's pairs of opposite synapses, from `find_pairs`.
    afferents : dict of str to Afferents
        The kernel's parameters, by population; their weights and biases change.
    share : float
        At most 1, which makes the two equal; negative drives them apart.
    """
    changes = []
    for pair in pairs:  # all are read before any is changed
        own = flat(afferents[pair.post].weights)[pair.own]
        back = flat(afferents[pair.pre].weights)[pair.back]
        changes.append((own - back) * (share / 2))
    for pair, change in zip(pairs, changes, strict=True):
        if not pair.plastic:
            continue
        onto = afferents[pair.post]
        weights = flat(onto.weights)
        before = weights[pair.own]
        after = before - change
        signs = onto.signs[pair.row]
        after[((signs > 0) & (after < 0)) | ((signs < 0) & (after > 0))] = 0
        weights[pair.own] = after
        moved = after.astype(np.float64) - before
        lost = np.bincount(
            pair.post_neuron, moved * operating_point(onto)[pair.row], len(onto.bias)
        )
        onto.bias[:] = (onto.bias - lost).astype(onto.bias.dtype)
