"""Nonsense in, one line out: which argument, which value, what is allowed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nonsense import NONSENSE, answers_or_refuses

from asynet.symmetry.measure import measure_symmetry, symmetric_and_antisymmetric
from asynet.symmetry.motifs import count_triads, measure_motifs, rewired
from asynet.symmetry.reciprocity import eta_null, measure_reciprocity, sommers_eta
from asynet.symmetry.spectra import align_modes, measure_non_normality, sommers_ellipse

OF_ONE = [
    measure_symmetry,
    symmetric_and_antisymmetric,
    count_triads,
    eta_null,
    measure_reciprocity,
    sommers_eta,
    measure_non_normality,
    sommers_ellipse,
]
OF_TWO = [sommers_eta, align_modes, rewired]


@pytest.mark.parametrize("call", OF_ONE)
@given(value=NONSENSE)
def test_one_argument(call, value):
    answers_or_refuses(call, value)


@pytest.mark.parametrize("call", OF_TWO)
@given(one=NONSENSE, other=NONSENSE)
def test_two_arguments(call, one, other):
    answers_or_refuses(call, one, other)


@given(exists=NONSENSE, draws=st.integers(-2, 3), seed=st.integers(-1, 2))
def test_motifs(exists, draws, seed):
    answers_or_refuses(measure_motifs, exists, draws, seed)


SQUARE = np.ones((3, 3))
WRONG = [
    (measure_symmetry, (np.ones((2, 3)),), r"weights: .*\(2, 3\).* must be .*\(N, N\)"),
    (measure_symmetry, (SQUARE * np.nan,), "weights: nan is not allowed; must be finite"),
    (sommers_eta, (SQUARE, np.ones((2, 2))), r"exists: .*must be .*shape \(3, 3\)"),
    (count_triads, (SQUARE / 2,), "exists: 0.5 is not allowed; must be 0 or 1"),
    (align_modes, (np.ones((2, 3)), np.ones((2, 3))), r"down: .*must be .*shape \(3, 2\)"),
    (measure_motifs, (SQUARE, 1, 1), "draws: 1 is not allowed"),
    (rewired, (SQUARE, -1), "seed: -1 is not allowed"),
    (sommers_ellipse, (np.ones((1, 1)),), "weights: .*two neurons"),
]


@pytest.mark.parametrize(("call", "arguments", "message"), WRONG)
def test_the_line_says_what_is_wrong(call, arguments, message):
    with pytest.raises(ValueError, match=message):
        call(*arguments)
