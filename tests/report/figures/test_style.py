import io

import matplotlib
from matplotlib import pyplot as plt

from asynet.report.figures.classes import class_histograms
from asynet.report.figures.style import RC

ELSEWHERE = {"font.size": 30, "figure.dpi": 40, "axes.facecolor": "red", "xtick.major.size": 20}


def png() -> bytes:
    """Draw and save a figure with ticks, text and bars."""
    buffer = io.BytesIO()
    class_histograms({"data": [0.5, 0.5], "cooled": [0.2, 0.8]}).savefig(buffer)
    return buffer.getvalue()


def test_a_figure_has_one_look_in_any_surroundings_and_leaves_them_alone():
    plain = png()
    with matplotlib.rc_context(ELSEWHERE):
        assert png() == plain
        assert matplotlib.rcParams["font.size"] == 30
    assert plt.get_fignums() == []


def test_every_setting_is_one_that_matplotlib_knows():
    assert set(RC) <= set(matplotlib.rcParams)
