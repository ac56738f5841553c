"""The gallery's scripts run as they stand, and use the front door."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "docs" / "gallery").glob("*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_draws_its_picture(script, tmp_path):
    if "brian2" in script.stem:
        pytest.importorskip("brian2")
    if "elephant" in script.stem:
        pytest.importorskip("elephant")
        pytest.importorskip("pynwb")
    copy = Path(shutil.copy(script, tmp_path))
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, copy], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert copy.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


def test_every_script_has_a_picture_and_is_in_the_readme():
    readme = (ROOT / "docs" / "gallery" / "README.md").read_text()
    for script in SCRIPTS:
        assert script.with_suffix(".png").is_file()
        assert f"python docs/gallery/{script.name}" in readme
        assert f"({script.stem}.png)" in readme


def test_scripts_use_the_front_door():
    """Beside it: the style of figures, recorded weights and states, and Brian2."""
    experts = {
        "asynet.exchange.brian",
        "asynet.record.trajectory",
        "asynet.report.figures.spikes",
        "asynet.report.figures.style",
    }
    for script in SCRIPTS:
        text = script.read_text()
        assert "import asynet as an\n" in text, script
        assert set(re.findall(r"^\s*from (asynet\S*) import", text, re.M)) <= experts, script
