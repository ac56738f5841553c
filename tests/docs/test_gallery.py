"""The gallery's scripts run as they stand, and the documentation's code does what it says."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from asynet.walkback.walk import Chains

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


def test_the_code_of_the_page_on_circuits_runs():
    page = (ROOT / "docs" / "circuits.md").read_text()
    first, _, third = re.findall(r"```python\n(.*?)```", page, re.S)
    names = {}
    exec(first, names)
    assert names["state"].shape == (1, 1000)
    assert names["network"].projection("inh", "exc").n_synapses == 200 * 80
    names |= {"start": names["kernel"].tensor(np.zeros((2, 1000)))}
    names |= {"chains": Chains(1, np.arange(2))}
    exec(third, names)
