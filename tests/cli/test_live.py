"""The command `asynet live`."""

import pytest
from tiny import tiny
from typer.testing import CliRunner

import asynet.run.run
from asynet.cli.app import app
from asynet.cli.live import size_of
from asynet.errors import UserError
from asynet.run.run import run_study

OPERATOR = "name: op\ndata: {name: swiss_roll}\noperator: {kind: mlp, law: gaussian, hidden: [8]}\n"


def call(*words):
    result = CliRunner().invoke(app, ["live", *map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize(
    ("text", "size"), [("1MB", 10**6), ("800 kB", 800_000), ("1.5mb", 1_500_000), ("7B", 7)]
)
def test_sizes(text, size):
    assert size_of(text) == size


@pytest.mark.parametrize("text", ["", "1", "MB", "-1MB", "0MB", "1MiB", "1e3KB", "nan MB"])
def test_what_is_no_size(text):
    with pytest.raises(UserError, match="must be a size such as 1MB"):
        size_of(text)


def test_the_command_writes_the_page_and_says_how_large_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(asynet.run.run, "draw_run", lambda *_: iter(()))
    run = tmp_path / "run"
    run_study(tiny(tmp_path, "train.epochs=1"), run)
    code, out, err = call(run)
    assert (code, err) == (0, "")
    assert out.startswith(f"Page: {run / 'live.html'} (0.0")
    assert out.endswith(" MB)\n")
    page = tmp_path / "a.html"
    code, out, err = call(run, "--max-size", "80KB", "--out", page, "--snapshots", 2)
    assert (code, err) == (0, "")
    assert out == f"Page: {page} ({page.stat().st_size / 1e6:.2f} MB)\n"
    assert page.stat().st_size <= 80_000
    for words, complaint in (
        ([run, "--max-size", "1MiB"], "--max-size 1MiB: must be a size such as 1MB or 800KB"),
        ([run, "--max-size", "1KB"], "a page of 0.001 MB is too small: it takes 0.0"),
        ([tmp_path / "no"], "no: holds no run (study.yaml is missing)"),
    ):
        code, out, err = call(*words)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert complaint in err
