"""A sparse recurrent network in asynet and in other simulators: see `peers`.

NEST has no neurons that are all drawn at once: its Ginzburg neurons are each drawn anew after a
random time, once in tau_m on average, with the same sigmoid; a step is tau_m there.
"""

import importlib
import os
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_array

from asynet.network import Network, Population
from asynet.network.afferents import Plasticity
from asynet.network.connect import FixedInDegree, Weights, connect
from asynet.network.kernels import make_kernel
from asynet.walkback.heat import heat, learn
from asynet.walkback.walk import Chains, walk

RATE, STD, LR = 0.1, 0.1, 1e-4
Job = Callable[[int], object]


class Sparse:
    """Neurons with so many random synapses each, of which a tenth spikes in a step."""

    def __init__(self, neurons: int, synapses: int) -> None:
        population = Population("neurons", neurons)
        self.neurons, self.synapses = neurons, synapses
        self.recurrent = connect(
            population, population, FixedInDegree(synapses), Weights(std=STD), seed=1
        )
        self.bias = float(np.log(RATE / (1 - RATE)))
        self.network = Network(
            (population,), (self.recurrent,), bias={"neurons": np.full(neurons, self.bias)}
        )
        self.n_synapses = self.network.n_synapses
        self.start = np.random.default_rng(1).random((1, neurons)) < RATE

    def moved(self) -> tuple[float, float]:
        """Return bytes of spiking neurons' weights and targets, and additions, in a step."""
        additions = RATE * self.n_synapses
        return 8 * additions, additions


def asynet_step(case: Sparse) -> Job:
    kernel, chains = make_kernel("numba", case.network, threads=1), Chains(1, np.arange(1))
    state = kernel.tensor(case.start)
    return lambda n: walk(kernel, state, np.ones(n), chains)


def asynet_lesson(case: Sparse) -> Job:
    kernel, chains = make_kernel("numba", case.network, threads=1), Chains(1, np.arange(1))
    state, plasticity = kernel.tensor(case.start), Plasticity()

    def job(n: int) -> None:
        for moment in heat(kernel, state, np.ones(n), chains):
            if moment.lesson is not None:
                learn(kernel, moment.lesson, LR, plasticity, 1.0)

    return job


def torch_step(case: Sparse) -> Job:
    torch.set_num_threads(1)
    w = csr_array(case.recurrent.weights)
    parts = (torch.tensor(np.asarray(x)) for x in (w.indptr, w.indices, w.data.astype(np.float32)))
    with warnings.catch_warnings():  # that sparse tensors are young
        warnings.simplefilter("ignore")
        weights = torch.sparse_csr_tensor(*parts, size=w.shape)
    start = torch.tensor(case.start[0].astype(np.float32))

    @torch.no_grad()
    def job(n: int) -> None:
        s = start
        for _ in range(n):
            s = (torch.rand_like(s) < torch.sigmoid(weights @ s + case.bias)).float()

    return job


def brian_step(case: Sparse) -> Job:
    b: Any = importlib.import_module("brian2")
    b.start_scope()
    group = b.NeuronGroup(
        case.neurons,
        "a : 1",
        threshold="rand() < 1 / (1 + exp(-(a + shift)))",
        namespace={"shift": case.bias},
        dt=1 * b.ms,
    )
    clear = group.run_regularly("a = 0", dt=1 * b.ms, when="after_thresholds")
    synapses = b.Synapses(group, group, "w : 1", on_pre="a_post += w", dt=1 * b.ms)
    post, pre = case.recurrent.weights.nonzero()
    synapses.connect(i=pre, j=post)
    synapses.w = np.asarray(case.recurrent.weights[post, pre]).reshape(-1)
    network = b.Network(group, clear, synapses)
    network.run(3 * b.ms)
    return lambda n: network.run(n * b.ms)


def nest_step(case: Sparse) -> Job:
    if os.environ.get("NUMBA_THREADING_LAYER") != "workqueue":
        raise NotImplementedError("ends in a fault beside OpenMP; NUMBA_THREADING_LAYER=workqueue")
    nest: Any = importlib.import_module("nest")
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.ResetKernel()
    nest.SetKernelStatus({"local_num_threads": 1, "resolution": 1.0})
    own = {"tau_m": 10.0, "theta": -case.bias, "c_1": 0.0, "c_2": 1.0, "c_3": 0.5}
    neurons = nest.Create("ginzburg_neuron", case.neurons, params=own)
    weight = {"weight": nest.random.normal(mean=0.0, std=STD), "delay": 1.0}
    rule = {"rule": "fixed_indegree", "indegree": case.synapses}
    nest.Connect(neurons, neurons, rule, weight)
    nest.Simulate(30.0)
    return lambda n: nest.Simulate(10.0 * n)


SPARSE: dict[str, dict[str, Callable[[Sparse], Job]]] = {
    "a step": {
        "asynet": asynet_step,
        "torch": torch_step,
        "Brian2": brian_step,
        "NEST": nest_step,
    },
    "a lesson": {"asynet": asynet_lesson},
}
