"""How well a network that learned recorded activity recovers it, beside the most likely fit."""

from typing import Any

import numpy as np

from asynet.datasets.surrogate import network_from
from asynet.network import Network
from asynet.network.kernels import Kernel, make_kernel
from asynet.network.weights import weight_matrix
from asynet.numerics.estimates import Estimate
from asynet.run.checkpoint import learned_network
from asynet.run.trainer import Trainer
from asynet.thermodynamics import measure_irreversibility
from asynet.thermodynamics.from_states.kinetic_ising import fit_kinetic_ising
from asynet.types import Array
from asynet.walkback.walk import Chains, walk

N_CHAINS = 500
BURN_IN = 200
STEPS = 100


def pairwise(before: Array, after: Array) -> tuple[Array, Array]:
    """Return covariances of the same bin, C0_ij = cov(s_i, s_j), and of successive ones.

    before, after: (T, N). C1_ij = cov(s_i(t+1), s_j(t)). Each (N, N).
    """
    x = before - before.mean(axis=0, dtype=np.float64)
    y = after - after.mean(axis=0, dtype=np.float64)
    return x.T @ x / len(x), y.T @ x / len(x)


def agreement(found: Array, true: Array) -> float:
    """Return the correlation coefficient of two matrices' elements off the diagonal."""
    off = ~np.eye(len(true), dtype=bool)
    if not (found[off].std() and true[off].std()):
        return 0.0
    return float(np.corrcoef(found[off], true[off])[0, 1])


def same_signs(found: Array, true: Array) -> Estimate:
    """Return the share of the true couplings, those not 0, whose sign was found."""
    there = (true != 0) & ~np.eye(len(true), dtype=bool)
    right = np.sign(found[there]) == np.sign(true[there])
    share, n = float(right.mean()), int(there.sum())
    return Estimate(share, float(np.sqrt(share * (1 - share) / n)), n)


def free_activity(kernel: Kernel, seed: int) -> tuple[Array, Array, Estimate]:
    """Return pairs of successive states at T = 1, and the entropy production in nats a step.

    (before, after): (pairs, n_visible) each, of the first population.
    """
    chains = Chains(seed, np.arange(N_CHAINS))
    visible = kernel.network.columns(kernel.network.populations[0].name)
    state = kernel.tensor(np.zeros((N_CHAINS, kernel.network.size)))
    state = walk(kernel, state, np.ones(BURN_IN), chains)
    seen = [kernel.array(state)[:, visible]]
    now = state
    for step in range(40):
        now = walk(kernel, now, np.ones(1), chains, steps_done=BURN_IN + step)
        seen.append(kernel.array(now)[:, visible])
    fresh = Chains(seed, N_CHAINS + np.arange(N_CHAINS))
    flow = measure_irreversibility(kernel, now, STEPS, fresh)
    produced = Estimate(flow.entropy_production, flow.stderr, flow.n_chains)
    return np.concatenate(seen[:-1]), np.concatenate(seen[1:]), produced


def compare(
    kernel: Kernel,
    learned: Network,
    before: Array,
    after: Array,
    test: Array,
    seed: int,
    truth: Network | None,
) -> dict[str, dict[str, Any]]:
    """Return numbers for the learned network and for the maximum-likelihood kinetic Ising fit.

    before, after: (T, N), successive training bins; test: (T', N), bins in a row. truth: the
    recorded network, where it is known. Each number is {value, stderr, n, on, unit}; names with
    `fit_` are the fit's, with `true_` the recorded network's.
    """
    n = test.shape[1]
    fitted = fit_kinetic_ising(before, after, autapses=False)
    of_the_fit = network_from(fitted.weights, fitted.bias)
    visible = learned.populations[0].name
    columns = learned.columns(visible)
    rivals = {
        "": (kernel, weight_matrix(learned)[columns, columns]),
        "fit_": (make_kernel("reference", of_the_fit), fitted.weights),
    }
    true = None
    if truth is not None:
        true = weight_matrix(truth)
        rivals["true_"] = make_kernel("reference", truth), true
    same, lagged = pairwise(test[:-1], test[1:])
    on = f"{len(test)} test bins of {n} neurons"
    found: dict[str, dict[str, Any]] = {}

    def add(name: str, estimate: Estimate, where: str, unit: str = "") -> None:
        numbers = {"value": estimate.value, "stderr": estimate.stderr, "n": estimate.n}
        found[name] = numbers | {"on": where, "unit": unit}

    for prefix, (rival, couplings) in rivals.items():
        s, s_next, produced = free_activity(rival, seed)
        ours = pairwise(s, s_next)
        pairs = n * (n - 1)
        add(f"{prefix}equal_time_agreement", Estimate(agreement(ours[0], same), None, pairs), on)
        add(f"{prefix}lagged_agreement", Estimate(agreement(ours[1], lagged), None, pairs), on)
        where = f"{N_CHAINS} chains of {STEPS} steps"
        add(f"{prefix}free_entropy_production", produced, where, "nats a step")
        if true is not None and prefix != "true_":
            where = "couplings of the recorded network"
            add(f"{prefix}coupling_signs", same_signs(couplings, true), where)
            alike = Estimate(agreement(couplings, true), None, pairs)
            add(f"{prefix}coupling_agreement", alike, where)
    return found


def population_numbers(trainer: Trainer) -> dict[str, dict[str, Any]]:
    """Return `compare` of what a trainer's network made of a recording; nothing of an operator.

    Of a surrogate, the recorded network is known.
    """
    data, learned = trainer.dataset, learned_network(trainer)
    if learned is None or data.following is None:
        return {}
    kernel, seed = make_kernel("numba", learned, threads=1), trainer.settings.seed
    return compare(kernel, learned, data.train, data.following, data.test, seed, data.recorded)
