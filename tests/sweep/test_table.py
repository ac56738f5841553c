import csv
import json
import math

import pytest
from tiny import write_study

from asynet.errors import UserError
from asynet.sweep.cells import make_cells, read_axis
from asynet.sweep.page import figure_of, write_page
from asynet.sweep.sweep import claim, plan
from asynet.sweep.table import tables, write_tables
from asynet.sweep.work import Outcome


def swept(folder, bounds, axes=("train.lr=0.1,0.2",), seeds=(1, 2, 3)):
    """Return a sweep whose cells have these bounds; None stands for a cell that failed."""
    cells = make_cells([read_axis(text) for text in axes], seeds)
    sweep = plan(write_study(folder), cells, folder / "sweep")
    claim(sweep, resume=False)
    for cell, bound in zip(cells, bounds, strict=True):
        place = sweep.place(cell)
        place.mkdir()
        sweep.outcomes[cell.name] = Outcome("failed", "no luck")
        if bound is not None:
            summary = {"bound": {"value": bound, "stderr": 0.5, "n": 9, "unit": "nats"}}
            (place / "summary.json").write_text(json.dumps(summary))
            sweep.outcomes[cell.name] = Outcome("done")
    return sweep


def test_means_and_paired_differences(tmp_path):
    sweep = swept(tmp_path, [-10.0, -20.0, -30.0, -9.0, -18.0, -27.0])
    first, second = tables(sweep).means
    assert (first["mean"], first["seeds"], first["difference"]) == (-20.0, 3, None)
    assert first["stderr"] == pytest.approx(10 / math.sqrt(3))
    assert (second["mean"], second["difference"], second["pairs"]) == (-18.0, 2.0, 3)
    # Differences 1, 2, 3 have a standard deviation of 1: ten times less than the numbers have.
    assert second["difference_stderr"] == pytest.approx(1 / math.sqrt(3))


def test_only_seeds_that_both_have_are_paired(tmp_path):
    sweep = swept(tmp_path, [-10.0, None, -30.0, -9.0, -18.0, None])
    first, second = tables(sweep).means
    assert (first["mean"], first["seeds"]) == (-20.0, 2)
    assert (second["mean"], second["seeds"]) == (-13.5, 2)
    assert (second["difference"], second["difference_stderr"], second["pairs"]) == (1.0, None, 1)


def test_another_setting_to_compare_with(tmp_path):
    sweep = swept(tmp_path, [-10.0, -20.0, -30.0, -9.0, -18.0, -27.0])
    first, second = tables(sweep, {"train.lr": "0.2"}).means
    assert (first["difference"], second["difference"]) == (-2.0, None)
    with pytest.raises(UserError, match=r"--against train.lr=3: no settings have this"):
        tables(sweep, {"train.lr": "3"})


def test_files(tmp_path):
    sweep = swept(tmp_path, [-10.0, None, -30.0, -9.0, -18.0, -27.0])
    found = tables(sweep)
    write_tables(found, sweep.out)
    with (sweep.out / "cells.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["status"] for row in rows] == ["done", "failed", *["done"] * 4]
    assert rows[1]["why"] == "no luck"
    assert (rows[2]["bound"], rows[2]["bound_stderr"], rows[2]["seed"]) == ("-30.0", "0.5", "3")
    page = write_page(sweep, found).read_text()
    for text in ("−20 ± 10", "no luck", "1 failed", "0002-lr=0.1-seed=2/report.html"):
        assert (text in page) == (text != "0002-lr=0.1-seed=2/report.html")
    assert (sweep.out / "sweep.png").is_file()


def test_a_page_before_anything_is_done(tmp_path):
    sweep = swept(tmp_path, [None, None], seeds=None)
    found = tables(sweep)
    write_tables(found, sweep.out)
    assert "No cell is done yet" in write_page(sweep, found).read_text()


@pytest.mark.parametrize(
    ("axes", "lines", "scale"),
    [
        (("train.lr=0.001,0.1",), 1, "log"),
        (("train.lr=0.2,0.1", "train.rule=rate,spike"), 2, "linear"),
        (("train.rule=rate,spike", "train.lr=0.1,0.2"), 2, "linear"),
    ],
)
def test_figures_of_one_and_two_keys(tmp_path, axes, lines, scale):
    cells = 2 * len(axes) * 2
    sweep = swept(tmp_path, [-float(n) for n in range(cells)], axes, (1, 2))
    (panel,) = figure_of(tables(sweep)).axes
    assert len(panel.containers) == lines
    assert panel.get_xscale() == scale
    x = panel.containers[0].lines[0].get_xdata()
    assert list(x) == sorted(x)
    if axes[0].startswith("train.rule"):
        assert [label.get_text() for label in panel.get_xticklabels()] == ["rate", "spike"]


def test_three_keys_have_no_figure(tmp_path):
    axes = ("train.lr=0.1,0.2", "train.rule=rate,spike", "walk.t_max=2,3")
    sweep = swept(tmp_path, [-1.0] * 8, axes, None)
    assert figure_of(tables(sweep)) is None
    assert "3 keys vary" in write_page(sweep, tables(sweep)).read_text()
