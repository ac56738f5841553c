"""The page is one file that loads nothing, and as large as it may be."""

import base64
import hashlib
import re
import zlib
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from live_pages import content_of, live_of, network_of, page_of

from asynet.errors import UserError
from asynet.network import Network, Population, Projection
from asynet.report.live import write_live
from asynet.report.live.content import require_livable, rounded, whole_weights
from asynet.report.live.page import LEAST_BITS, live_page
from asynet.report.live.self_test import parts_of

NETWORK = network_of(np.random.default_rng(1), order=(("b",), ("a",)))


class Tags(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, page):
        super().__init__()
        self.tags = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def test_the_page_loads_nothing_and_runs_no_script_but_its_own():
    page = page_of(NETWORK)
    for _, attributes in Tags(page).tags:
        for name in ("src", "href", "srcset", "action", "style"):
            assert (attributes.get(name) or "data:").startswith("data:")
        assert not any(name.startswith("on") for name in attributes)
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", page)
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy.startswith("default-src 'none'; img-src data:; ")
    for kind, tag in (("script", "script"), ("style", "style")):
        (text,) = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


def test_what_is_labelled_is_there():
    tags = Tags(page_of(NETWORK)).tags
    ids = [a["id"] for _, a in tags if "id" in a]
    assert len(set(ids)) == len(ids)
    for tag, attributes in tags:
        for name in ("for", "aria-labelledby", "aria-describedby"):
            assert attributes.get(name, ids[0]) in ids
        if tag == "button":
            assert attributes["type"] == "button"


def test_names_are_never_markup():
    evil = "</script><script>alert(1)</script>"
    page = page_of(NETWORK, name=evil)
    assert page.count("<script") == 2
    assert content_of(page)["name"] == evil


def test_a_page_has_the_finest_weights_that_fit(tmp_path):
    run, path = live_of(NETWORK), tmp_path / "live.html"
    assert write_live(run, path) == 16
    whole = path.stat().st_size
    assert write_live(run, path, whole) == 16
    bits = write_live(run, path, whole - 400)
    assert LEAST_BITS < bits < 16
    assert path.stat().st_size <= whole - 400
    assert len(live_page(run, bits + 1).encode()) > whole - 400
    before = path.read_bytes()
    with pytest.raises(UserError, match=r"a page of 0\.03 MB is too small: it takes 0\.0\d MB"):
        write_live(run, path, 30_000)
    assert path.read_bytes() == before


def test_weights_are_what_neurons_feel():
    w = np.array([[2.0**-16, 0.4 * 2.0**-16], [1.5, -0.26]], np.float32)
    network = Network((Population("a", 2),), (Projection("a", "a", w),))
    (whole,) = whole_weights(network, 16)
    assert whole.tolist() == [[1, 98304], [0, -17039]], "a row for each presynaptic neuron"
    assert rounded(network, 2).projections[0].weights.tolist() == [[0, 0], [1.5, -0.25]]


def test_the_self_test_is_1000_steps_that_use_everything():
    run = live_of(NETWORK, NETWORK, NETWORK)
    parts = parts_of(run)
    assert sum(len(part.temperatures) for part in parts) == 1000
    assert {part.snapshot for part in parts} == {0, 1, 2}
    assert any(part.held.any() for part in parts)
    assert max(part.temperatures.max() for part in parts) == run.cooling[0]


def test_networks_that_a_page_cannot_hold_are_refused_in_one_line():
    analogue = Network((Population("v", 3, "gaussian"),), ())
    with pytest.raises(UserError, match="population v is gaussian; a live page shows spiking"):
        require_livable(analogue)
    large = Network((Population("v", 100_000),), ())
    with pytest.raises(UserError, match="100,000 neurons; a live page holds at most 5,000"):
        require_livable(large)
    square = Network((Population("v", 3000),), (Projection("v", "v", np.zeros((3000, 3000))),))
    with pytest.raises(UserError, match="9,000,000 synapses; a live page holds at most 4,000,000"):
        require_livable(square)
    heavy = Projection("v", "v", np.full((3, 3), 90, np.float32))
    with pytest.raises(UserError, match="weights onto a neuron of v add up to 270"):
        page_of(Network((Population("v", 3),), (heavy,)), shape=(3,))


def test_p_star_is_written_so_that_no_uniform_number_is_mistaken():
    run = replace(live_of(NETWORK), rates=np.array([0.0, 2.0**-25, 0.5, 0.3, 1.0]))
    text = content_of(live_page(run, 16))["thresholds"]
    found = np.frombuffer(zlib.decompress(base64.b64decode(text)), "<u4")
    uniforms = np.arange(2**24) * 2.0**-24
    assert found.tolist() == [int((uniforms < rate).sum()) for rate in run.rates]


def test_the_page_of_the_documentation_has_the_scripts_of_today():
    """It is made by hand: asynet live RUN --max-size 1MB --out docs/live_quick.html."""
    root = Path(__file__).parents[3]
    page = (root / "docs" / "live_quick.html").read_text()
    parts = [p for p in (root / "asynet/report/live").iterdir() if p.suffix in (".js", ".css")]
    assert len(parts) >= 9
    for part in parts:
        assert part.read_text().strip() in page, f"{part.name} has changed since"
