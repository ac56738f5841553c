import json

import numpy as np
import pytest
from tiny import create, tiny
from typer.testing import CliRunner

import asynet as an
from asynet.analysis.compare import differences, not_paired, numbers, paired, read_runs
from asynet.cli.app import app
from asynet.errors import UserError


def made(folder, name, bounds, *overrides, rows=None):
    """Return the directory of a run whose test examples have these bounds, in nats."""
    path = folder / name
    create(path, tiny(folder, *overrides))
    mean = {"value": float(np.mean(bounds)), "stderr": 0.1, "n": len(bounds), "unit": "nats"}
    (path / "summary.json").write_text(json.dumps({"bound": mean}))
    lines = [
        {"step": step, "seconds": step / 2, "validation_bound": -9.0 + step, "epoch": step}
        for step in range(3)
    ]
    (path / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    rows = np.arange(len(bounds)) if rows is None else np.array(rows)
    np.savez(path / "likelihoods.npz", bound=np.array(bounds), bound_examples=rows)
    return path


def test_a_paired_error_leaves_out_what_is_hard_for_both(tmp_path):
    hard = 50 * np.random.default_rng(1).normal(size=100)
    gain = 2 + np.random.default_rng(2).normal(size=100)
    runs = read_runs([made(tmp_path, "a", hard), made(tmp_path, "b", hard + gain, "train.lr=0.2")])
    (row,) = paired(runs).rows
    assert row["difference"] == pytest.approx(gain.mean())
    assert row["difference_stderr"] == pytest.approx(gain.std(ddof=1) / 10)
    apart = np.hypot(hard.std(ddof=1), (hard + gain).std(ddof=1)) / 10
    assert row["unpaired"] == pytest.approx(apart)
    assert row["n"] == 100
    (change,) = differences(runs).rows
    assert change == {"key": "train.lr", "a": "0.3", "b": "0.2"}
    (number,) = numbers(runs).rows
    assert (number["key"], number["b"]) == ("bound", pytest.approx((hard + gain).mean()))


def test_pairs_are_made_by_the_row_of_the_test_split(tmp_path):
    first = made(tmp_path, "a", [1.0, 2.0, 3.0], rows=[0, 1, 2])
    second = made(tmp_path, "b", [30.0, 20.0, 7.0], rows=[2, 1, 9])
    (row,) = paired(read_runs([first, second])).rows
    assert (row["difference"], row["n"]) == ((18 + 27) / 2, 2)


def test_runs_on_other_data_are_not_paired(tmp_path):
    first = made(tmp_path, "a", [1.0, 2.0, 3.0])
    second = made(tmp_path, "b", [1.0, 2.0, 3.0], "data.count=21")
    third = made(tmp_path, "c", [1.0, 2.0, 3.0])
    (third / "likelihoods.npz").unlink()
    runs = read_runs([first, second, third])
    assert paired(runs).rows == []
    other, without = not_paired(runs)
    assert other.startswith("b: its data differ")
    assert without.startswith("c: no likelihoods.npz")


def test_python_and_the_page(tmp_path):
    paths = [made(tmp_path, "a", [1.0, 2.0, 3.0]), made(tmp_path, "b", [2.0, 3.0, 5.0], "seed=2")]
    found = an.compare(*paths)
    assert str(found.differences["b"]["bound"]) == "1.33 ± 0.33 nats (n = 3)"
    page = found.report(tmp_path / "page.html").read_text()
    for text in ("1.33 ± 0.33", "seed", "Validation bound along training"):
        assert text in page
    assert 'src="data:image/png' in page
    top, bottom = found.figure().axes
    assert len(top.get_lines()) == len(bottom.get_lines()) == 2
    np.testing.assert_array_equal(bottom.get_lines()[0].get_xdata(), [0, 0.5, 1])


def test_the_command(tmp_path):
    paths = [str(made(tmp_path, n, [1.0, 2.0 + k])) for k, n in enumerate("ab")]
    page = tmp_path / "page.html"
    result = CliRunner().invoke(app, ["compare", *paths, "--out", str(page), "--json"])
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert found["paired"][0]["difference"] == 0.5
    assert page.is_file()
    assert CliRunner().invoke(app, ["compare", *paths, "--out", str(page)]).exit_code == 0


@pytest.mark.parametrize("which", [["a"], ["a", "a"], ["a", "none"]])
def test_what_cannot_be_compared(tmp_path, which):
    made(tmp_path, "a", [1.0, 2.0])
    with pytest.raises(UserError):
        read_runs([tmp_path / name for name in which])


@pytest.mark.parametrize(
    "arrays",
    [
        {"bound": np.zeros(3), "bound_examples": np.arange(2)},
        {"bound": np.zeros((3, 1)), "bound_examples": np.arange(3)},
        {"bound": np.zeros(3), "bound_examples": np.zeros(3)},
        {"bound": np.array([{}] * 3, object), "bound_examples": np.arange(3)},
    ],
)
def test_likelihoods_that_do_not_fit_are_refused(tmp_path, arrays):
    path = made(tmp_path, "a", [1.0, 2.0])
    np.savez(path / "likelihoods.npz", **arrays)
    with pytest.raises(UserError, match=r"likelihoods.npz: corrupt"):
        read_runs([path, made(tmp_path, "b", [1.0, 2.0])])


def test_truncated_likelihoods_are_refused(tmp_path):
    path = made(tmp_path, "a", [1.0, 2.0])
    whole = (path / "likelihoods.npz").read_bytes()
    (path / "likelihoods.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserError, match=r"likelihoods.npz: corrupt"):
        read_runs([path, made(tmp_path, "b", [1.0, 2.0])])
