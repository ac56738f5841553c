"""Study files: overrides, unreadable files, and writing what reads back the same."""

import os

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asynet.errors import UserError
from asynet.study.file import read_study, write_study
from asynet.study.study import Study

MINIMAL = """\
data: {name: mnist}
network:
  populations: {visible: {size: 784}, hidden: {size: 500}}
  projections: [{pre: visible, post: hidden}, {pre: hidden, post: visible}]
  order: alternating
train: {epochs: 6}
"""
FEW = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(MINIMAL, encoding="utf-8")
    return path


def complaint(path, *overrides, seed=None):
    """Return what is wrong with a study, or None."""
    try:
        read_study(path, overrides, seed)
    except UserError as error:
        return str(error)


def mistake(path, *overrides, seed=None):
    message = complaint(path, *overrides, seed=seed)
    assert message is not None, "accepted"
    assert message.isprintable()
    return message


def test_the_name_is_the_files_unless_given(path, tmp_path):
    assert read_study(path).name == "small"
    assert read_study(path, ["name=other"]).name == "other"
    odd = path.rename(tmp_path / "my study (2).v1.yaml")
    assert read_study(odd).name == "my-study-2-v1"


def test_overrides_reach_every_depth_and_the_last_one_wins(path):
    study = read_study(
        path,
        [
            "train.lr=1",
            "train.lr=1e-3",
            "network.populations.hidden.size=1000",
            "network.projections.0.std=0.5",
            "network.order=[[hidden], [visible]]",
            "record.chains=0",
            "walk={t_max: 5, factor: 1.5}",
            "data.limit=",
            "description=a = b",
        ],
    )
    assert study.train.lr == 0.001
    assert study.network.populations["hidden"].size == 1000
    assert [projection.std for projection in study.network.projections] == [0.5, 0.01]
    assert study.network.order == (("hidden",), ("visible",))
    assert study.record.chains == 0
    assert (study.walk.t_max, study.walk.factor, study.walk.prologue) == (5.0, 1.5, 20)
    assert study.data.limit is None
    assert study.description == "a = b"


def test_the_seed_argument_comes_last(path):
    assert read_study(path, ["seed=3"]).seed == 3
    assert read_study(path, ["seed=3"], seed=4).seed == 4
    assert mistake(path, seed=-4).startswith("override seed=-4: seed: -4 is not allowed")


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("train.lrr=1", "train.lrr: unknown key; did you mean train.lr?"),
        ("train.lr=-0.1", "train.lr: -0.1 is not allowed; must be greater than 0"),
        ("trian.lr=0.1", "trian: unknown key; did you mean train?"),
        ("train.lr", "must be key.path=value, such as train.lr=0.05"),
        ("=1", "must be key.path=value"),
        ("train..lr=1", "must be key.path=value"),
        (".".join("a" * 5000) + "=1", "must be key.path=value"),
        ("train.lr=[1", "line 1, column 3: while parsing a flow sequence"),
        ("train.lr=!!float 1", "the tag 'tag:yaml.org,2002:float' is not allowed"),
        ("train.lr=&a 1", "anchors (&) and aliases (*) are not allowed"),
        ("train.epochs.x=1", "train.epochs is 6, which has no key x"),
        ("network.projections.2.std=1", "network.projections has no item 2; must be from 0 to 1"),
        ("network.projections.-1.std=1", "network.projections has no item -1"),
        ("network.projections." + "9" * 5000 + "=1", "network.projections has no item 9"),
        ("network.projections.0.pre=hiden", "'hiden' is not a population; did you mean hidden?"),
        ("network.populations.hidden.size=1e3", "1000.0 is not allowed; must be a whole number"),
        ("train={lr: 0.1}", "train.epochs: missing; must be a number greater than 0"),
        ("record=", "record: null is not allowed; must be a mapping of keys"),
        ("seed=" + "9" * 6000, "must be a whole number at least 0"),
        ("description='" + "x" * 10_001 + "'", "must be text, at most 10000 characters"),
        ('train.rule="a\\nb\u2028"', r"'a\nb\u2028' is not allowed; must be rate, spike, rec"),
    ],
    ids=lambda text: text[:30],
)
def test_a_wrong_override_is_named(path, override, expected):
    message = mistake(path, override)
    assert expected in message
    assert len(message) < 300
    assert message.startswith("override " + override[:40].replace("\u2028", r"\u2028"))


def test_a_conflict_that_an_override_makes_elsewhere_names_the_file(path):
    message = mistake(path, "network.populations.hidden.size=10000000")
    product = "784 x 10000000 = 7840000000 weights are not allowed; must be at most 2000000000"
    expected = f"network.projections.0: {product}"
    assert message == f"{path} (with overrides): {expected}"


def test_several_mistakes_give_the_first_and_their_number(path):
    path.write_text(MINIMAL.replace("epochs", "epoch") + "seed: -1\n", encoding="utf-8")
    what = "train.epoch: unknown key; did you mean train.epochs? (and 2 more)"
    assert mistake(path) == f"{path}: {what}"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "is empty; must be a mapping with the keys data, train, and network or operator"),
        (b"data: \xff\nx", "line 1: is not UTF-8 text"),
        (MINIMAL.encode("utf-16"), "line 1: is not UTF-8 text"),
        (b"a: 1\nb: \x00", "line 2: character U+0000 is not allowed in YAML"),
        (b"# " + b"x" * 1_000_000, "is too large for a study; must be at most 1000000 bytes"),
        (b"[" * 999_999, "line 1, column 21: too much for a study"),
        (b"x: [" + b"1, " * 20_001 + b"]", "too much for a study; must be at most 20000 values"),
        (b"? " + b"k" * 900_000 + b"\n: 1", "...: unknown key; allowed: name"),
        (b"x: " + b"9" * 900_000, "x: unknown key"),
        (b"%YAML " + b"9" * 5000 + b".1\n--- {}", "a number or an escape sequence is too large"),
    ],
    ids=lambda value: str(value[:20]),
)
def test_what_is_no_study_file(path, content, expected):
    path.write_bytes(content)
    message = mistake(path)
    assert expected in message
    assert message.startswith(f"{path}: ")
    assert len(message) < len(str(path)) + 300


def test_missing_files_and_folders(tmp_path):
    assert mistake(tmp_path / "none.yaml") == (
        f"{tmp_path}/none.yaml: no such file; give the path of a study (.yaml)"
    )
    assert mistake(tmp_path) == f"{tmp_path}: is a folder; give the path of a study (.yaml)"
    assert "cannot be read: File name too long" in mistake(tmp_path / ("x" * 5000))
    assert r"a\nb: no such file" in mistake(tmp_path / "a\nb")
    assert "embedded null byte" in mistake(tmp_path / "a\0b")


def test_line_endings_and_a_byte_order_mark_do_not_matter(path):
    study = read_study(path)
    path.write_bytes(b"\xef\xbb\xbf" + MINIMAL.replace("\n", "\r\n").encode())
    assert read_study(path) == study


names = st.from_regex(r"[A-Za-z0-9_-]{1,12}", fullmatch=True) | st.sampled_from(
    ["on", "no", "null", "0", "1e3", "1_0", "010", "-", "--", "-1", "2020-01-01", "0x10", "1e-3"]
)
positive = st.floats(min_value=0, max_value=1e9, exclude_min=True)


@st.composite
def studies(draw):
    """Draw studies of two to four populations with awkward names, texts and numbers."""
    populations = draw(st.lists(names, min_size=2, max_size=4, unique=True))
    pair = st.tuples(st.sampled_from(populations), st.sampled_from(populations))
    pairs = draw(st.lists(pair, min_size=1, max_size=6, unique=True))
    order = st.sampled_from(["synchronous", "alternating", [populations[:1], populations[1:]]])
    path = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)
    return Study.model_validate(
        {
            "name": draw(names),
            "description": draw(st.text(st.characters(codec="utf-8"))),
            "seed": draw(st.integers(0, 2**63 - 1)),
            "data": {"name": "mnist", "path": draw(st.none() | path)},
            "network": {
                "populations": {
                    name: {"size": draw(st.integers(1, 1000)) if i else 784}
                    for i, name in enumerate(populations)
                },
                "projections": [
                    {"pre": pre, "post": post, "std": draw(st.floats(0, 1e6))}
                    for pre, post in pairs
                ],
                "order": draw(order),
            },
            "walk": {"prologue": draw(st.integers(0, 50)), "t_max": draw(st.floats(1.01, 1e9))},
            "train": {"epochs": draw(positive), "lr": draw(positive)},
            "evaluate": {"chain_steps": sorted(draw(st.sets(st.integers(1, 10**9), max_size=4)))},
        }
    )


@given(studies())
@FEW
def test_a_written_study_reads_back_the_same(tmp_path, study):
    path = tmp_path / "written.yaml"
    write_study(study, path)
    again = read_study(path)
    assert again == study
    assert list(again.network.populations) == list(study.network.populations)
    assert os.listdir(tmp_path) == ["written.yaml"]


def test_a_written_study_holds_every_default(path, tmp_path):
    written = tmp_path / "written.yaml"
    write_study(read_study(path), written)
    tree = yaml.safe_load(written.read_text(encoding="utf-8"))
    assert tree["network"]["populations"]["hidden"] == {
        "size": 500,
        "law": "bernoulli",
        "sigma": 1.0,
    }
    assert tree["data"]["binarise"] == "sample"
    assert tree["evaluate"]["chain_steps"] == [100, 1000, 10000]
    assert set(tree) == set(Study.model_fields)


def test_a_failed_write_leaves_the_old_file(path, monkeypatch):
    study = read_study(path, ["seed=7"])

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_study(study, path)
    assert path.read_text(encoding="utf-8") == MINIMAL
    assert os.listdir(path.parent) == [path.name]


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
trees = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
PLACES = [
    "data", "data.name", "network", "network.populations", "network.populations.hidden",
    "network.projections", "network.projections.0", "network.projections.0.dale", "network.order",
    "walk", "walk.t_max", "walk.steps", "train.lr", "evaluate.chain_steps", "name", "description",
]  # fmt: skip


@given(st.sampled_from(PLACES), trees)
@FEW
def test_any_value_anywhere_is_accepted_or_named(path, place, tree):
    value = yaml.safe_dump(tree, default_flow_style=True, width=10**6)
    assert (complaint(path, f"{place}={value}") or "none").isprintable()


@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
)
@FEW
def test_any_bytes_are_refused_in_one_line(path, content):
    path.write_bytes(content)
    assert mistake(path).startswith(f"{path}: ")
