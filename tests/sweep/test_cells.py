import pytest

from asynet.errors import UserError
from asynet.study.plain_yaml import parse
from asynet.sweep.cells import axis_of, make_cells, read_axis, read_seeds


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("train.lr=0.05,0.1", ("0.05", "0.1")),
        ("evaluate.chain_steps=[1, 2],[3]", ("[1, 2]", "[3]")),
        ("x={a: 1, b: 2},null", ("{a: 1, b: 2}", "null")),
        ("x='a,b',c", ("'a,b'", "c")),
        ("train.lr=0.1", ("0.1",)),
    ],
)
def test_values_are_split_at_commas_outside_brackets_and_quotes(text, values):
    assert read_axis(text).values == values


@pytest.mark.parametrize("text", ["train.lr", "=1,2", "train.lr=1,,2", "train.lr=1,1", "a=[1,2"])
def test_an_axis_that_is_none_is_refused(text):
    with pytest.raises(UserError):
        read_axis(text)


def test_seeds():
    assert read_seeds("1..3,7") == (1, 2, 3, 7)
    for wrong in ("", "a", "3..1", "1,1", "-1", "1..", "1..999999999"):
        with pytest.raises(UserError, match="--seeds"):
            read_seeds(wrong)


def test_every_combination_with_every_seed():
    axes = [read_axis("train.lr=0.1,0.2"), read_axis("seedless=a,b,c"), read_axis("k=7")]
    cells = make_cells(axes, (1, 2))
    assert len(cells) == 2 * 3 * 2
    assert len({cell.name for cell in cells}) == len(cells)
    assert cells[0].overrides == ["k=7", "train.lr=0.1", "seedless=a"]
    assert [cell.seed for cell in cells[:4]] == [1, 2, 1, 2]
    assert cells[0].name == "0001-lr=0.1-seedless=a-seed=1"
    assert cells[0].label == "train.lr=0.1, seedless=a, seed 1"


def test_axes_together():
    axes = [read_axis("a=1,2"), read_axis("b=3,4"), read_axis("c=5")]
    assert [c.setting for c in make_cells(axes, together=True)] == [
        {"a": "1", "b": "3"},
        {"a": "2", "b": "4"},
    ]
    with pytest.raises(UserError, match="--zip: axes must have equally many values; a has 2"):
        make_cells([read_axis("a=1,2"), read_axis("b=3,4,5")], together=True)


@pytest.mark.parametrize("axes", [("a=1,2", "a=3"), ("seed=1,2",)])
def test_what_cannot_be_an_axis(axes):
    with pytest.raises(UserError):
        make_cells([read_axis(text) for text in axes])


def test_one_study_with_seeds_alone():
    (first, second) = make_cells([], (4, 5))
    assert (first.setting, first.seed, second.seed) == ({}, 4, 5)


def test_a_name_cannot_leave_the_folder():
    (cell, _) = make_cells([read_axis("data.path=../../x,/etc/y")])
    assert cell.name == "0001-path=.._.._x"
    assert "/" not in cell.name


def test_values_of_python_read_back():
    values = [0.1, "rate", None, True, "true", "1", [1, 2], {"a": "b, c"}]
    assert [parse(text, "") for text in axis_of("a", values).values] == values
    assert axis_of("a", ["rate", 0.1]).values == ("rate", "0.1")
    assert axis_of("a", [[1, 2]]).values == ("[1, 2]",)
    assert axis_of("a", 3).values == ("3",)
