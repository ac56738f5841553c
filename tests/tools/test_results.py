"""The pages show the numbers of results/, and whoever records or reproduces them is told apart."""

import json
import re
import shlex
import sys

import numpy as np
import pytest

from asynet.errors import UserError
from asynet.run.studies import find_study
from tools.results import __main__ as command_line
from tools.results import pages, record, reproduce, rows

NAMES = rows.names()
ROW = {"row": "x", "what": "a number", "unit": "nats"}


@pytest.fixture
def folder(tmp_path):
    """Return a folder with one file: two rows of a run, one of a paper, and a table."""
    place = tmp_path / "results"
    place.mkdir()
    content = {
        "about": "a test",
        "shared": {"unit": "nats", "command": "python -m asynet.run a.yaml --out {out}"},
        "tables": {"table": [["", "bound"], ["ours", "{bound:.1f} nats"], ["theirs", "{paper}"]]},
        "rows": [
            {"row": "bound", "what": "a bound", "value": -119.02, "error": 0.91, "n": 1000}
            | {"from": {"file": "summary.json", "key": "bound"}},
            {"row": "per_image", "what": "the same", "value": -2.0, "error": 0.5, "n": 2}
            | {"from": {"file": "likelihoods.npz", "key": "bound"}},
            {"row": "paper", "what": "theirs", "value": -86.34, "source": "a paper"}
            | {"command": None},
        ],
    }
    (place / "one.json").write_text(json.dumps(content))
    return place


@pytest.fixture
def run(tmp_path):
    """Return a run directory."""
    place = tmp_path / "run"
    place.mkdir()
    summary = {"bound": {"value": -118.0, "stderr": 0.8, "n": 1200}, "plain": 2.5}
    (place / "summary.json").write_text(json.dumps(summary))
    (place / "metrics.jsonl").write_text('{"seconds": 1}\n{"seconds": 7.5, "seconds_stderr": 2}\n')
    np.savez(place / "likelihoods.npz", bound=np.array([1.0, 3.0, 5.0]))
    said = {"command": "python -m asynet.run a.yaml train.lr=0.2 --out /somewhere/run"}
    said |= {"git_commit": "0123456789abcdef-dirty", "processor": "a chip", "threads": 2}
    (place / "environment.json").write_text(json.dumps(said | {"date": "2026-11-29"}))
    return place


def page(tmp_path, text):
    path = tmp_path / "page.md"
    path.write_text(text)
    return path


def stale(path, folder):
    return list(pages.stale(path, pages.Numbers(folder), path.parent))


def test_the_pages_show_the_numbers_of_the_files():
    numbers = pages.Numbers()
    assert [line for path in pages.pages() for line in pages.stale(path, numbers)] == []


def test_the_pages_have_markers():
    shown = "".join(path.read_text() for path in pages.pages())
    assert len(pages.TABLE.findall(shown)) >= 12
    assert len(pages.NUMBER.findall(shown)) >= 15
    assert [name for name in NAMES if f":{name}" not in shown] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_row_says_where_it_comes_from(name):
    known = rows.all_rows(name)
    assert len(known) == len(rows.read(name)["rows"])
    for key, row in known.items():
        assert rows.KEY.fullmatch(key)
        assert set(row) <= set(rows.FIELDS)
        assert row["what"]
        assert "unit" in row
        assert isinstance(row["value"], int | float)
        assert row.get("error") is None or row["error"] >= 0
        if row.get("source") is None:
            assert row["commit"], key
            assert row.get("processor") or row["unit"] not in ("s", "ms", "GFLOP/s"), key
            if row.get("command") is None:
                assert row["note"], key
                continue
            words = shlex.split(row["command"])
            assert words[0] in ("python", "asynet"), key
            if words[1:3] == ["-m", "asynet.run"]:
                assert find_study(words[3]).exists()
            if words[2:3] and words[2].startswith("benchmarks."):
                assert (rows.ROOT / "benchmarks" / f"{words[2].split('.')[1]}.py").exists(), key
        if "from" in row:
            assert "{out}" in row["command"], key
            assert set(row["from"]) == {"file", "key"}


def test_a_page_is_filled_and_then_fresh(tmp_path, folder):
    text = "<!-- results:one table -->\n<!-- end -->\n\nIt is <!-- r:one.bound -->?<!-- /r -->.\n"
    path = page(tmp_path, text)
    assert pages.update(path, pages.Numbers(folder), tmp_path)
    assert path.read_text() == (
        "<!-- results:one table -->\n\n| | bound |\n|---|---|\n| ours | −119.0 ± 0.9 nats |\n"
        "| theirs | −86.34 |\n\n<!-- end -->\n\nIt is "
        "<!-- r:one.bound -->−119.02 ± 0.91<!-- /r -->.\n"
    )
    assert stale(path, folder) == []
    assert not pages.update(path, pages.Numbers(folder), tmp_path)


def test_a_stale_number_is_named_by_its_line(tmp_path, folder):
    text = "<!-- results:one table -->\n<!-- end -->\n\nIt is <!-- r:one.bound -->?<!-- /r -->.\n"
    path = page(tmp_path, text)
    pages.update(path, pages.Numbers(folder), tmp_path)
    path.write_text(path.read_text().replace("−119.0 ± 0.9 nats", "−119.1 ± 0.9 nats"))
    (line,) = stale(path, folder)
    assert line.startswith("page.md:5: the page says '| ours | −119.1 ± 0.9 nats |'")
    rows.put("one", "bound", folder, value=-120.0)
    assert [line.split(": ")[0] for line in stale(path, folder)] == ["page.md:5", "page.md:10"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a <!-- r:one.none -->1<!-- /r -->", "page.md:1: one.none: results/one.json has no row"),
        ("a\nb <!-- r:two.x -->1<!-- /r -->", "page.md:2: two: not in results/; one are there"),
        ("a <!-- r:one.bound.note -->1<!-- /r -->", "page.md:1: bound.note: the row has no note"),
        ("a <!-- r:one.bound:q -->1<!-- /r -->", "page.md:1: bound:q: no format of Python"),
        ("a <!-- r:one.bound -->1", "page.md:1: 1 markers open, 0 of them"),
        ("<!-- r:one.bound -->1<!-- /r -->", "page.md:1: <!-- r:one.bound --> begins a line"),
        ("<!-- results:one other -->\n<!-- end -->", "page.md:1: results/one.json has no table"),
    ],
)
def test_a_faulty_marker_is_named(tmp_path, folder, text, problem):
    (line,) = stale(page(tmp_path, text + "\n"), folder)
    assert line.startswith(problem)


@pytest.mark.parametrize(
    ("value", "error", "form", "text"),
    [
        (-119.02, 0.91, "", "−119.02 ± 0.91"),
        (-119.02, 0.91, ".1f", "−119.0 ± 0.9"),
        (0.0005, None, ".2%", "0.05 %"),
        (0.032, 0.001, ".1%", "3.2 ± 0.1 %"),
        (15944, None, ",.0f", "15,944"),
        (0.01, 0.004, "+.2f", "+0.01 ± 0.00"),
        (325, None, "time", "5 min 25 s"),
    ],
)
def test_forms_of_a_number(value, error, form, text):
    assert rows.shown(ROW | {"value": value, "error": error}, "", form) == text


def test_a_run_directory_is_recorded(folder, run):
    lines = record.record("one", run, folder)
    assert lines == ["one.bound: −118.00 ± 0.80", "one.per_image: 3.0 ± 1.2"]
    known = rows.all_rows("one", folder)
    assert known["bound"] == {
        **{"row": "bound", "what": "a bound", "unit": "nats", "value": -118.0, "error": 0.8},
        "n": 1200,
        "command": "python -m asynet.run a.yaml train.lr=0.2 --out {out}",
        "from": {"file": "summary.json", "key": "bound"},
        "commit": "0123456789-dirty",
        "processor": "a chip, 2 threads",
        "date": "2026-11-29",
    }
    assert known["per_image"]["error"] == pytest.approx(2 / np.sqrt(3))
    assert known["paper"]["value"] == -86.34
    assert known["paper"]["command"] is None
    assert rows.read("one", folder)["shared"]["processor"] == "a chip, 2 threads"


@pytest.mark.parametrize(
    ("source", "number"),
    [
        (("summary.json", "plain"), record.Found(2.5)),
        (("metrics.jsonl", "seconds"), record.Found(7.5, 2)),
        (("summary.json", "bound.n"), record.Found(1200)),
    ],
)
def test_where_a_number_is_read(run, source, number):
    row = ROW | {"from": dict(zip(("file", "key"), source, strict=True))}
    assert record.found(row, run) == number


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("one.paper", "one.paper: no row says by `from`"),
        ("one.no", "one.no: no such row; bound, per_image, paper are there"),
        ("no", "no: not in results/"),
    ],
)
def test_what_cannot_be_recorded_is_refused(folder, run, pattern, problem):
    with pytest.raises(UserError, match=problem):
        record.record(pattern, run, folder)


def test_nothing_is_written_if_a_number_is_missing(folder, run):
    before = (folder / "one.json").read_text()
    (run / "likelihoods.npz").unlink()
    with pytest.raises(UserError, match=r"per_image: .*npz does not exist"):
        record.record("one", run, folder)
    (run / "summary.json").write_text('{"bound": null}')
    with pytest.raises(UserError, match=r"bound: .* has no number bound"):
        record.record("one.bound", run, folder)
    assert (folder / "one.json").read_text() == before


def test_a_resumed_run_has_no_one_command(folder, run):
    said = {"command": "python -m asynet.run --resume --out x", "git_commit": None, "threads": 1}
    (run / "environment.json").write_text(json.dumps(said))
    with pytest.raises(UserError, match="was resumed"):
        record.record("one", run, folder)


def test_far_numbers_are_told_from_near_ones(folder, run):
    near = reproduce.reproduce("one.bound", run, folder)
    assert near[0].apart == pytest.approx(1.02 / np.hypot(0.91, 0.8))
    assert reproduce.far(near) == []
    rows.put("one", "bound", folder, value=-124.0)
    far = reproduce.reproduce("one.*", run, folder)
    assert [one.row["row"] for one in reproduce.far(far)] == ["bound"]


def test_the_command_of_a_row_is_run(folder, tmp_path):
    """A program that writes a number stands for the run."""
    script = tmp_path / "measure.py"
    script.write_text(
        "import sys, json, pathlib\nout = pathlib.Path(sys.argv[1])\nout.mkdir()\n"
        "(out / 'summary.json').write_text(json.dumps({'bound': {'value': 1, 'stderr': 2}}))\n"
    )
    rows.put("one", "bound", folder, command=f"python {script} {{out}}")
    (one,) = reproduce.reproduce("one.bound", None, folder)
    assert one.new == record.Found(1.0, 2)
    rows.put("one", "bound", folder, command="python -c 'raise SystemExit(3)'")
    with pytest.raises(UserError, match="exit status 3"):
        reproduce.reproduce("one.bound", None, folder)
    assert reproduce.command({"command": "asynet run {out}"}, tmp_path)[:3] == [
        *(sys.executable, "-m", "asynet"),
    ]


def test_the_check_fails_on_a_stale_page(tmp_path, monkeypatch, capsys):
    path = page(tmp_path, "It is <!-- r:main_job.bound:.1f -->1<!-- /r -->.\n")
    monkeypatch.setattr(pages, "pages", lambda: [path])
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    assert command_line.main(["pages", "--check"]) == 1
    assert "page.md:1: the page says '1', the file gives '−" in capsys.readouterr().out
    assert command_line.main(["pages"]) == 0
    assert command_line.main(["pages", "--check"]) == 0


def test_a_far_number_ends_with_status_1(run, capsys):
    summary = {"bound": {"value": -50.0, "stderr": 1.0, "n": 5}}
    (run / "summary.json").write_text(json.dumps(summary))
    words = ["reproduce", "main_job.bound", "--run", str(run)]
    assert command_line.main(words) == 1
    assert "more than 4 standard errors apart: bound" in capsys.readouterr().out
    summary["bound"]["value"] = rows.all_rows("main_job")["bound"]["value"]
    (run / "summary.json").write_text(json.dumps(summary))
    assert command_line.main(words) == 0


@pytest.mark.parametrize(
    "words",
    [["record", "none", "."], ["set", "main_job.no such"], ["reproduce", "literature"]],
)
def test_a_mistake_is_one_line(words, capsys):
    assert command_line.main(words) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_no_table_of_the_pages_holds_measurements_of_its_own():
    typed = {}
    for path in pages.pages():
        rest = pages.TABLE.sub("", path.read_text())
        lines = [x for x in rest.splitlines() if x.startswith("|") and re.search(r"\d ± \d", x)]
        typed |= {path.name: lines} if lines else {}
    assert typed == {}
