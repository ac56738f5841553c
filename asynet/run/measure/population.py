"""How well a network that learned recorded activity recovers it, beside the most likely fit."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from asynet.datasets import Dataset
from asynet.datasets.surrogate import network_from
from asynet.network import Network
from asynet.network.kernels import Kernel, make_kernel
from asynet.network.weights import weight_matrix
from asynet.numerics.estimates import Estimate
from asynet.run.checkpoint import learned_network
from asynet.run.results import entry_of
from asynet.run.trainer import Trainer
from asynet.thermodynamics import measure_irreversibility
from asynet.thermodynamics.from_states.kinetic_ising import fit_kinetic_ising
from asynet.types import Array
from asynet.walkback.walk import Chains, walk

N_CHAINS = 500
BURN_IN = 200
STEPS = 100
PAIRED_STEPS = 40  # between which states are compared with the recording


def pairwise(before: Array, after: Array) -> tuple[Array, Array]:
    """Return covariances within one bin and between successive bins.

    Parameters
    ----------
    before, after : array, shape (n_bins, N)
        States, and the states one bin later.

    Returns
    -------
    same, lagged : array, shape (N, N)
        same[i, j] = cov(s_i(t), s_j(t)) and lagged[i, j] = cov(s_i(t+1), s_j(t)).
    """
    x = before - before.mean(axis=0, dtype=np.float64)
    y = after - after.mean(axis=0, dtype=np.float64)
    return x.T @ x / len(x), y.T @ x / len(x)


def agreement(found: Array, true: Array) -> float:
    """Return the correlation coefficient of two matrices' elements off the diagonal.

    Parameters
    ----------
    found, true : array, shape (N, N)
        The matrices. If the elements of one are all equal, the result is 0.
    """
    off = ~np.eye(len(true), dtype=bool)
    if not (found[off].std() and true[off].std()):
        return 0.0
    return float(np.corrcoef(found[off], true[off])[0, 1])


def same_signs(found: Array, true: Array) -> Estimate:
    """Return the share of the true couplings, those not 0, whose sign was found.

    Parameters
    ----------
    found, true : array, shape (N, N)
        Couplings. The diagonal does not count.
    """
    there = (true != 0) & ~np.eye(len(true), dtype=bool)
    right = np.sign(found[there]) == np.sign(true[there])
    share, n = float(right.mean()), int(there.sum())
    return Estimate(share, float(np.sqrt(share * (1 - share) / n)), n)


def free_activity(kernel: Kernel, seed: int) -> tuple[Array, Array, Estimate]:
    """Let a network walk freely at T = 1 and measure what it does.

    Parameters
    ----------
    kernel : Kernel
        The network; 500 chains of it start from zeros and run in for 200 steps.
    seed : int
        Seed of the chains.

    Returns
    -------
    before, after : array, shape (n_pairs, n_visible)
        Successive states of the first population.
    produced : Estimate
        Entropy production, in nats a step.
    """
    chains = Chains(seed, np.arange(N_CHAINS))
    visible = kernel.network.columns(kernel.network.populations[0].name)
    state = kernel.tensor(np.zeros((N_CHAINS, kernel.network.size)))
    state = walk(kernel, state, np.ones(BURN_IN), chains)
    seen = [kernel.array(state)[:, visible]]
    now = state
    for step in range(PAIRED_STEPS):
        now = walk(kernel, now, np.ones(1), chains, steps_done=BURN_IN + step)
        seen.append(kernel.array(now)[:, visible])
    fresh = Chains(seed, N_CHAINS + np.arange(N_CHAINS))
    flow = measure_irreversibility(kernel, now, STEPS, fresh)
    produced = Estimate(flow.entropy_production, flow.stderr, flow.n_chains)
    if flow.halves is not None:
        produced = flow.halves.marked(produced)
    return np.concatenate(seen[:-1]), np.concatenate(seen[1:]), produced


@dataclass(frozen=True)
class _Rival:
    """A network that is held against the recording: its kernel, and its couplings (N, N)."""

    kernel: Kernel
    couplings: Array


def _rivals(kernel: Kernel, learned: Network, data: Dataset) -> dict[str, _Rival]:
    """Return the networks to compare, by the prefix of the names of their numbers."""
    assert data.following is not None, "a recording says what follows each bin"
    fitted = fit_kinetic_ising(data.train[:], data.following, autapses=False)
    of_the_fit = network_from(fitted.weights, fitted.bias)
    columns = learned.columns(learned.populations[0].name)
    rivals = {
        "": _Rival(kernel, weight_matrix(learned)[columns, columns]),
        "fit_": _Rival(make_kernel("reference", of_the_fit), fitted.weights),
    }
    if data.recorded is not None:
        couplings = weight_matrix(data.recorded)
        rivals["true_"] = _Rival(make_kernel("reference", data.recorded), couplings)
    return rivals


def compare(
    kernel: Kernel, learned: Network, data: Dataset, seed: int
) -> dict[str, dict[str, Any]]:
    """Compare a learned network with a recording, beside the most likely kinetic Ising network.

    Parameters
    ----------
    kernel : Kernel
        Computes the learned network.
    learned : Network
        The network that learned the recording.
    data : Dataset
        The recording. Its network, where it is known, is compared too.
    seed : int
        Seed of the chains that walk freely.

    Returns
    -------
    dict
        Numbers by name, each {value, stderr, n, on, unit}. Names with `fit_` are of the fit, with
        `true_` of the recorded network. Agreements of covariances are missing if no test bin is
        followed by another one.
    """
    n = data.test.shape[1]
    pairs, tested = n * (n - 1), _test_covariances(data)
    rivals = _rivals(kernel, learned, data)
    true = rivals["true_"].couplings if "true_" in rivals else None
    found: dict[str, dict[str, Any]] = {}

    def add(name: str, estimate: Estimate, where: str, unit: str = "") -> None:
        found[name] = entry_of(estimate, where, unit)

    for prefix, rival in rivals.items():
        s, s_next, produced = free_activity(rival.kernel, seed)
        for what, ours, theirs in zip(
            ("equal_time", "lagged"), pairwise(s, s_next), tested, strict=False
        ):
            alike = Estimate(agreement(ours, theirs), None, pairs)
            add(f"{prefix}{what}_agreement", alike, f"{len(data.test)} test bins of {n} neurons")
        where = f"{N_CHAINS} chains of {STEPS} steps"
        add(f"{prefix}free_entropy_production", produced, where, "nats a step")
        if true is not None and prefix != "true_":
            where = "couplings of the recorded network"
            add(f"{prefix}coupling_signs", same_signs(rival.couplings, true), where)
            alike = Estimate(agreement(rival.couplings, true), None, pairs)
            add(f"{prefix}coupling_agreement", alike, where)
    return found


def _test_covariances(data: Dataset) -> tuple[Array, ...]:
    """Return `pairwise` of the test bins that the next one follows in time; () if there is none."""
    assert data.test_followed is not None, "a recording says which bins follow each other"
    rows = np.flatnonzero(data.test_followed[:-1])
    return pairwise(data.test[rows], data.test[rows + 1]) if len(rows) else ()


def population_numbers(trainer: Trainer) -> dict[str, dict[str, Any]]:
    """Return `compare` of what a trainer's network made of a recording.

    Parameters
    ----------
    trainer : Trainer
        The result is empty for an operator, and for data that are no recording.
    """
    data, learned = trainer.dataset, learned_network(trainer)
    if learned is None or data.following is None:
        return {}
    kernel, seed = make_kernel("numba", learned, threads=1), trainer.settings.seed
    return compare(kernel, learned, data, seed)
