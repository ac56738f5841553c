"""Every Python block of README.md and of the pages in docs/ runs, page by page, in a clean folder.

Pages find the tiny study's run at runs/mine and runs/night. docs/spikes.md has a test of its own,
which also looks at what comes out.
"""

import re
from pathlib import Path

import pytest
from tiny import write_study

import asynet as an

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
WITH_PYTHON = [page for page in PAGES if BLOCK.search(page.read_text()) and page.stem != "spikes"]
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


def test_pages_use_the_front_door_alone():
    """Beside `import asynet as an`, only what the authors of plugins need is imported."""
    allowed = r"from asynet import (plugins|testing|plugins, testing)$"
    for page in PAGES:
        for block in BLOCK.findall(page.read_text()):
            for line in re.findall(r"^\s*((?:from asynet|import asynet\.).*)", block, re.MULTILINE):
                assert re.match(allowed, line), f"{page}: {line}"
