"""The list of faults that tests must notice: every entry still applies. `make mutants` tries it."""

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
FEWEST = 50


def load_script():
    spec = importlib.util.spec_from_file_location("mutants", ROOT / "tools" / "mutants.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look there for their own types
    spec.loader.exec_module(module)
    return module


mutants = load_script()
LIST = mutants.read_list()


def test_there_are_fifty_different_faults():
    assert len(LIST) >= FEWEST
    assert len({(m.file, m.old, m.new) for m in LIST}) == len({m.what for m in LIST}) == len(LIST)


@pytest.mark.parametrize("mutant", LIST, ids=lambda m: m.what)
def test_every_fault_applies_and_leaves_code(mutant):
    text = mutants.mutated(mutant)
    assert text != (ROOT / mutant.file).read_text()
    if mutant.file.endswith(".py"):
        ast.parse(text)
    assert mutant.file.startswith("asynet/")


def test_every_named_test_exists():
    for name in sorted({test for mutant in LIST for test in mutant.tests}):
        file, _, function = name.partition("::")
        tree = ast.parse((ROOT / file).read_text())
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert function in functions if function else functions, name
    assert all(mutant.tests for mutant in LIST)


@pytest.mark.parametrize("old", ["no such text", "import"])
def test_an_entry_that_has_rotted_is_refused(old):
    wrong = mutants.Mutant("rotten", "asynet/walkback/heat.py", old, "x", ())
    with pytest.raises(ValueError, match="'rotten' occurs"):
        mutants.mutated(wrong)


def test_a_fault_is_caught_or_survives_and_is_taken_back(tmp_path, monkeypatch, capsys):
    """On a repository of one function, whose test looks at one of its two branches."""
    code = "def size(x):\n    return x if x > 0 else -x\n"
    test = "from magnitude import size\n\n\ndef test_size():\n    assert size(2) == 2\n"
    (tmp_path / "magnitude.py").write_text(code)
    (tmp_path / "test_size.py").write_text(test)
    for words in (["init", "-q"], ["add", "."]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    entry = '[[mutant]]\nwhat = "{}"\nfile = "magnitude.py"\nold = "{}"\nnew = "{}"\n'
    entry += 'tests = ["test_size.py"]\n'
    faults = ("doubles", "return x if", "return 2 * x if"), ("keeps the sign", "else -x", "else x")
    path = tmp_path / "list.toml"
    path.write_text("".join(entry.format(*fault) for fault in faults))
    monkeypatch.setattr(mutants, "ROOT", tmp_path)
    monkeypatch.setattr(mutants, "LIST", path)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # which takes longer than the tests
    assert mutants.main([]) == 1
    first, second, last = capsys.readouterr().out.splitlines()
    assert first.split()[:2] == ["1", "caught"]
    assert second.split()[:2] == ["2", "SURVIVED"]
    assert last == "1 of 2 faults were caught"
    assert (tmp_path / "magnitude.py").read_text() == code


@pytest.mark.parametrize("words", ["0", "1,1000", "one", "3;7"])
def test_numbers_that_are_not_there_are_refused(words, capsys):
    with pytest.raises(SystemExit):
        mutants.main(["--only", words])
    assert f"--only {words}: must be numbers from 1 to" in capsys.readouterr().err


def test_some_faults_are_listed(capsys):
    assert mutants.main(["--only", "2,3", "--list"]) == 0
    found = capsys.readouterr().out.splitlines()
    assert found == [f"{k:3} {LIST[k - 1].file}: {LIST[k - 1].what}" for k in (2, 3)]
