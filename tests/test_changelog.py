"""The changelog's tables name modules and objects that exist, and no path that stayed."""

import importlib
import re
from pathlib import Path

import pytest

import asynet
import asynet.types

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CHANGELOG.md").read_text()


def section(title):
    (text,) = re.findall(rf"^### {title}[^\n]*\n(.*?)(?=^##|\Z)", TEXT, re.M | re.S)
    return text


def rows(title):
    return re.findall(r"^\| `([\w.]+)` \| `([\w.]+)` \|$", section(title), re.M)


MODULES, NAMES = rows("Modules that moved"), rows("Names that moved")


def test_the_tables_are_read_whole():
    for title, table in (("Modules that moved", MODULES), ("Names that moved", NAMES)):
        lines = [line for line in section(title).splitlines() if line.startswith("|")]
        assert len(table) == len(lines) - 2  # heading and rule
        old = [row[0] for row in table]
        assert len(set(old)) == len(old)
        assert all(before != after for before, after in table)
    assert len(MODULES) > 130
    assert len(NAMES) > 50


@pytest.mark.parametrize(("old", "new"), MODULES)
def test_a_module_is_where_the_changelog_says(old, new):
    importlib.import_module(new)
    assert (ROOT / (new.replace(".", "/") + ".py")).is_file()


@pytest.mark.parametrize(("old", "new"), NAMES)
def test_a_name_is_where_the_changelog_says(old, new):
    module, _, name = new.rpartition(".")
    assert hasattr(importlib.import_module(module), name)


def test_literal_types_are_in_one_module():
    (sentence,) = re.findall(
        r"^The literal types (.*?)\.$", section("Names that moved"), re.M | re.S
    )
    *types, where = re.findall(r"`([\w.]+)`", sentence)
    assert where == "asynet.types"
    assert len(types) > 10
    assert all(hasattr(asynet.types, name) for name in types)


def test_what_was_removed_is_gone():
    defined = "\n".join(path.read_text() for path in (ROOT / "asynet").rglob("*.py"))
    removed = re.findall(r"`(\w+)`", section("Removed"))
    assert len(removed) == 8
    assert not [name for name in removed if re.search(rf"\bdef {name}\b", defined)]


def test_the_newest_version_is_this_one():
    newest = re.findall(r"^## (\S+) \(\d{4}-\d\d-\d\d\)$", TEXT, re.M)[0]
    assert newest == asynet.__version__
