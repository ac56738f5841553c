"""By torchrun: do shared kernels give the bits of a single process, and share the work?

Prints, from each process, `same` and how many rows its own kernel was asked for.
"""

import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

import numpy as np
from kernel_cases import Case, make, network_of, use
from tiny import tiny

from asynet import processes
from asynet.network import Network, Population, Projection
from asynet.network.afferents import Plasticity
from asynet.network.kernels import make_kernel, shared
from asynet.network.kernels.sliced import SlicedKernel
from asynet.network.strata import OnePerStratum
from asynet.run.build import build_trainer
from asynet.run.measure.summary import summarise
from asynet.run.training import train_walk
from asynet.walkback import smc
from asynet.walkback.walk import Chains, Clamp, blocks, walk

SPIKES = ("bernoulli", "bernoulli")
MADE = {
    "dense": Case(3, (90, 60), SPIKES, 61, 0.7, False, True, False, 3.7, 1.0, False,
                  Plasticity(0.3, True, False), 0.99, True),
    "spike errors": Case(4, (90, 60), SPIKES, 7, 1.0, False, False, True, 1.0, 1.0, True,
                         Plasticity(0.0, True, True), 1.0, False),
    "masked, analogue": Case(5, (40, 61), ("gaussian", "bernoulli"), 20, 0.7, True, True, False,
                             3.7, 3.7, False, Plasticity(0.9, True, False), 0.99, False),
    "one chain": Case(6, (20, 30), SPIKES, 1, 1.0, False, False, False, 1.0, 1.0, False,
                      Plasticity(), 1.0, True),
}  # fmt: skip


def say(line):
    """Print a line at once, so that lines of two processes do not mix."""
    sys.stdout.write(line + "\n")


def counted(kernel, rows):
    """Note of each question how many rows it has."""
    respond = kernel.respond

    def asked(population, state, *rest):
        rows.append(len(state))
        return respond(population, state, *rest)

    kernel.respond = asked
    return kernel


def compare_parts():
    """Walk a network of which each process holds a part, and the whole one; no parts overlap."""
    populations = Population("a", 1003), Population("b", 77)
    inputs = {"a": ("a", "b"), "b": ("a",)}
    rule = OnePerStratum(30, mean=0.05, std=0.3, seed=7)

    def rows(post, pre, own):
        return rule.rows({"a": 1003, "b": 77}[pre], own, post == pre)

    projections = tuple(
        Projection(pre, post.name, rows(post.name, pre, slice(0, post.size)))
        for post in populations
        for pre in inputs[post.name]
    )
    rest = {"bias": {"a": np.linspace(-2, 1, 1003)}, "alpha": 0.8, "order": (("b",), ("a",))}
    whole = make_kernel("numba", Network(populations, projections, **rest), threads=1)
    part = SlicedKernel(Network(populations, (), **rest), inputs, rows)
    held = part.n_synapses
    assert abs(held - 30 * (2 * 1003 + 77) / 2) < 30 * 2 * 8, held
    chains = Chains(5, np.array([3, 2**40, 9]))
    start = whole.tensor(np.random.default_rng(1).random((3, 1080)) < 0.3)
    drive = np.linspace(0, 1, 1080)
    ends = [walk(k, start, [1.0, 2.0] * 5, chains, drive=lambda _: drive) for k in (whole, part)]
    np.testing.assert_array_equal(*ends)
    assert 0.05 < ends[0].mean() < 0.95


def compare_walks():
    """Walk in one call, free, held and driven; each process walks its own chains alone."""
    pair = (Population("a", 70), Population("b", 33))
    rng, rows = np.random.default_rng(3), 7
    weights = {("a", "b"): rng.normal(0, 0.3, (33, 70)), ("b", "a"): rng.normal(0, 0.3, (70, 33))}
    network = Network(pair, tuple(Projection(*ends, w) for ends, w in weights.items()))
    start = rng.integers(0, 2, (rows, 103)).astype(np.float32)
    held, each = rng.random(103) < 0.3, rng.integers(0, 2, (20, rows, 103)).astype(float)
    currents = rng.normal(0, 2, (20, rows, 103))
    chains, temperatures = Chains(9, np.arange(rows) * 2**40), [1.0, 2.0, 0.7, 1.0]
    alone, rows_walked = make("numba", network), []
    counted_one = make("numba", network)
    stride = counted_one.stride

    def asked(state, stretch):
        rows_walked.append((len(state), len(stretch.chains)))
        return stride(state, stretch)

    counted_one.stride = asked
    together = shared.SharedKernel(counted_one)
    for clamp, drive in (
        (None, None),
        (Clamp(held, each[0, 0]), currents[0, 0]),
        (lambda step: Clamp(np.roll(held, step), each[step]), lambda step: currents[step]),
    ):
        arguments = {"steps_done": 5, "clamp": clamp, "drive": drive, "keep": True}
        one, all_of_us = (
            list(blocks(kernel, start, temperatures, chains, **arguments))
            for kernel in (alone, together)
        )
        for here, there in zip(one, all_of_us, strict=True):
            assert here.after.dtype == there.after.dtype
            np.testing.assert_array_equal(here.after, there.after)
            np.testing.assert_array_equal(here.packed, there.packed)
    mine = processes.share(rows)
    assert set(rows_walked) == {(mine.stop - mine.start,) * 2}, rows_walked


TRAINED = (
    "walk={prologue: 6, heated: 0.5, t_max: 3, factor: 1.5, cooling: 3, epilogue: 5}",
    "train.rule=reciprocal",
    "train.step_weight=temperature",
    "evaluate.smc_walks=4",
    "evaluate.equilibrium={steps: 20, chains: 9, reverse: 5}",
    "network.populations={visible: {size: 30}, hidden: {size: 25}}",
    "data.size=30",
)


def compare_training():
    """Train, scored, watched or neither, and measure the model with all estimators."""
    smc.STATES = 12  # three of five examples at once
    for updates in ("online", "batch", "ends"):
        compare_updates((*TRAINED, f"train.updates={updates}"))


def compare_updates(keys):
    """Train and measure alone, and together."""
    found = []
    for share in (processes.alone, nullcontext):
        with tempfile.TemporaryDirectory() as folder, share():
            trainer = build_trainer(tiny(Path(folder), *keys), "cpu")
            assert isinstance(trainer.dynamics, shared.SharedKernel) == (processes.count() > 1)
            watches = (None, None, lambda *_: None)
            reports = [train_walk(trainer, k % 2 == 0, watches[k % 3]) for k in range(6)]
            results = summarise(trainer, lambda _: None)
        found.append(
            (reports, trainer.learner.arrays(), results.summary, results.likelihoods),
        )
    np.testing.assert_equal(*found)
    assert {"smc", "equilibrium", "importance_sampled"} <= set(found[0][3]), set(found[0][3])


def compare_sums_beyond_the_grid():
    """Learn from sums that round, of 700 chains; the order of additions decides how."""
    pair = (Population("a", 40), Population("b", 33))
    weights = np.zeros((33, 40))
    network = Network(pair, (Projection("a", "b", weights),))
    rng = np.random.default_rng(2)
    state, error = np.ones((700, 73)), 1 - rng.integers(1, 2**15, (700, 33)) / 2**16
    learned = []
    for name in ("reference", "numba"):
        for shared_out in (False, True):
            kernel = make(name, network)
            kernel = shared.SharedKernel(kernel) if shared_out else kernel
            kernel.learn("b", kernel.tensor(state), kernel.tensor(error), 0.01, Plasticity())
            kernel.download()
            learned.append(kernel.afferents["b"].weights.copy())
        np.testing.assert_array_equal(*learned[-2:], name)
    assert learned[0].min() > 700 / 2 * 0.01


def main():
    """Compare all kernels in all cases."""
    shared.WORTH_SHARING, shared.WORTH_ADDING_UP = 0, 1
    processes.join("cpu")
    say(f"{processes.count()} {processes.share(7)}")
    for what, case in MADE.items():
        for name in ("reference", "numba", "torch"):
            network, rows = network_of(case), []
            alone = use(case, make(name, network))
            whole = use(case, shared.SharedKernel(counted(make(name, network), rows)))
            np.testing.assert_equal(whole, alone, f"{what}, {name}")
            mine = processes.share(case.batch) if case.batch > 1 else slice(0, 1)
            assert set(rows) == {mine.stop - mine.start}, (what, name, rows)
    compare_parts()
    compare_walks()
    compare_training()
    compare_sums_beyond_the_grid()
    first = processes.from_first(lambda: processes.is_first() and "first")
    assert (first, processes.any_of(not processes.is_first())) == ("first", True)
    say("same")


main()
