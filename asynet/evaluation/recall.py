"""Associative memory: how well a network restores stored patterns from corrupted ones.

A cue is a pattern with some neurons flipped. From it the network runs in one of two ways. At zero
temperature every neuron takes the likelier of its next states, as in a Hopfield network, with which
it is compared. At T = 1 the next state is drawn, which is the network's own dynamics with its
noise. Nothing is heated: heat would erase the cue, and only the cue says which pattern is meant.

Neurons that are updated at once can end in a cycle of two states, with the pattern at every other
step. So an overlap is the mean over two successive states, and recall is perfect if both are right.
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
from asynet.numerics.arguments import spikes
from asynet.numerics.checks import real, refusal, whole
from asynet.numerics.estimates import Estimate, mean_estimate
from asynet.numerics.streams import Draw
from asynet.types import Array, Tensor
from asynet.walkback.walk import Chains, infer_hidden, replaced, walk


def likeliest(kernel: Kernel, state: Tensor) -> Tensor:
    """Return the state (B, N) after one step in which each neuron takes its likelier next state.

    A Bernoulli neuron spikes where its rho at T = 1 exceeds 1/2, inertia included.

    Parameters
    ----------
    kernel : Kernel
        The network's kernel.
    state : tensor, shape (B, N)
        The state before.
    """
    for group in kernel.network.order:
        likelier = {}
        for name in group:
            silence = kernel.tensor(np.zeros((len(state), kernel.network[name].size)))
            error: Tensor = kernel.respond(name, state, teach=Teach(1.0, silence)).error
            likelier[name] = error < -0.5  # it is silence minus rho
        state = replaced(kernel, state, likelier)
    return state


def settle(kernel: Kernel, cues: Array, steps: int, chains: Chains) -> Array:
    """Return where zero-temperature dynamics leads from cues: (2, B, n_visible) of {0, 1}.

    The two states are those after `steps` and after one step more. Hidden neurons are first drawn
    given the cue.

    Parameters
    ----------
    kernel : Kernel
        The network's kernel.
    cues : array of {0, 1}, shape (B, n_visible)
        Where the visible neurons start.
    steps : int
        Steps to the first of the two states.
    chains : Chains
        Random numbers, one chain for each cue.

    Raises
    ------
    ValueError
        If a shape does not fit, or `steps` is below 0.
    """
    _check(kernel, cues, steps, chains)
    state, _ = infer_hidden(kernel, kernel.tensor(cues), chains)
    for _ in range(steps):
        state = likeliest(kernel, state)
    return _visible(kernel, state, likeliest(kernel, state))


def run_on(kernel: Kernel, cues: Array, steps: int, chains: Chains) -> Array:
    """Return where the network's own dynamics at T = 1 leads from cues; see `settle`.

    Parameters
    ----------
    kernel : Kernel
        The network's kernel.
    cues : array of {0, 1}, shape (B, n_visible)
        Where the visible neurons start.
    steps : int
        Steps to the first of the two states.
    chains : Chains
        Random numbers, one chain for each cue.

    Raises
    ------
    ValueError
        If a shape does not fit, or `steps` is below 0.
    """
    _check(kernel, cues, steps, chains)
    state, _ = infer_hidden(kernel, kernel.tensor(cues), chains)
    state = walk(kernel, state, np.ones(steps), chains)
    after = walk(kernel, state, np.ones(1), chains, steps_done=steps)
    return _visible(kernel, state, after)


def settle_spins(weights: Array, cues: Array, steps: int) -> Array:
    """Return where a Hopfield network leads from cues; see `settle`.

    Parameters
    ----------
    weights : array, shape (n, n)
        The network's weights.
    cues : array of {0, 1}, shape (B, n)
        Where it starts.
    steps : int
        Steps to the first of the two states.
    """
    state = hopfield_recall(weights, cues, steps)
    return np.stack([state, hopfield_recall(weights, state, 1)])


def _visible(kernel: Kernel, *states: Tensor) -> Array:
    columns = kernel.network.columns(kernel.network.populations[0].name)
    return np.stack([kernel.array(state)[:, columns] for state in states])


def _check(kernel: Kernel, cues: Array, steps: int, chains: Chains) -> None:
    spikes("cues", cues, (len(chains.indices), kernel.network.populations[0].size))
    whole("steps", steps, 0, 10**9)


def score_recall(ends: Array, patterns: Array) -> tuple[Estimate, float]:
    """Return the mean overlap with the patterns, and the share of perfect recalls.

    The standard error is over patterns, so it is None for a single one.

    Parameters
    ----------
    ends : array of {0, 1}, shape (2, R P, n)
        Two successive states for each cue; cue i is of pattern i modulo P.
    patterns : array of {0, 1}, shape (P, n)
        The stored patterns.

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    patterns = spikes("patterns", patterns, ("P", "n"))
    if np.ndim(ends) != 3 or len(ends) != 2 or ends.shape[1] % len(patterns):
        raise refusal("ends", ends, f"of shape (2, R {len(patterns)}, {patterns.shape[1]})")
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
    """Measure recall of stored patterns for each flip probability.

    Parameters
    ----------
    kernel : Kernel
        The network's kernel.
    patterns : array of {0, 1}, shape (P, n_visible)
        The stored patterns.
    flips : sequence of float
        Probabilities with which a neuron of a cue is flipped.
    steps : int
        Steps from a cue to the first of the two states that are scored.
    cues : int
        Number of cues at least; it is rounded up to a multiple of P.
    chains : Chains
        One chain for each cue or more; their seed draws the cues.

    Returns
    -------
    list of dict
        For each flip probability `stored` (P), `load` (patterns per neuron), `flip` and `cues`.
        Then `overlap` (mean product of +-1), its `stderr` (over patterns, not over networks) and
        `perfect` (a share): without a prefix at zero temperature, `sampled_` at T = 1,
        `symmetrised_` with the symmetric part of the weights alone, and of two symmetric networks,
        `hopfield_` and `projection_` (see `projection_weights`).

    Raises
    ------
    ValueError
        If a shape does not fit, a number is out of range, or there are fewer chains than cues.
    """
    patterns = spikes("patterns", patterns, ("P", kernel.network.populations[0].size))
    for flip in flips:
        real("flips", flip, least=0, most=1)
    whole("cues", cues, 1, 10**9)
    if len(chains.indices) < -(-cues // len(patterns)) * len(patterns):
        raise refusal("chains", len(chains.indices), f"at least one chain for each of {cues} cues")
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
