"""Lessons of the spike rule: the very sample that predicts, from the uniforms that it must use."""

import numpy as np
import pytest
from oracle import NETWORKS, oracle_of

from asynet.network.kernels import make_kernel
from asynet.numerics import philox
from asynet.walkback.heat import heat
from asynet.walkback.walk import Chains

CHAINS = Chains(23, np.arange(40, 72))


@pytest.mark.parametrize("name", ["reference", "numba", "torch"])
@pytest.mark.parametrize("kind", NETWORKS)
def test_each_lesson_takes_the_uniforms_of_the_half_step_after_it(kind, name):
    """So also after the last one; where one pre-activation serves both, those of its own."""
    network, oracle = NETWORKS[kind], oracle_of(NETWORKS[kind])
    kernel = make_kernel(name, network, threads=1)
    state = kernel.tensor(np.random.default_rng(4).integers(0, 2, (32, network.size)))
    walk, lessons = [], []
    for moment in heat(kernel, state, [1.0, 2.5, 1.5], CHAINS, "spike"):
        walk += [] if moment.heated is None else [moment.heated]
        lessons += [] if moment.lesson is None else [moment.lesson]
    assert len(lessons) == len(walk) == 3 * len(network.order)
    for half, lesson in zip(walk, lessons, strict=True):
        assert (lesson.index, lesson.group) == (half.index, half.group)
        own = network.self_free(half.group)
        at = half.index if own else half.index + 1
        u = philox.uniforms(CHAINS.seed, CHAINS.indices, at, 0, network.size).astype(np.float64)
        before, after = (kernel.array(s) for s in (half.before, half.after))
        rho = 1 / (1 + np.exp(-oracle.drive(after, half.temperature) / half.temperature))
        for population in half.group:
            columns = network.columns(population)
            assert np.abs(u - rho)[:, columns].min() > 1e-6  # float32 decides alike
            error = kernel.array(lesson.responses[population].error)
            np.testing.assert_array_equal(error, before[:, columns] - (u < rho)[:, columns])
