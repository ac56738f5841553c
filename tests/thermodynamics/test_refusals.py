"""Nonsense in, one line out: which argument, which value, what is allowed."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nonsense import NONSENSE, answers_or_refuses
from oracle import NETWORKS

from asynet.network.kernels import make_kernel
from asynet.thermodynamics import measure_irreversibility
from asynet.thermodynamics.couplings import couplings_of, make_couplings
from asynet.thermodynamics.exact.gaussian import (
    gaussian_entropy_production,
    gaussian_ledger,
    stationary_covariance,
)
from asynet.thermodynamics.exact.ledger import exact_ledger, exact_log_likelihood
from asynet.thermodynamics.exact.markov import (
    binary_states,
    entropy_production_of_chain,
    exact_irreversibility,
    stationary,
)
from asynet.thermodynamics.from_states.kinetic_ising import (
    fit_kinetic_ising,
    kinetic_ising_estimate,
)
from asynet.thermodynamics.from_states.neep import neep
from asynet.thermodynamics.from_states.pairwise import decompose, decompose_joint
from asynet.thermodynamics.from_states.transitions import (
    RegimeWarning,
    controlled,
    extrapolated,
    plug_in,
    transition_counts,
    transitions,
    without_arrow,
)
from asynet.thermodynamics.from_states.uncertainty import uncertainty_bound
from asynet.thermodynamics.ledger import irreversibility_along, split_gap
from asynet.thermodynamics.length import (
    best_gaussian,
    equal_length,
    friction_of,
    log_weight,
    pilot_friction,
)
from asynet.thermodynamics.meter import Meter, measure_blocks, symmetrised_null
from asynet.thermodynamics.shrinkage import measure_shrinkage
from asynet.thermodynamics.thinning import best_end, best_spacing, thinning_friction
from asynet.walkback.walk import Chains

NETWORK = NETWORKS["synchronous"]
KERNEL, COUPLINGS = make_kernel("reference", NETWORK), couplings_of(NETWORK)
CHAINS, STATE = Chains(1, np.arange(3)), np.zeros((3, 5), np.float32)
FLAT, ONE = np.full(32, 1 / 32), np.eye(2)

# Each takes one argument that may be anything; the others are right.
OF_ONE = {
    "measure: kernel": lambda x: measure_irreversibility(x, STATE, 2, CHAINS),
    "measure: state": lambda x: measure_irreversibility(KERNEL, x, 2, CHAINS),
    "measure: chains": lambda x: measure_irreversibility(KERNEL, STATE, 2, x),
    "measure: temperature": lambda x: measure_irreversibility(KERNEL, STATE, 2, CHAINS, x),
    "shrinkage: state": lambda x: measure_shrinkage(KERNEL, x, 2, CHAINS),
    "shrinkage: rule": lambda x: measure_shrinkage(KERNEL, STATE, 2, CHAINS, 1.0, x),
    "along: state": lambda x: irreversibility_along(KERNEL, x, ONE[0] + 1, CHAINS),
    "along: temperatures": lambda x: irreversibility_along(KERNEL, STATE, x, CHAINS, None, 1, 1),
    "pilot: temperatures": lambda x: pilot_friction(KERNEL, NETWORK, STATE, x, CHAINS, 1, 2),
    "pilot: state": lambda x: pilot_friction(KERNEL, NETWORK, x, ONE[0] + 1, CHAINS, 1, 2),
    "split_gap": lambda x: split_gap(x, ALONG),
    "make_couplings": make_couplings,
    "make_couplings: bias": lambda x: make_couplings(ONE, x),
    "make_couplings: groups": lambda x: make_couplings(ONE, None, x),
    "make_couplings: alpha": lambda x: make_couplings(ONE, alpha=x),
    "make_couplings: sigma": lambda x: make_couplings(ONE, sigma=x),
    "couplings_of": couplings_of,
    "meter": Meter,
    "meter: temperature": lambda x: Meter(COUPLINGS, x),
    "measure_blocks": lambda x: measure_blocks(Meter(COUPLINGS), [x] * isinstance(x, np.ndarray)),
    "null: network": lambda x: symmetrised_null(x, 2, 1, CHAINS),
    "equal_length": lambda x: equal_length(x, 3),
    "friction_of": friction_of,
    "log_weight": lambda x: log_weight(COUPLINGS, x, 1.0),
    "best_gaussian": lambda x: best_gaussian(x, 2.0, 3, 0.5, 0.1),
    "thinning: t_max": lambda x: thinning_friction(judge, x),
    "thinning: steps": lambda x: thinning_friction(judge, 5.0, 2, x),
    "spacing: t_max": lambda x: best_spacing(judge, x, 5),
    "end: t_max": lambda x: best_end(judge, x, 5),
    "stationary": stationary,
    "chain": entropy_production_of_chain,
    "chain: pi": lambda x: entropy_production_of_chain((ONE + 1) / 3, x),
    "exact": exact_irreversibility,
    "exact: temperature": lambda x: exact_irreversibility(COUPLINGS, x),
    "binary_states": binary_states,
    "ledger: start": lambda x: exact_ledger(COUPLINGS, x, -3.0, np.log(FLAT), ONE[0] + 1),
    "ledger: prior": lambda x: exact_ledger(COUPLINGS, FLAT, -3.0, x, ONE[0] + 1),
    "ledger: temperatures": lambda x: exact_ledger(COUPLINGS, FLAT, -3.0, np.log(FLAT), x),
    "likelihood: visible": lambda x: exact_log_likelihood(COUPLINGS, np.log(FLAT), [1.0], x),
    "covariance: step": lambda x: stationary_covariance(x, ONE),
    "covariance: noise": lambda x: stationary_covariance(ONE / 2, x),
    "gaussian: noise": lambda x: gaussian_entropy_production(ONE / 2, x),
    "gaussian: data": lambda x: gaussian_ledger(ONE / 2, ONE, x, ONE, [1.0, 2.0]),
    "gaussian: prior": lambda x: gaussian_ledger(ONE / 2, ONE, ONE, x, [1.0, 2.0]),
    "transitions": transitions,
    "decompose_joint": decompose_joint,
}
OF_PAIRS = {
    "plug_in": plug_in,
    "counts": transition_counts,
    "extrapolated": lambda x, y: extrapolated(plug_in, x, y),
    "controlled": lambda x, y: controlled(plug_in, x, y, repeats=2),
    "without_arrow": lambda x, y: without_arrow(x, y, 3, 1),
    "decompose": decompose,
    "uncertainty": uncertainty_bound,
    "kinetic Ising": kinetic_ising_estimate,
    "fit": fit_kinetic_ising,
    "neep": lambda x, y: neep(x, y, hidden=2, steps=25, batch=8),
}


def judge(temperatures):
    return -np.full(3, float((np.diff(np.log(temperatures)) ** 2).sum()))


ALONG = irreversibility_along(KERNEL, STATE, np.array([1.0, 2.0]), CHAINS, None, 1, 1)


@pytest.mark.parametrize("name", OF_ONE)
@settings(max_examples=60)
@given(value=NONSENSE)
def test_one_argument(name, value):
    answers_or_refuses(OF_ONE[name], value)


@pytest.mark.parametrize("name", OF_PAIRS)
@settings(max_examples=60)
@given(one=NONSENSE, other=st.one_of(st.none(), NONSENSE))
def test_pairs(name, one, other):
    """Without another argument the pair is the same states twice, which fits."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RegimeWarning)
        answers_or_refuses(OF_PAIRS[name], one, one if other is None else other)


WRONG = [
    (lambda: measure_irreversibility(NETWORK, STATE, 2, CHAINS), "kernel: .* must be a kernel"),
    (lambda: measure_irreversibility(KERNEL, STATE[0], 2, CHAINS), r"state: .*\(5,\).*\(3, 5\)"),
    (lambda: measure_irreversibility(KERNEL, STATE[:2], 2, CHAINS), r"state: .*\(2, 5\).*\(3, 5\)"),
    (lambda: measure_irreversibility(KERNEL, STATE * np.nan, 2, CHAINS), "state: nan"),
    (lambda: measure_irreversibility(KERNEL, STATE, 0, CHAINS), "steps: 0 is not allowed"),
    (lambda: measure_shrinkage(KERNEL, STATE, 2, CHAINS, -1.0), "temperature: -1.0 is not"),
    (lambda: measure_shrinkage(KERNEL, STATE, 2, CHAINS, rule="stdp"), "rule: 'stdp' .* rate"),
    (lambda: make_couplings(ONE, np.zeros(3)), r"bias: .*\(3,\).*must be .*\(2,\)"),
    (lambda: make_couplings(ONE, groups=[[0], [0, 1]]), "groups: .* exactly once"),
    (lambda: make_couplings(ONE, alpha=1.5), "alpha: 1.5 is not allowed"),
    (lambda: make_couplings(ONE, sigma=[-1, 0]), "sigma: -1.0 is not allowed"),
    (lambda: stationary(ONE + 1), "transition: .*sum 1"),
    (lambda: stationary_covariance(ONE, ONE), "no stationary state"),
    (lambda: stationary_covariance(ONE / 2, -ONE), "noise: .*positive"),
    (lambda: transitions(np.zeros((1, 4))), "states: .*two steps"),
    (lambda: plug_in(ONE, np.zeros((3, 2))), r"after: .*\(3, 2\).*must be .*\(2, 2\)"),
    (lambda: plug_in(ONE, ONE / 2), "after: 0.5 is not allowed; must be 0 or 1"),
    (lambda: neep(ONE, ONE), "before: .*10 pairs"),
    (lambda: thinning_friction(judge, 5.0, 2, 3), "steps: 3 is not allowed; must be even"),
    (lambda: split_gap(np.zeros((0, 3)), ALONG), "log_weights: .*not empty"),
]


@pytest.mark.parametrize(("call", "message"), WRONG)
def test_the_line_says_what_is_wrong(call, message):
    with pytest.raises(ValueError, match=message):
        call()
