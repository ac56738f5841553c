"""Free activity: after its burn-in, entropy production is measured by chains of its own."""

import numpy as np

from asynet.network import Network, Population, Projection
from asynet.network.kernels import make_kernel
from asynet.run.measure.population import BURN_IN, N_CHAINS, STEPS, free_activity
from asynet.thermodynamics import measure_irreversibility
from asynet.walkback.walk import Chains, walk


def test_it_is_one_walk_and_then_fresh_chains():
    weights = np.random.default_rng(2).normal(0, 1.5, (3, 3))
    network = Network((Population("n", 3),), (Projection("n", "n", weights),), (("n",),))
    kernel, chains = make_kernel("reference", network), Chains(7, np.arange(N_CHAINS))
    before, after, produced = free_activity(kernel, 7)
    state = walk(kernel, kernel.tensor(np.zeros((N_CHAINS, 3))), np.ones(BURN_IN), chains)
    pairs = len(before) // N_CHAINS
    np.testing.assert_array_equal(before[:N_CHAINS], state)
    end = walk(kernel, state, np.ones(pairs), chains, steps_done=BURN_IN)
    np.testing.assert_array_equal(after[-N_CHAINS:], end)
    np.testing.assert_array_equal(before[N_CHAINS:], after[:-N_CHAINS])
    fresh = Chains(7, N_CHAINS + np.arange(N_CHAINS))
    flow = measure_irreversibility(kernel, end, STEPS, fresh)
    assert (produced.value, produced.stderr) == (flow.entropy_production, flow.stderr)
