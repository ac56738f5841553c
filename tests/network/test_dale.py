"""Signs that Dale's law gives are kept while weights learn, by every kernel alike."""

import numpy as np
import pytest
from kernel_cases import EVERY, make

from asynet.network import Network, Population, Projection
from asynet.network.afferents import Plasticity


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("rate", [0.25, -0.25])
def test_a_weight_that_would_change_its_sign_stops_at_zero(name, rate):
    """Two steps of `rate` onto every synapse: from 0.25, -0.25 and 0.25 without a sign; by hand."""
    weights = np.array([[0.25, -0.25, 0.25]] * 2)
    signs = np.array([1, -1, 0])
    a, b = Population("a", 3), Population("b", 2)
    network = Network((a, b), (Projection("a", "b", weights, None, signs),), (("a", "b"),))
    kernel = make(name, network)
    state, error = kernel.tensor(np.ones((2, 5))), kernel.tensor(np.full((2, 2), 1.0))
    kernel.learn("b", state, error, rate, Plasticity(0.0, False))
    kernel.download()
    free = weights + 2 * rate
    expected = np.where(signs > 0, free.clip(min=0), np.where(signs < 0, free.clip(max=0), free))
    onto = kernel.afferents["b"]
    np.testing.assert_array_equal(onto.weights, expected.T)
    np.testing.assert_array_equal(onto.effective, expected.T)
