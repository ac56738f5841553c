"""The page in headless Chromium: its verdict is in the DOM."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from live_pages import live_of, network_of

from asynet.report.live import write_live

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
FLAGS += ["--virtual-time-budget=5000"]
QUICK = Path(__file__).parents[3] / "docs" / "live_quick.html"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def dom_of(page, folder):
    """Return the DOM of a page after its self-test, as text."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here")
    words = [CHROMIUM, *FLAGS, f"--user-data-dir={folder}", "--dump-dom", page.as_uri()]
    home = os.environ | {"HOME": str(folder)}
    done = subprocess.run(words, capture_output=True, text=True, env=home, timeout=300, check=True)
    return done.stdout


@pytest.mark.parametrize("shape", [(4, 5), (20,)], ids=["image", "raster"])
def test_the_page_says_that_its_spikes_are_those_of_asynet(shape, tmp_path):
    network = network_of(np.random.default_rng(1), order=(("b",), ("a",)))
    write_live(live_of(network, network, shape=shape), tmp_path / "live.html")
    dom = dom_of(tmp_path / "live.html", tmp_path / "profile")
    (verdict,) = re.findall(r'<p id="verdict"[^>]*>', dom)
    for what in ('data-verdict="same"', 'data-same="1000"', 'data-steps="1000"'):
        assert what in verdict
    assert "1,000 of 1,000 steps, each of 29 neurons, are the same." in dom
    assert re.search(r'id="trouble"[^>]*hidden', dom)
    assert 'aria-valuetext="time 1"' in dom


@pytest.mark.slow
def test_the_page_of_the_documentation_passes_and_says_that_its_weights_are_rounded(tmp_path):
    dom = dom_of(QUICK, tmp_path / "profile")
    assert 'data-verdict="same" data-same="1000" data-steps="1000"' in dom
    assert "Weights in this page are rounded to multiples of 1/128, earlier ones to 1/16." in dom
    assert "The run's own weights give other spikes from step 1 on." in dom


def test_the_page_says_where_its_spikes_differ(tmp_path):
    network = network_of(np.random.default_rng(1), order=(("b",), ("a",)))
    page = tmp_path / "live.html"
    write_live(live_of(network), page)
    text = page.read_text()
    seed = re.search(r'"seed":\[(\d+),', text)
    page.write_text(text.replace(seed[0], f'"seed":[{int(seed[1]) ^ 1},'))
    dom = dom_of(page, tmp_path / "profile")
    assert 'data-verdict="differs"' in dom
    assert "Not asynet's spikes from step 1 on" in dom
