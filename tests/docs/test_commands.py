"""Every command of asynet in README.md and docs/ is one: its options exist, its study reads."""

import re
import shlex
from pathlib import Path

import click
import pytest
import typer

from asynet import plugins
from asynet.cli.app import app, run_app
from asynet.run.studies import find_study
from asynet.study.file import read_study

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(?:bash|sh)\n(.*?)^```", re.DOTALL | re.MULTILINE)
STARTS = ("asynet ", "python -m asynet.run ", "python -m asynet ")


def commands():
    """Return each command with its page, without comments, pipes and what follows them."""
    for page in PAGES:
        text = "\n".join(BLOCK.findall(page.read_text())).replace("\\\n", " ")
        for line in text.splitlines():
            if line.startswith(STARTS):
                yield pytest.param(re.split(r"\s[#|>]\s", line)[0], id=f"{page.stem}: {line}"[:90])


@pytest.mark.parametrize("line", list(commands()))
def test_a_command_of_the_pages_can_be_given(line, monkeypatch):
    monkeypatch.setattr(plugins, "load", lambda module: None)
    monkeypatch.chdir(ROOT)
    words = shlex.split(line)
    of_run = words[:3] == ["python", "-m", "asynet.run"]
    words = words[1:] if words[0] == "asynet" else words[3:]
    command = typer.main.get_command(run_app if of_run else app)
    while isinstance(command, click.Group) or hasattr(command, "commands"):
        assert words[0] in command.commands, line
        command = command.commands[words.pop(0)]
    found = command.make_context("asynet", words).params
    if found.get("study") is not None and "overrides" in found and "--plugin" not in words:
        study = found["study"]
        if Path(study).exists() or not Path(study).suffix:
            read_study(find_study(study), found["overrides"] or [])


def test_there_are_commands():
    assert len(list(commands())) > 25
