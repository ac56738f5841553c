"""An alternating network of 784 + 300 neurons in asynet and in other libraries: see `peers`.

Each function takes a case and returns a job: what does so many sweeps, or lessons.
"""

import importlib
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from asynet.network import Network, Population, Projection
from asynet.network.afferents import Plasticity
from asynet.network.kernels import make_kernel
from asynet.walkback.heat import heat, learn
from asynet.walkback.walk import Chains, walk
from benchmarks.step import PlainNetwork, draw_below_rate, torch_half_step

VISIBLE, HIDDEN = 784, 300
RATE = 0.13  # of visible neurons, as in MNIST; hidden ones spike in half of the steps
LR = 1e-4
Job = Callable[[int], object]


class Dense:
    """The network of all libraries, with symmetric weights since some know no others."""

    def __init__(self, chains: int) -> None:
        rng = np.random.default_rng(1)
        self.chains = chains
        self.weights = rng.normal(0, 0.01, (HIDDEN, VISIBLE)).astype(np.float32)
        self.bias = np.full(VISIBLE, np.log(RATE / (1 - RATE)), np.float32)
        self.visible = (rng.random((chains, VISIBLE)) < RATE).astype(np.float32)
        self.hidden = (rng.random((chains, HIDDEN)) < 0.5).astype(np.float32)

    def network(self) -> Network:
        """Return asynet's network."""
        v, h = Population("visible", VISIBLE), Population("hidden", HIDDEN)
        both = (
            Projection("visible", "hidden", self.weights),
            Projection("hidden", "visible", self.weights.T),
        )
        return Network((v, h), both, (("hidden",), ("visible",)), bias={"visible": self.bias})

    def moved(self) -> tuple[float, float]:
        """Return bytes of spiking neurons' weights, and additions, in a sweep of all chains."""
        additions = self.chains * HIDDEN * VISIBLE * (RATE + 0.5)
        return 4 * additions, additions


def asynet_sweep(case: Dense) -> Job:
    kernel = make_kernel("numba", case.network(), threads=1)
    chains = Chains(1, np.arange(case.chains))
    state = np.concatenate([case.visible, case.hidden], axis=1)
    return lambda n: walk(kernel, state, np.ones(n), chains)


def asynet_lesson(case: Dense) -> Job:
    kernel = make_kernel("numba", case.network(), threads=1)
    chains, plasticity = Chains(1, np.arange(case.chains)), Plasticity()
    state = np.concatenate([case.visible, case.hidden], axis=1)

    def job(n: int) -> None:
        for moment in heat(kernel, state, np.ones(n), chains):
            assert moment.lesson is not None
            learn(kernel, moment.lesson, LR, plasticity, 1.0)

    return job


def torch_sweep(case: Dense) -> Job:
    torch.set_num_threads(1)
    weights, bias = torch.tensor(case.weights), torch.tensor(case.bias)
    visible = torch.tensor(case.visible)

    @torch.no_grad()
    def job(n: int) -> None:
        v = visible
        for _ in range(n):
            h = draw_below_rate(v @ weights.T)
            v = draw_below_rate(torch.addmm(bias, h, weights))

    return job


def torch_lesson(case: Dense) -> Job:
    torch.set_num_threads(1)
    plain = PlainNetwork(case.network())
    optimiser = torch.optim.SGD(plain.parameters(), lr=LR)
    start = {"visible": torch.tensor(case.visible), "hidden": torch.tensor(case.hidden)}

    def job(n: int) -> None:
        state = dict(start)
        for _ in range(n):
            for post, pre in (("visible", "hidden"), ("hidden", "visible")):
                state[post] = torch_half_step(
                    plain, optimiser, post, state[post], state[pre], 1.0, draw_below_rate, True
                )

    return job


def rbms_machine(case: Dense) -> Any:
    kind = importlib.import_module("rbms.bernoulli_bernoulli.classes").BBRBM
    torch.set_num_threads(1)
    weights, bias = torch.tensor(case.weights.T.copy()), torch.tensor(case.bias)
    return kind(weight_matrix=weights, vbias=bias, hbias=torch.zeros(HIDDEN))


def rbms_sweep(case: Dense) -> Job:
    machine = rbms_machine(case)
    with torch.no_grad():
        chains = machine.init_chains(case.chains, None, torch.tensor(case.visible))

    @torch.no_grad()
    def job(n: int) -> None:
        machine.sample_state(chains=chains, n_steps=n, beta=1.0)

    return job


def rbms_lesson(case: Dense) -> Job:
    machine, visible = rbms_machine(case), torch.tensor(case.visible)
    optimiser = torch.optim.SGD(machine.parameters(), lr=LR, maximize=True)
    for parameter in machine.parameters():
        parameter.grad = torch.zeros_like(parameter)

    @torch.no_grad()
    def job(n: int) -> None:
        chains = machine.init_chains(case.chains, None, visible)
        for _ in range(n):
            data = machine.init_chains(case.chains, torch.ones(case.chains), visible)
            chains = machine.sample_state(chains=chains, n_steps=1, beta=1.0)
            machine.compute_gradient(data=data, chains=chains, centered=True)
            optimiser.step()

    return job


def sklearn_machine(case: Dense) -> Any:
    rbm = importlib.import_module("sklearn.neural_network").BernoulliRBM
    machine = rbm(HIDDEN, learning_rate=LR, batch_size=case.chains, random_state=1)
    machine.partial_fit(case.visible)
    return machine


def sklearn_sweep(case: Dense) -> Job:
    machine = sklearn_machine(case)
    machine.components_[:], machine.intercept_visible_[:] = case.weights, case.bias
    visible = case.visible

    def job(n: int) -> None:
        v = visible
        for _ in range(n):
            v = machine.gibbs(v)

    return job


def sklearn_lesson(case: Dense) -> Job:
    machine = sklearn_machine(case)

    def job(n: int) -> None:
        for _ in range(n):
            machine.partial_fit(case.visible)

    return job


def thrml_sweep(case: Dense) -> Job:
    thrml, ising = importlib.import_module("thrml"), importlib.import_module("thrml.models.ising")
    jax = importlib.import_module("jax")
    v, h = ([thrml.SpinNode() for _ in range(n)] for n in (VISIBLE, HIDDEN))
    edges = list(itertools.product(h, v))
    weights = jax.numpy.asarray(case.weights.reshape(-1) / 4)  # of spins -1 and 1
    bias = case.weights.sum(axis=1) / 4, case.bias / 2 + case.weights.sum(axis=0) / 4
    model = ising.IsingEBM(
        v + h, edges, jax.numpy.asarray(np.concatenate(bias[::-1])), weights, jax.numpy.array(1.0)
    )
    blocks = [thrml.Block(h), thrml.Block(v)]
    program = ising.IsingSamplingProgram(model, blocks, [])
    start = [jax.numpy.asarray(x > 0) for x in (case.hidden, case.visible)]
    keys = jax.random.split(jax.random.key(0), case.chains)

    def walked(key: Any, state: Any, n: int) -> Any:
        schedule = thrml.SamplingSchedule(n, 1, 1)
        return thrml.sample_states(key, program, schedule, state, [], blocks)

    many = jax.jit(
        lambda n, k, s: jax.vmap(lambda one, at: walked(one, at, n))(k, s), static_argnums=0
    )
    return lambda n: jax.block_until_ready(many(n, keys, start))


DENSE: dict[str, dict[str, Callable[[Dense], Job]]] = {
    "a sweep": {
        "asynet": asynet_sweep,
        "torch": torch_sweep,
        "rbms": rbms_sweep,
        "scikit-learn": sklearn_sweep,
        "thrml": thrml_sweep,
    },
    "a lesson": {
        "asynet": asynet_lesson,
        "torch": torch_lesson,
        "rbms": rbms_lesson,
        "scikit-learn": sklearn_lesson,
    },
}
