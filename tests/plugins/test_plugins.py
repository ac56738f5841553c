"""Parts are found by name, modules are imported by consent alone, and runs ask for theirs again."""

import shutil
import sys

import pytest
from tiny import STUDY
from typer.testing import CliRunner

from asynet import plugins
from asynet.cli.app import app
from asynet.errors import UserError
from asynet.plugins import registry
from asynet.study.file import read_study

RULE = "rule: my_rule, options: {shift: 2}"
MODULE = """\
from pathlib import Path
import numpy as np
from asynet import plugins

seen = Path("imported")
seen.write_text("x" + (seen.read_text() if seen.exists() else ""))

@plugins.connection
def my_rule(n_post, n_pre, alone, rng, *, shift=1, needed=0):
    post = np.arange(n_post)
    return post, (post + shift) % n_pre

@plugins.export(suffix=".txt")
def count(selection, path):
    path.write_text(str(len(selection.spikes().neuron)))
"""


class Entry:
    """What importlib.metadata gives for an installed part."""

    def __init__(self, name, value, load):
        self.name, self.value, self.load = name, value, load


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with a module and a study that names its rule; nothing is loaded before or after."""
    monkeypatch.setattr(registry, "_loaded", {})
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_module.py").write_text(MODULE)
    study = STUDY.replace("{pre: visible, post: hidden, std: 0.1}", "{pre: visible, post: hidden}")
    study = study.replace("post: hidden}", f"post: hidden, {RULE}}}")
    (tmp_path / "study.yaml").write_text(study)
    yield tmp_path
    sys.modules.pop("my_module", None)


def command(*words):
    done = CliRunner().invoke(app, [str(word) for word in words])
    return done.exit_code, done.output


def test_a_study_alone_imports_nothing(here):
    with pytest.raises(UserError, match=r"'my_rule' is not allowed; must be of a plugin"):
        read_study(here / "study.yaml")
    (here / "study.yaml").write_text((here / "study.yaml").read_text() + "plugins: [my_module]\n")
    with pytest.raises(UserError, match="plugins: my_module is not loaded; needs --plugin my_mod"):
        read_study(here / "study.yaml")
    assert not (here / "imported").exists()
    assert "my_module" not in sys.modules


def test_a_run_records_its_plugins_and_asks_for_them_again(here, monkeypatch):
    status, said = command("run", "study.yaml", "--plugin", "my_module", "--out", "run")
    assert status == 0, said
    assert "plugins:\n- my_module\n" in (here / "run" / "study.yaml").read_text()
    summary = (here / "run" / "summary.json").read_bytes()
    assert (here / "imported").read_text() == "x"

    monkeypatch.setattr(registry, "_loaded", {})
    for words in (("run", "study.yaml", "--out", "run", "--resume"), ("sample", "run")):
        status, said = command(*words)
        assert status == 2
        assert len(said.strip().splitlines()) == 1
    assert "run/study.yaml: plugins: my_module is not loaded; needs --plugin my_module" in said

    words = ["run", "run/study.yaml", "--plugin", "my_module", "--out", "again"]
    assert command(*words)[0] == 0
    assert (here / "again" / "summary.json").read_bytes() == summary
    status, said = command("export", "run", "--to", "count", "--plugin", "my_module")
    assert status == 0, said
    assert f", {(here / 'run' / 'spikes.txt').read_text()} spikes)" in said


def test_the_synapses_are_those_of_the_rule(here):
    from asynet.run.build import build_trainer

    sys.path.append(str(here))
    plugins.load("my_module")
    study = read_study(here / "study.yaml")
    assert study.plugins == ("my_module",)
    network = build_trainer(study, "cpu").dynamics.network
    weights = network.projection("hidden", "visible").weights  # 8 x 12
    assert [row.nonzero()[0].tolist() for row in weights] == [[(i + 2) % 12] for i in range(8)]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "shift: 2",
            "shfit: 2",
            r"options.shfit: my_rule has no such .* mean shift\?",
        ),
        ("shift: 2", "shift: {a: 1}", "must be a number, text, true, false, null, or a list"),
        ("my_rule", "my_role", r"must be of a plugin \(loaded or installed: my_rule\)"),
        (f"{RULE}", "options: {shift: 2}", "options: {'shift': 2} is not allowed with no plugin"),
        ("name: tiny", "name: tiny\nplugins: []", r"plugins: \[\] .* a list with my_module"),
        (RULE, f"{RULE}, in_degree: 2", "rule: 'my_rule' is not allowed with in_degree"),
    ],
)
def test_a_wrong_study_is_refused_in_one_line(here, old, new, message):
    sys.path.append(str(here))
    plugins.load("my_module")
    text = (here / "study.yaml").read_text()
    assert old in text
    (here / "study.yaml").write_text(text.replace(old, new))
    with pytest.raises(UserError, match=message) as caught:
        read_study(here / "study.yaml")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("module", "text", "message"),
    [
        ("my_module.py", "", "must be the name of a module"),
        ("../my_module", "", "must be the name of a module"),
        ("no_such_module", None, "cannot be imported: ModuleNotFoundError"),
        ("wrong", "1 / 0", r"cannot be imported: ZeroDivisionError: .*wrong.py, line 1\)"),
        ("empty", "", "holds no part"),
        ("twin", MODULE, "its my_rule has the name of one in my_module; rename"),
    ],
)
def test_what_is_no_plugin_is_refused_in_one_line(here, module, text, message):
    sys.path.append(str(here))
    plugins.load("my_module")
    if text is not None and module.isidentifier():
        (here / f"{module}.py").write_text(text)
    with pytest.raises(UserError, match=message):
        plugins.load(module)
    assert list(registry._loaded) == ["my_module"]
    sys.modules.pop(module, None)


def test_the_arguments_of_a_part_are_those_of_its_kind():
    def extra(n_post, n_pre, alone):
        raise NotImplementedError

    def anything(seed, **options):
        raise NotImplementedError

    with pytest.raises(ValueError, match=r"extra\(n_post, n_pre, alone, rng, \*, option=...\)"):
        plugins.connection(extra)

    def loose(*seeds):
        raise NotImplementedError

    with pytest.raises(ValueError, match="loose"):
        plugins.dataset(loose)
    with pytest.raises(ValueError, match="anything"):
        plugins.dataset(anything)


def test_an_installed_part_is_imported_once_a_study_names_it(here, monkeypatch):
    def my_rule(n_post, n_pre, alone, rng, *, shift=1):
        raise NotImplementedError

    loads = []

    def load():
        loads.append(1)
        return plugins.connection(my_rule)

    entry = Entry("my_rule", "package:my_rule", load)
    other = Entry("other", "package:other", lambda: 1 / 0)
    monkeypatch.setattr(
        registry,
        "entry_points",
        lambda group: [entry, other] if group == "asynet.connections" else [],
    )
    text = (here / "study.yaml").read_text()
    (here / "study.yaml").write_text(text.replace("my_rule", "mine"))
    with pytest.raises(UserError, match="installed: my_rule, other"):
        read_study(here / "study.yaml")
    assert not loads
    (here / "study.yaml").write_text(text)
    study = read_study(here / "study.yaml")
    assert loads
    assert study.plugins == ()
    (here / "study.yaml").write_text(text.replace("my_rule", "other"))
    with pytest.raises(UserError, match="plugin other: package:other cannot be imported: ZeroDiv"):
        read_study(here / "study.yaml")


def test_keys_of_other_operators_are_refused(here):
    (here / "my_module.py").write_text(
        "from asynet import plugins\n@plugins.operator\ndef mine(shape, *, width): ...\n"
    )
    sys.path.append(str(here))
    plugins.load("my_module")
    study = "data: {name: circle}\ntrain: {epochs: 1}\noperator: {kind: mine, options: "
    for rest, message in (
        ("{width: 2}, widths: [3]}", r"operator.widths: \(3,\) is not allowed with mine"),
        ("{width: 2}, norm: none}", "operator.norm: 'none' is not allowed with mine"),
        ("{}}", "operator.options.width: missing; mine needs it"),
    ):
        (here / "study.yaml").write_text(study + rest)
        with pytest.raises(UserError, match=message):
            read_study(here / "study.yaml")
    (here / "study.yaml").write_text(
        study + "{width: 2}}\nwalk: {steps: 3, schedule: thermodynamic}"
    )
    assert read_study(here / "study.yaml").operator.options == {"width": 2}


def test_an_installed_part_does_not_replace_one_of_asynet(here, monkeypatch):
    entry = Entry("mlp", "package:mlp", lambda: 1 / 0)
    monkeypatch.setattr(
        registry, "entry_points", lambda group: [entry] if group == "asynet.operators" else []
    )
    text = "data: {name: circle}\ntrain: {epochs: 1}\noperator: {kind: mlp}"
    (here / "study.yaml").write_text(text)
    assert read_study(here / "study.yaml").operator.kind == "mlp"


def test_a_name_of_asynet_is_not_replaced(here):
    (here / "my_module.py").write_text(
        "from asynet import plugins\n@plugins.dataset\ndef patterns(seed): ...\n"
        "@plugins.export()\ndef csv(selection, path): ...\n"
    )
    sys.path.append(str(here))
    plugins.load("my_module")
    with pytest.raises(UserError, match="asynet and my_module both have a part of this name"):
        read_study(here / "study.yaml")
    from asynet.run.export import format_of

    with pytest.raises(UserError, match="--to csv: asynet and my_module both have a format"):
        format_of("csv")
    with pytest.raises(UserError, match="--to nwbb: must be nwb, sonata, csv, parquet, or of a"):
        format_of("nwbb")


def test_a_rule_that_draws_what_is_no_synapse_is_refused_in_one_line(here):
    from asynet.run.build import build_trainer

    sys.path.append(str(here))
    text = MODULE.replace("(post + shift) % n_pre", "post + shift + 3")
    (here / "my_module.py").write_text(text)
    shutil.rmtree(here / "__pycache__", ignore_errors=True)
    plugins.load("my_module")
    message = r"network.projections.0: rule my_rule: pre has neuron 12; must be from 0 to 11"
    with pytest.raises(UserError, match=message):
        build_trainer(read_study(here / "study.yaml"), "cpu")
