import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from asynet.errors import UserError
from asynet.report.captions import ANALYSED, CAPTIONS
from asynet.report.figures.images import sample_grid
from asynet.report.page import write_report

SUMMARY = {
    "bound": {"value": -164.3124, "stderr": 0.8412, "n": 1000, "on": "test set", "unit": "nats"},
    "factorised_bernoulli": {"value": -206.3, "stderr": 0.83, "n": 1000, "on": "t", "unit": "nats"},
    "strange_metric": {"value": 2.5, "stderr": None, "n": 3, "on": "three things", "unit": "mV"},
    "ledger": [],
    "recall": [],
    "class_histograms": {"data": [0.1] * 10},
}
ENVIRONMENT = {
    "command": "python -m asynet.run studies/mnist.yaml --seed 7",
    "seed": 7,
    "versions": {"numpy": "2.3.5"},
    "device": "cpu",
    "threads": 1,
    "git_commit": "0123456789abcdef",
    "duration_seconds": 512.3,
    "kernel": "numba",
}
METRICS = [
    {"step": 10, "epoch": 0.5, "walkback_log_likelihood": -900.0},
    {"step": 20, "epoch": 1.0, "validation_bound": -170.25, "validation_bound_stderr": 1.5},
]


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    """A run directory with one of everything."""
    (tmp_path / "summary.json").write_text(json.dumps(SUMMARY))
    (tmp_path / "environment.json").write_text(json.dumps(ENVIRONMENT))
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(m) + "\n" for m in METRICS))
    (tmp_path / "study.yaml").write_text("name: dreams\ndescription: A network dreams.\n")
    (tmp_path / "figures").mkdir()
    for stem in ("unheard_of", "samples", "ledger"):
        sample_grid([[0, 1], [1, 0]], (1, 2)).savefig(tmp_path / "figures" / f"{stem}.png")
    return tmp_path


class Tags(HTMLParser):
    """Every tag of a page with its attributes, and the text between."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data + " "


def read(run_dir: Path) -> Tags:
    return Tags(write_report(run_dir).read_text(encoding="utf-8"))


def test_the_page_says_how_to_repeat_the_run(run_dir):
    text = read(run_dir).text
    for part in ("dreams", "A network dreams.", ENVIRONMENT["command"], "seed 7", "1 thread"):
        assert part in text
    for part in ("numba on cpu", "8 min 32 s", "commit 0123456789", "2.3.5"):
        assert part in text


def test_every_number_has_its_error_unit_count_and_origin(run_dir):
    text = read(run_dir).text
    row = "Lower bound on ln p(x) of cooling from p*, eq. 5 test set −164.31 ± 0.84 nats 1,000"
    assert row in text
    assert "strange_metric three things 2.5 mV 3" in text
    assert "−170.2 ± 1.5" in text


def test_a_headline_stands_beside_its_baseline(run_dir):
    card = read(run_dir).text.split("Measure")[0]
    assert "−164.31 ± 0.84 nats Lower bound on ln p(x) of cooling from p*, eq. 5" in card
    assert "(factorised Bernoulli) −206.30 ± 0.83" in card


def test_figures_come_in_order_with_captions_and_are_inlined(run_dir):
    page = read(run_dir)
    images = [attributes for tag, attributes in page.tags if tag == "img"]
    assert [image["alt"] for image in images] == [
        CAPTIONS["samples"][0],
        CAPTIONS["ledger"][0],
        "Unheard of",
    ]
    assert all(image["src"].startswith("data:image/png;base64,") for image in images)
    assert CAPTIONS["ledger"][1] in page.text
    not_drawn = page.text.partition("Not drawn in this run: ")[2]
    assert CAPTIONS["filmstrip"][0] in not_drawn


def test_the_page_needs_no_other_file_and_no_network(run_dir):
    page = read(run_dir)
    for tag, attributes in page.tags:
        assert tag not in ("script", "iframe", "object", "embed")
        for name in ("src", "href", "srcset", "action"):
            assert (attributes.get(name) or "data:").startswith("data:")
    html = (run_dir / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"url\(|@import", html)
    assert sorted(path.name for path in run_dir.iterdir() if "report" in path.name) == [
        "report.html"
    ]


def test_what_users_write_is_never_markup(run_dir):
    evil = "<script>alert('x')</script>"
    (run_dir / "study.yaml").write_text(f'name: n\ndescription: "{evil}"\n')
    (run_dir / "environment.json").write_text(json.dumps(ENVIRONMENT | {"command": evil}))
    entry = {"value": 1.0, "stderr": None, "n": 1, "on": evil, "unit": evil}
    (run_dir / "summary.json").write_text(json.dumps({evil: entry}))
    page = read(run_dir)
    assert "script" not in {tag for tag, _ in page.tags}
    assert page.text.count(evil) >= 5


def test_an_empty_run_directory_has_a_page_that_says_so(tmp_path):
    text = read(tmp_path).text
    for name in ("summary.json", "environment.json", "study.yaml", "metrics.jsonl"):
        assert f"{name} is missing" in text
    assert "no figures" in text
    assert tmp_path.name in text


@pytest.mark.parametrize("missing", ["summary.json", "environment.json", "study.yaml"])
def test_any_part_may_be_missing(run_dir, missing):
    (run_dir / missing).unlink()
    text = read(run_dir).text
    assert f"{missing} is missing" in text
    assert CAPTIONS["samples"][0] in text


def test_a_line_that_is_being_written_is_left_out(run_dir):
    with (run_dir / "metrics.jsonl").open("a") as file:
        file.write('{"step": 30, "validation_bound": -1')
    assert "−170.2 ± 1.5" in read(run_dir).text


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("summary.json", b"{", "summary.json: corrupt"),
        ("summary.json", b"[]", "expected a JSON object"),
        ("summary.json", b'{"bound": 3}', "summary.json: bound: corrupt"),
        ("summary.json", b'{"bound": {"value": "3"}}', "number `value`"),
        ("summary.json", b'{"bound": {"value": 3, "stderr": "?"}}', "`stderr`"),
        ("environment.json", b"\xff\xfe", "not UTF-8"),
        ("metrics.jsonl", b"{}\nnonsense\n", "metrics.jsonl: line 2: corrupt"),
        ("study.yaml", b"a: [", "study.yaml: corrupt"),
        ("study.yaml", b"- a", "expected keys and values"),
        ("figures/samples.png", b"\x89PNG\r\n\x1a\n", "samples.png: corrupt"),
    ],
)
def test_a_corrupt_part_is_named_in_one_line_and_the_old_page_stays(
    run_dir, name, content, complaint
):
    before = write_report(run_dir).read_bytes()
    (run_dir / name).write_bytes(content)
    with pytest.raises(UserError, match=re.escape(complaint)) as raised:
        write_report(run_dir)
    assert "\n" not in str(raised.value)
    assert (run_dir / "report.html").read_bytes() == before


def test_a_directory_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UserError, match="no such run directory"):
        write_report(tmp_path / "nowhere")


def test_captions_say_which_reversal_they_mean():
    said = {stem: text for stem, (_, text) in (CAPTIONS | ANALYSED).items()}
    assert "The replay is the heating walk drawn backward" in said["raster"]
    for stem in ("weight_symmetry", "over_temperature", "gap"):
        assert "same half-step reversed" in said[stem]
