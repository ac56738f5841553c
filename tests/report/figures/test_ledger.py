import numpy as np
import pytest
from matplotlib.colors import same_color

from asynet.report.figures.ledger import ledger
from asynet.report.figures.style import GROUPS

HALF_STEPS = [
    {"half_step": 1, "temperature": 1.0, "group": "visible", "difference": -30.0, "stderr": 1.0},
    {"half_step": 2, "temperature": 1.0, "group": "hidden", "difference": 5.0, "stderr": 1.0},
    {"half_step": 3, "temperature": 4.0, "group": "visible", "difference": 40.0, "stderr": 1.0},
]


def bars(axes):
    """Return (middle, from, to, colour) of each bar, from left to right."""
    return sorted(
        (p.get_x() + p.get_width() / 2, p.get_y(), p.get_y() + p.get_height(), p.get_facecolor())
        for p in axes.patches
    )


@pytest.mark.parametrize(("hottest", "scale"), [(4.0, "linear"), (4000.0, "log")])
def test_temperatures_that_grow_much_have_a_logarithmic_scale(hottest, scale):
    steps = [dict(line) for line in HALF_STEPS]
    steps[-1]["temperature"] = hottest
    assert ledger(steps).axes[0].get_yscale() == scale


def test_ledger_colours_bars_by_group_and_adds_them_up():
    heat, differences, running = ledger(HALF_STEPS).axes
    drawn = bars(differences)
    assert [bar[2] for bar in drawn] == [-30, 5, 40]
    assert same_color(drawn[0][3], GROUPS[0])
    assert same_color(drawn[1][3], GROUPS[1])
    assert same_color(drawn[2][3], GROUPS[0])
    np.testing.assert_array_equal(running.lines[0].get_ydata(), [-30, -25, 15])
    assert len(running.patches) == 0
    assert list(heat.patches[0].get_data().values) == [1, 1, 4]


def test_ledger_starts_with_the_posterior_and_ends_at_the_bound():
    _, _, running = ledger(HALF_STEPS, log_prior=-300.0, log_posterior=-100.0).axes
    np.testing.assert_array_equal(running.lines[0].get_ydata(), [70, 75, 115])
    first, last = bars(running)
    assert first[0] < 1
    assert first[1:3] == (0, 100)
    assert last[0] > 3
    assert last[1:3] == (115, -185)
    assert any("total = −185" in text.get_text() for text in running.texts)
    low, high = running.get_ylim()
    assert low < -185
    assert high > 115


@pytest.mark.parametrize("count", [1, 8])
def test_ledger_colours_any_number_of_groups(count):
    steps = [HALF_STEPS[0] | {"half_step": k, "group": f"group {k}"} for k in range(count)]
    assert len(ledger(steps).axes[1].patches) == count
