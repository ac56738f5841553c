"""Random networks and random uses of them, for tests that compare kernels."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import strategies as st

from asynet.network import Network, Population, Projection
from asynet.network.afferents import Plasticity
from asynet.network.kernels import Fire, Teach, make_kernel
from asynet.numerics.exact import snap

LEARNED = ("weights", "effective", "velocity", "bias", "bias_velocity", "mean")
CUDA = pytest.param(
    "cuda",
    marks=[
        pytest.mark.cuda,
        pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here"),
    ],
)
OTHERS = ["numba", "torch", CUDA]
EVERY = ["reference", *OTHERS]


def make(name, network, threads=1):
    if name == "cuda":
        return make_kernel("torch", network, "cuda")
    return make_kernel(name, network, threads=threads)


@dataclass(frozen=True)
class Case:
    """One random network and one way to use it."""

    seed: int
    sizes: tuple
    laws: tuple
    batch: int
    alpha: float
    masked: bool
    signed: bool
    fixed: bool
    hot: float
    taught: float
    spikes: bool
    plasticity: Plasticity
    shrink: float
    at_once: bool


CASES = st.integers(1, 3).flatmap(
    lambda n: st.builds(
        Case,
        seed=st.integers(0, 2**63 - 1),
        sizes=st.tuples(*[st.integers(1, 140)] * n),
        laws=st.tuples(*[st.sampled_from(["bernoulli"] * 4 + ["gaussian"])] * n),
        batch=st.one_of(st.integers(1, 20), st.integers(50, 90)),
        alpha=st.sampled_from([1.0, 0.7, 0.1]),
        masked=st.booleans(),
        signed=st.booleans(),
        fixed=st.booleans(),
        hot=st.sampled_from([1.0, 3.7, 40.0]),
        taught=st.sampled_from([1.0, 3.7, 0.5]),
        spikes=st.booleans(),
        plasticity=st.builds(
            Plasticity, st.sampled_from([0.0, 0.3, 0.9]), st.booleans(), st.booleans()
        ),
        shrink=st.sampled_from([1.0, 0.99]),
        at_once=st.booleans(),
    )
)


def network_of(case):
    rng = np.random.default_rng(case.seed)
    names = "abc"[: len(case.sizes)]
    size = dict(zip(names, case.sizes, strict=True))
    projections = []
    for post in names:
        for pre in names:
            if len(names) > 1 and rng.random() < 0.3:
                continue
            weights = rng.normal(0, 0.3, (size[post], size[pre]))
            mask = rng.random(weights.shape) < 0.6 if case.masked and rng.random() < 0.7 else None
            signs = rng.integers(-1, 2, size[pre]) if case.signed and rng.random() < 0.7 else None
            if signs is not None:
                weights = np.where(signs == 0, weights, np.abs(weights) * signs)
            weights = weights if mask is None else weights * mask
            plastic = not (case.fixed and rng.random() < 0.5)
            projections.append(Projection(pre, post, weights, mask, signs, plastic))
    populations = tuple(
        Population(name, size[name], law, 0.7 if law == "gaussian" else 1.0)
        for name, law in zip(names, case.laws, strict=True)
    )
    some = {name: rng.normal(0, 1, size[name]) for name in names}
    rest = {name: rng.normal(0, 1, size[name]) for name in names[1:]}
    return Network(populations, tuple(projections), (tuple(names),), case.alpha, some, rest)


def random_states(network, batch, rng):
    columns = []
    for population in network.populations:
        shape = batch, population.size
        spikes = (rng.random(shape) < rng.choice([0.1, 0.5, 0.9])).astype(np.float64)
        analogue = population.law == "gaussian"
        columns.append(snap(rng.normal(0, 1, shape)) if analogue else spikes)
    return np.concatenate(columns, axis=1)


def use(case, kernel):
    """Respond and learn three times; return everything that came out, as NumPy arrays."""
    rng = np.random.default_rng(case.seed)
    network, found = kernel.network, []
    chains = rng.integers(0, 2**56, case.batch)
    for step in (1, 2**31 + 1, 7):
        state, target = (random_states(network, case.batch, rng) for _ in range(2))
        kernel.track(kernel.tensor(state))
        for population in network.populations:
            columns = network.columns(population.name)
            fire = Fire(case.hot, case.seed, chains, step)
            teach = Teach(case.taught, kernel.tensor(target[:, columns]), case.spikes)
            response = kernel.respond(population.name, kernel.tensor(state), fire, teach, True)
            kernel.learn(
                population.name,
                kernel.tensor(state),
                response.error,
                0.5 / case.batch,
                case.plasticity,
                case.shrink if case.at_once else None,
            )
            answers = response.sample, response.error, response.log_q, response.log_p
            found.append([kernel.array(answer) for answer in answers])
        if not case.at_once:
            for population in network.populations:
                kernel.commit(population.name, case.shrink, case.plasticity)
    kernel.download()
    learned = {
        (name, key): getattr(onto, key).copy()
        for name, onto in kernel.afferents.items()
        for key in LEARNED
    }
    return found, learned


def agree(case, one, other, analogue):
    """Bit for bit; analogue samples may differ by one step of the grid, through their cosines."""
    for (sample, error, log_q, log_p), theirs in zip(one[0], other[0], strict=True):
        assert theirs[0].dtype == sample.dtype
        assert theirs[1].dtype == error.dtype
        np.testing.assert_allclose(theirs[0], sample, rtol=0, atol=2.0**-16 if analogue else 0)
        np.testing.assert_allclose(theirs[1], error, rtol=0, atol=2.0**-15 if analogue else 0)
        terms = sample.shape[1]  # each may be off by the rounding of a float32 near 10
        for log, their in ((log_q, theirs[2]), (log_p, theirs[3])):
            assert their.dtype == np.float64
            np.testing.assert_allclose(their, log, rtol=1e-5, atol=1e-6 * terms)
    assert one[1].keys() == other[1].keys()
    for key, array in one[1].items():
        assert other[1][key].dtype == array.dtype, key
        if analogue:
            np.testing.assert_allclose(other[1][key], array, rtol=0, atol=1e-5, err_msg=str(key))
        else:
            np.testing.assert_array_equal(other[1][key], array, err_msg=str(key))


DENSE = Case(5, (130, 90), ("bernoulli",) * 2, 61, 1.0, False, False, False, 1.0, 1.0, False,
             Plasticity(0.5, True), 0.999, True)  # fmt: skip
