"""A run keeps where its parts come from, and says in one line what is missing or different."""

import shutil
import sys

import pytest
from tiny import STUDY, create
from typer.testing import CliRunner

from asynet import plugins
from asynet.cli.app import app
from asynet.errors import UserError
from asynet.plugins import registry
from asynet.run.build import build_trainer
from asynet.run.checkpoint import save_checkpoint
from asynet.run.directory import read_run
from asynet.run.environment import environment
from asynet.study.file import read_study

CODE = """\
from asynet import plugins

@plugins.rule
def still(seen, *, push=0.0):
    return {"bias": push}
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder where Python finds modules and packages; nothing is loaded before or after."""
    monkeypatch.setattr(registry, "_loaded", {})
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_rules.py").write_text(CODE)
    (tmp_path / "study.yaml").write_text(STUDY.replace("train: {", "train: {rule: still, "))
    yield tmp_path
    sys.modules.pop("my_rules", None)


def install(folder, version):
    """Put a package beside the module, as pip would, which announces its rule."""
    for old in folder.glob("my_package-*.dist-info"):
        shutil.rmtree(old)
    info = folder / f"my_package-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: my-package\nVersion: {version}\n")
    (info / "entry_points.txt").write_text("[asynet.rules]\nstill = my_rules:still\n")


def made(folder):
    """Make the directory of a run that has just begun; return it, and what it says of plugins."""
    study = read_study(folder / "study.yaml")
    directory, about = create(folder / "run", study), environment(study, "", "cpu")
    save_checkpoint(build_trainer(study, "cpu"), directory.checkpoint)
    directory.write_environment(about)
    return directory, about["plugins"]


def command(*words):
    done = CliRunner().invoke(app, [str(word) for word in words])
    return done.exit_code, done.output


def test_a_run_of_an_installed_part_names_its_package_and_says_what_is_missing(here):
    install(here, "1.0")
    run, (part,) = made(here)
    assert part.pop("sha256")
    assert part == {
        "kind": "rules",
        "name": "still",
        "module": None,
        "distribution": "my-package",
        "version": "1.0",
    }
    assert read_run(run).train.rule == "still"

    install(here, "1.1")
    said = r"run: still \(rules\) is of my-package 1.1 here; the run used that of my-package 1.0$"
    with pytest.warns(plugins.PluginWarning, match=said):
        read_run(run)

    shutil.rmtree(here / "my_package-1.1.dist-info")
    missing = "run: needs still (rules) of my-package 1.0, which is not installed: pip install"
    for words in (("sample", "run"), ("run", "study.yaml", "--out", "run", "--resume")):
        status, said = command(*words)
        assert status == 2
        assert len(said.strip().splitlines()) == 1
    assert f"{missing} my-package==1.0" in command("sample", "run")[1]

    registry.load("my_rules")
    with pytest.warns(plugins.PluginWarning, match=r"is of module my_rules here; the run used"):
        read_run(run, ["plugins=[my_rules]"])


def test_a_run_of_a_named_module_notices_other_code(here, monkeypatch, recwarn):
    registry.load("my_rules")
    run, (part,) = made(here)
    assert (part["module"], part["distribution"]) == ("my_rules", None)
    assert read_run(run).plugins == ("my_rules",)
    assert not recwarn.list

    monkeypatch.setattr(registry, "_loaded", {})
    with pytest.raises(UserError, match="my_rules is not loaded; needs --plugin my_rules"):
        read_run(run)

    (here / "my_rules.py").write_text(CODE.replace('"bias": push', '"bias": -push'))
    monkeypatch.setattr("warnings.filters", [("default", None, UserWarning, None, 0)])
    status, said = command("sample", "run", "--n", "2", "--plugin", "my_rules")
    assert status == 0, said
    (line,) = [line for line in said.splitlines() if "still" in line]
    assert line == (
        "warning: run: still (rules) of module my_rules has another code than when the run was made"
    )


def test_a_run_without_plugins_has_none(here):
    install(here, "1.0")
    study = (here / "study.yaml").read_text().replace("rule: still, ", "")
    (here / "study.yaml").write_text(study)
    assert made(here)[1] == []
