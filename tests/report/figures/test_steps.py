"""The bound step by step: parts that add up, in nats and in bits/dim."""

import numpy as np
import pytest

from asynet.report.figures.steps import bits, bits_by_step, parts, size_of, table

STEPS = [
    {"half_step": 1, "temperature": 1.0, "group": "image", "difference": 4.0, "stderr": 0.1},
    {"half_step": 2, "temperature": 30.0, "group": "image", "difference": -1.5, "stderr": 0.2},
]
SIZE = 12


def summary(**more):
    bound = 4.0 - 1.5 - 20.0
    return {
        "ledger": STEPS,
        "log_prior": {"value": -20.0},
        "bound": {"value": bound},
        "bound_bits_per_dim": {"value": 8 - bound / (SIZE * np.log(2))},
    } | more


def test_parts_add_up_to_the_bound():
    found = parts(summary())
    assert [part.name for part in found] == ["1", "2", "p*"]
    assert sum(part.nats for part in found) == pytest.approx(-17.5)
    assert size_of(summary()) == SIZE
    total = sum(bits(part, SIZE) for part in found)
    assert total == pytest.approx(summary()["bound_bits_per_dim"]["value"])


def test_a_network_has_groups_and_its_first_hidden_state():
    steps = [
        step | {"group": name} for step, name in zip(STEPS, ("visible", "hidden"), strict=True)
    ]
    found = parts({"ledger": steps, "log_prior": {"value": -1}, "log_posterior": {"value": -3.0}})
    assert [part.name for part in found] == ["-ln q(h0|x)", "1 visible", "1 hidden", "p*"]
    assert sum(part.nats for part in found) == pytest.approx(4.0 - 1.5 - 1 + 3)


def test_the_table_says_bits_of_images_alone():
    rows = table(summary())
    assert rows[0] == ["step", "T", "adds, nats", "bits/dim"]
    assert rows[1] == ["1", "1", "4.00 ± 0.10", f"−{4 / (SIZE * np.log(2)):.4f}"]
    assert rows[3][:3] == ["p*", "", "−20"]
    assert table({"ledger": STEPS, "log_prior": {"value": -1.0}})[0] == rows[0][:3]


def test_the_figure_ends_at_p_star_and_at_the_bound():
    heat, bars, rest = bits_by_step(STEPS, -20.0, SIZE, gaussian=9.0).axes
    np.testing.assert_allclose(
        [bar.get_height() for bar in bars.patches], np.array([4, -1.5]) / (SIZE * np.log(2))
    )
    x, left = rest.lines[0].get_data()
    np.testing.assert_allclose(x, [0.5, 1.5, 2.5])
    nats = np.array([-17.5, -21.5, -20.0])
    np.testing.assert_allclose(left, 8 - nats / (SIZE * np.log(2)))
    assert heat.get_yscale() == "log"
    assert {text.get_text() for text in rest.texts} >= {"Gaussian 9.00", f"data {left[0]:.2f}"}
