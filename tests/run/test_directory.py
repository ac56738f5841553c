"""The run directory: reopened for the same study alone, its metrics kept whole."""

import json

import pytest
from tiny import create, tiny

from asynet.errors import UserError
from asynet.run.claim import LOCK
from asynet.run.directory import RunDirectory
from asynet.run.resume import reopen
from asynet.study.file import read_study


def test_a_new_directory_holds_the_resolved_study(tmp_path):
    study = tiny(tmp_path, "train.lr=0.125")
    directory = create(tmp_path / "a" / "b", study)
    assert {p.name for p in directory.path.iterdir()} == {"study.yaml", LOCK}
    assert read_study(directory.study) == study
    (tmp_path / "empty").mkdir()
    assert create(tmp_path / "empty", study).study.is_file()


def test_it_is_reopened_for_the_same_study_alone(tmp_path):
    directory = create(tmp_path / "run", tiny(tmp_path))
    for same in ((), ("compute.kernel=torch",), ("checkpoint.every_seconds=5",)):
        assert reopen(directory.path, tiny(tmp_path, *same)).directory == directory
    for override, difference in {
        "seed=2": "seed was 1 and is now 2",
        "train.lr=0.5": "train.lr was 0.3 and is now 0.5",
        "train.patience=3": "train.patience was null and is now 3; may change: train.epochs, ",
        "network.projections.0.std=1": "network.projections.0.std was 0.1 and is now 1.0",
        "network.populations.third={size: 4}": "network.populations.third was null and is now {",
        "evaluate.chain_steps=[5]": "evaluate.chain_steps was [5, 10] and is now [5]",
        "evaluate.chain_steps=[5, 9]": "evaluate.chain_steps.1 was 10 and is now 9",
        "network.order=synchronous": "network.order was 'alternating' and is now 'synchronous'",
    }.items():
        with pytest.raises(UserError) as error:
            reopen(directory.path, tiny(tmp_path, override))
        where = f"--resume: {directory.path} holds a run of another study: "
        assert str(error.value).startswith(where + difference)


def test_the_order_of_populations_counts(tmp_path):
    names, size = ("a", "b", "visible"), "{size: 12}"
    first, second = (
        tiny(
            tmp_path,
            f"network.populations={{{', '.join(f'{name}: {size}' for name in order)}}}",
            "network.projections=[{pre: a, post: b}]",
            "network.order=synchronous",
        )
        for order in (names, names[::-1])
    )
    create(tmp_path / "run", first)
    with pytest.raises(UserError, match=r"network\.populations come in another order"):
        reopen(tmp_path / "run", second)


def test_it_is_not_reopened_where_there_is_none(tmp_path):
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(UserError, match=r"holds no run \(study.yaml is missing\)"):
            reopen(path, tiny(tmp_path))
    (tmp_path / "study.yaml").write_text("lr: [")
    with pytest.raises(UserError, match=r"study\.yaml: line 1"):
        reopen(tmp_path, tiny(tmp_path))


def test_metrics_are_kept_up_to_a_step(tmp_path):
    directory = RunDirectory(tmp_path)
    assert directory.read_metrics() == []
    directory.keep_metrics_before(3)
    assert directory.read_metrics() == []
    lines = [{"step": step, "x": 0.1 * step} for step in (0, 0, 1, 3, 5)]
    for line in lines:
        directory.append_metrics(line)
    assert directory.read_metrics() == lines
    with directory.metrics.open("ab") as file:
        file.write(b'{"step": 0, "x": 0.\x00\xff')  # what a killed process, or a full disk, leaves
    directory.keep_metrics_before(3)
    assert directory.read_metrics() == lines[:3]
    directory.append_metrics({"step": 3})
    assert directory.read_metrics() == [*lines[:3], {"step": 3}]
    directory.keep_metrics_before(0)
    assert directory.metrics.read_bytes() == b""


def test_final_numbers_are_finite(tmp_path):
    directory = RunDirectory(tmp_path)
    directory.write_summary({"x": {"value": 1.5}})
    with pytest.raises(FloatingPointError, match="the final y is not finite"):
        directory.write_summary({"x": 1, "y": {"value": float("nan")}})
    assert json.loads((tmp_path / "summary.json").read_text()) == {"x": {"value": 1.5}}
