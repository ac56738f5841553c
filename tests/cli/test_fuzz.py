"""Random studies, many of them wrong, through --dry-run: accepted, or one line and exit 2."""

import random
import signal
import subprocess
import sys
from collections import Counter

import pytest
from tiny import write_study
from typer.testing import CliRunner

from asynet.cli.app import run_app
from asynet.run import dry_run
from asynet.study.keys import keys

STUDIES = 1000
AS_PROCESSES = 30
SECONDS = 60  # for one study; those that take longer were accepted, and train
VALUES = (
    *("0", "1", "2", "3", "7", "12", "50", "-1", "1000000000", "9223372036854775808", "1e400"),
    *("0.5", "0.01", "1.5", "1e-9", "1e9", "-0.1", ".nan", ".inf", "true", "false", "null", "''"),
    *(
        "[]",
        "[1]",
        "[1, 2, 3]",
        "[a]",
        "{}",
        "{a: 1}",
        "{visible: [0, 2]}",
        "[[visible], [hidden]]",
    ),
    *(
        "visible",
        "hidden",
        "x/y",
        "../..",
        "\xff",
        "\x00",
        "a\nb",
        "!!python/none",
        "&a 1",
        "[",
        "é",
    ),
)
OPERATOR = ("network=null", "operator={kind: mlp, widths: [4], law: bernoulli}", "walk={steps: 2}")


def overrides(number: int) -> list[str]:
    """Return what one study changes: keys of the schema, and values that may suit them."""
    rng, known = random.Random(number), list(keys())
    changed = list(OPERATOR) if rng.random() < 0.15 else []
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        key = rng.choice(known)
        path = key.path.replace("NAME", rng.choice(["visible", "hidden", "new"]))
        choices = [word.strip(" .") for word in key.allowed.replace(" or ", ", ").split(",")]
        value = rng.choice(choices if rng.random() < 0.3 else VALUES)
        if rng.random() < 0.05:
            path = path[:-1]
        changed.append(f"{path}={value}")
    return changed


def outcome(status: int, error: str) -> str:
    """Return accepted, refused, or what else came of it."""
    if status == 0 and not error:
        return "accepted"
    line = error[:-1]
    return "refused" if status == 2 and line.isprintable() and line else f"{status}: {error[-300:]}"


class TooLong(BaseException):
    """Raised by the alarm."""


def too_long(*_):
    raise TooLong


def dry(study, number):
    words = [str(study), *overrides(number), "--dry-run"]
    signal.alarm(SECONDS)
    try:
        done = CliRunner().invoke(run_app, words)
    except TooLong:
        return "accepted"
    finally:
        signal.alarm(0)
    if isinstance(done.exception, TooLong):
        return "accepted"
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        return f"{type(done.exception).__name__}: {done.exception}"[:300]
    return outcome(done.exit_code, done.stderr)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_random_studies(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(dry_run, "TIMED_SECONDS", 0.0)
    study, before = write_study(tmp_path), signal.signal(signal.SIGALRM, too_long)
    try:
        found = [dry(study, number) for number in range(STUDIES)]
    finally:
        signal.signal(signal.SIGALRM, before)
    counts = Counter(found)
    print(counts.most_common())
    wrong = {n: (overrides(n), o) for n, o in enumerate(found) if o not in ("accepted", "refused")}
    assert not wrong
    assert min(counts["accepted"], counts["refused"]) > STUDIES / 20, "both kinds were tried"


@pytest.mark.slow
@pytest.mark.parametrize("number", range(AS_PROCESSES))
def test_random_studies_as_processes(tmp_path, number):
    changed = [word for word in overrides(number) if "\x00" not in word]
    words = [sys.executable, "-m", "asynet.run", str(write_study(tmp_path)), *changed, "--dry-run"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert outcome(done.returncode, done.stderr) in ("accepted", "refused")
