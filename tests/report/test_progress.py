"""The bar shows when a run will end as soon as that can be known, in a terminal and in Jupyter."""

import io

import pytest
from rich.console import Console

from asynet.report.progress import bar, time_left


def bar_with_a_clock(monkeypatch, **console):
    progress = bar(Console(file=io.StringIO(), **console), "walks")
    now = [0.0]
    progress.get_time = lambda: now[0]
    return progress, now


def shown(progress):
    """Return what the bar says, as one line of text."""
    console = Console(file=io.StringIO(), width=120)
    console.print(progress.get_renderable())
    return " ".join(console.file.getvalue().split())


def advance(progress, now, task, seconds, completed):
    now[0] = seconds
    progress.update(task, completed=completed)


def test_the_end_is_known_from_the_first_walk_on(monkeypatch):
    """10 of 100 walks in 4 s: 36 s are left."""
    progress, now = bar_with_a_clock(monkeypatch)
    task = progress.add_task("run", total=100, say="")
    assert "0/100 walks -:--:--" in shown(progress)
    advance(progress, now, task, 4.0, 10)
    assert time_left(progress.tasks[0]) == pytest.approx(36)
    assert "10/100 walks 0:00:36" in shown(progress)


def test_a_run_that_goes_on_counts_its_own_walks(monkeypatch):
    """10 walks in 5 s after 40 that were done before: 50 walks are left, so 25 s."""
    progress, now = bar_with_a_clock(monkeypatch)
    task = progress.add_task("run", total=100, completed=40, begun=40, say="")
    assert time_left(progress.tasks[0]) is None
    advance(progress, now, task, 5.0, 50)
    assert time_left(progress.tasks[0]) == pytest.approx(25)


def test_slow_walks_have_an_end_too(monkeypatch):
    """A walk a minute, which rich's window of 30 s never sees: 7 walks are left after 3."""
    progress, now = bar_with_a_clock(monkeypatch)
    task = progress.add_task("run", total=10, say="")
    for walk in (1, 2, 3):
        advance(progress, now, task, 60.0 * walk, walk)
    assert time_left(progress.tasks[0]) == pytest.approx(7 * 60)


@pytest.mark.parametrize("console", [{"force_terminal": True}, {"force_jupyter": True}])
def test_the_bar_is_the_same_in_jupyter(monkeypatch, console):
    progress, now = bar_with_a_clock(monkeypatch, **console)
    assert not progress.disable
    task = progress.add_task("run", total=100, say="bound −90 nats")
    advance(progress, now, task, 4.0, 10)
    assert shown(progress).endswith("10/100 walks 0:00:36 bound −90 nats")


def test_nothing_is_drawn_elsewhere(monkeypatch):
    progress, _ = bar_with_a_clock(monkeypatch, force_terminal=False, force_jupyter=False)
    assert progress.disable
