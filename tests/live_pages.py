"""Pages of living networks for tests, and what Node and Chromium make of them."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import asynet.report.live
from asynet.network import Network, Population, Projection
from asynet.report.live import LiveRun, Snapshot
from asynet.report.live.page import live_page

SCRIPTS = Path(asynet.report.live.__file__).parent
RUNNER = Path(__file__).parent / "report" / "live" / "run_page.js"
CONTENT = re.compile(r'<script type="application/json" id="content">(.*?)</script>', re.DOTALL)


def ask(*questions):
    """Return Node's answers to questions: see run_page.js."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node.js here")
    done = subprocess.run(
        [node, RUNNER, SCRIPTS], input=json.dumps(questions), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def content_of(page):
    """Return what a page knows of its run."""
    (text,) = CONTENT.findall(page)
    return json.loads(text)


def network_of(rng, sizes=(20, 9), alpha=1.0, order=(("a",), ("b",)), kinds="dense"):
    """Return a network with random weights from every population to those that follow it."""
    populations = tuple(Population(name, n) for name, n in zip("abc", sizes, strict=False))
    projections = []
    for pre in populations:
        for post in populations:
            if pre is post and "self" not in kinds:
                continue
            w = rng.normal(0, 1, (post.size, pre.size)).astype(np.float32)
            projections.append(Projection(pre.name, post.name, w))
    bias, rest = (
        {p.name: rng.normal(0, scale, p.size).astype(np.float32) for p in populations}
        for scale in (1.0, 0.5)
    )
    return Network(populations, tuple(projections), order, alpha, bias, rest)


def live_of(*networks, seed=2**63 - 25, first_chain=2**50 + 7, shape=(4, 5), name="tiny"):
    """Return what a page shows of networks at successive times of a training."""
    rng = np.random.default_rng(seed % 2**32)
    return LiveRun(
        name=name,
        description="A network dreams.",
        seed=seed,
        first_chain=first_chain,
        snapshots=tuple(Snapshot(f"time {k}", network) for k, network in enumerate(networks)),
        rates=rng.random(networks[0].populations[0].size),
        cooling=np.geomspace(1, 3, 12)[::-1],
        shape=shape,
    )


def page_of(*networks, bits=16, **more):
    """Return a page as text."""
    return live_page(live_of(*networks, **more), bits)
