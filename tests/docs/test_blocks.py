"""Every Python block of README.md and of the pages in docs/ runs, page by page, in a clean folder.

Pages find the tiny study's run at runs/mine and runs/night. docs/spikes.md has a test of its own,
which also looks at what comes out; blocks of docs/coming_from.md run one by one.
"""

import re
from pathlib import Path

import pytest
from tiny import write_study

import asynet as an

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
APART = ("spikes", "coming_from")
WITH_PYTHON = [p for p in PAGES if BLOCK.search(p.read_text()) and p.stem not in APART]
COMPARED = BLOCK.findall((ROOT / "docs" / "coming_from.md").read_text())
OTHERS = ("nest", "brian2", "sklearn", "thrml", "bindsnet", "k_diffusion")
EXTRAS = ("networkx", "neo", "pynwb", "pandas")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    study = write_study(folder)
    an.run(study, out=folder / "runs" / "mine")
    return folder


@pytest.mark.parametrize("page", WITH_PYTHON, ids=lambda page: page.stem)
def test_the_blocks_of_a_page_run_as_they_stand(page, runs, monkeypatch):
    blocks = BLOCK.findall(page.read_text())
    for module in EXTRAS:
        if any(module in block for block in blocks):
            pytest.importorskip(module, reason="needs the neuro extra: pip install 'asynet[neuro]'")
    monkeypatch.chdir(runs)
    names = {"__name__": "page"}
    for block in blocks:
        exec(compile(block, str(page), "exec"), names)


# Other tools have deprecations of their own.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("block", COMPARED, ids=lambda block: block.split(maxsplit=2)[1])
def test_the_examples_beside_other_tools_run(block, tmp_path, monkeypatch):
    for module in OTHERS:
        if re.search(rf"(import|from) {module}\b", block):
            pytest.importorskip(module)
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "coming_from.md", "exec"), {"__name__": "page"})


def test_pages_use_the_front_door_alone():
    """Beside `import asynet as an`, only what the authors of plugins need is imported."""
    allowed = r"from asynet import (plugins|testing|plugins, testing)$"
    for page in PAGES:
        for block in BLOCK.findall(page.read_text()):
            for line in re.findall(r"^\s*((?:from asynet|import asynet\.).*)", block, re.MULTILINE):
                assert re.match(allowed, line), f"{page}: {line}"
