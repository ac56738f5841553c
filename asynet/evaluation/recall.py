"""Associative memory: how well a network restores stored patterns from corrupted ones.

From a cue, a pattern with some neurons flipped, the network goes on in one of two ways. At zero
temperature every neuron takes the likelier of its next states, as in a Hopfield network, so that
like is compared with like. At T = 1 it is drawn: the network's own dynamics, with all its noise.
Nothing is heated: heat would erase the cue, and only the cue says which pattern is meant.

Neurons that are updated at once can end in a cycle of two states, with the pattern at every other
step. So an overlap is the mean over two successive states, and perfect recall is both of them.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from asynet.datasets.loaders.patterns import corrupt
from asynet.evaluation.hopfield import (
    hopfield_recall,
    hopfield_weights,
    overlap,
    projection_weights,
)
from asynet.network.kernels import Kernel, Teach
from asynet.network.kernels.reference import ReferenceKernel
from asynet.network.learned import network_of
from asynet.network.weights import symmetrised
from asynet.numerics.estimates import Estimate, mean_estimate
from asynet.numerics.streams import Draw
from asynet.types import Array, Tensor
from asynet.walkback.walk import Chains, infer_hidden, replaced, walk


def likeliest(kernel: Kernel, state: Tensor) -> Tensor:
    """Return the state (B, N) after one step in which each neuron takes its likelier next state.

    A Bernoulli neuron spikes where its rho at T = 1 exceeds 1/2, inertia included.
    """
    for group in kernel.network.order:
        spikes = {}
        for name in group:
            silence = kernel.tensor(np.zeros((len(state), kernel.network[name].size)))
            error: Tensor = kernel.respond(name, state, teach=Teach(1.0, silence)).error
            spikes[name] = error < -0.5  # it is silence minus rho
        state = replaced(kernel, state, spikes)
    return state


def settle(kernel: Kernel, cues: Array, steps: int, chains: Chains) -> Array:
    """Return where zero-temperature dynamics leads from cues: (2, B, n_visible) of {0, 1}.

    cues: (B, n_visible) of {0, 1}. The two states are those after `steps` and one step more.
    Hidden neurons are first drawn given the cue.
    """
    state, _ = infer_hidden(kernel, kernel.tensor(cues), chains)
    for _ in range(steps):
        state = likeliest(kernel, state)
    return _visible(kernel, state, likeliest(kernel, state))


def run_on(kernel: Kernel, cues: Array, steps: int, chains: Chains) -> Array:
    """Return where the network's own dynamics at T = 1 leads from cues; see `settle`."""
    state, _ = infer_hidden(kernel, kernel.tensor(cues), chains)
    state = walk(kernel, state, np.ones(steps), chains)
    after = walk(kernel, state, np.ones(1), chains, steps_done=steps)
    return _visible(kernel, state, after)


def settle_spins(weights: Array, cues: Array, steps: int) -> Array:
    """Return where a Hopfield network with these weights (n, n) leads from cues; see `settle`."""
    state = hopfield_recall(weights, cues, steps)
    return np.stack([state, hopfield_recall(weights, state, 1)])


def _visible(kernel: Kernel, *states: Tensor) -> Array:
    columns = kernel.network.columns(kernel.network.populations[0].name)
    return np.stack([kernel.array(state)[:, columns] for state in states])


def score_recall(ends: Array, patterns: Array) -> tuple[Estimate, float]:
    """Return the mean overlap with the patterns, and the share of perfect recalls.

    ends: (2, R P, n), two successive states for each cue; cue i is of pattern i modulo P.
    patterns: (P, n). The standard error is over patterns, so None for a single one.
    """
    n_patterns, n = patterns.shape
    reached = overlap(ends.reshape(2, -1, n_patterns, n), patterns)  # (2, R, P)
    perfect = (reached == 1).all(axis=0).mean()
    return mean_estimate(reached.mean(axis=(0, 1))), float(perfect)


def measure_recall(
    kernel: Kernel,
    patterns: Array,
    flips: Sequence[float],
    steps: int,
    cues: int,
    chains: Chains,
) -> list[dict[str, Any]]:
    """Measure recall of stored patterns (P, n_visible) for each flip probability.

    cues: how many at least, rounded up to a whole number for each pattern. chains: one for each
    cue or more; their seed draws the cues. Returns for each flip probability `stored`, `load`
    (patterns a neuron), `flip`, `cues`, and `overlap` (mean product of +-1), its `stderr` (over
    patterns, so not over networks), and `perfect` (share): without a prefix at zero temperature,
    `sampled_` at T = 1, `symmetrised_` with the symmetric part of the weights alone, and of two
    symmetric networks, `hopfield_` and `projection_` (see `projection_weights`).
    """
    kernel.download()
    learned = network_of(kernel.network, kernel.afferents)
    symmetric = ReferenceKernel(symmetrised(learned, activity=0.5))
    count, n = patterns.shape
    # As whole numbers they add up exactly, and a neuron without input is one on every machine.
    hebbian = np.rint(n * hopfield_weights(patterns))
    projecting = projection_weights(patterns)
    copies = np.tile(patterns, (-(-cues // count), 1))  # (R P, n)
    chains = Chains(chains.seed, chains.indices[: len(copies)])
    rows = []
    for i, flip in enumerate(flips):
        cue = corrupt(copies, flip, np.random.default_rng([chains.seed, count, i, Draw.CUES]))
        row = {"stored": count, "load": count / n, "flip": flip, "cues": len(cue)}
        ends = {
            "": settle(kernel, cue, steps, chains),
            "sampled_": run_on(kernel, cue, steps, chains),
            "symmetrised_": settle(symmetric, cue, steps, chains),
            "hopfield_": settle_spins(hebbian, cue, steps),
            "projection_": settle_spins(projecting, cue, steps),
        }
        for prefix, states in ends.items():
            reached, perfect = score_recall(states, patterns)
            row[f"{prefix}overlap"], row[f"{prefix}stderr"] = reached.value, reached.stderr
            row[f"{prefix}perfect"] = perfect
        rows.append(row)
    return rows
