"""Tables as examples: columns in order, labels apart, and 8-bit values where they are asked for."""

import numpy as np
import pytest
from mistakes import one_line_error

from asynet.datasets import load
from asynet.datasets.loaders.array_table import read_table
from asynet.study.data import Data


def write(path, values, labels=None, name="label"):
    names = [f"v{k}" for k in range(values.shape[1])]
    columns = values.T.tolist()
    if labels is not None:
        names.insert(1, name)
        columns.insert(1, list(labels))
    lines = [",".join(names), *(",".join(map(str, row)) for row in zip(*columns, strict=True))]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_values_and_labels_by_column(tmp_path):
    values = np.arange(18).reshape(3, 6) / 8
    found = read_table(write(tmp_path / "a.csv", values, [3, 0, 7]), (2, 3), "none")
    np.testing.assert_array_equal(found["train"], values.reshape(3, 2, 3), strict=True)
    assert found["train_labels"].tolist() == [3, 0, 7]


@pytest.mark.parametrize(
    ("values", "binarise", "kind"),
    [
        ([[0, 255]], "dequantise", np.uint8),
        ([[0, 1]], "dequantise", np.uint8),
        ([[0, 2]], "sample", np.uint8),
        ([[0, 1]], "sample", np.int64),
        ([[0, 255]], "none", np.int64),
        ([[0, 256]], "dequantise", np.int64),
        ([[-1, 2]], "dequantise", np.int64),
        ([[0.0, 2.0]], "dequantise", np.float64),
    ],
)
def test_which_values_are_pixels(tmp_path, values, binarise, kind):
    path = write(tmp_path / "a.csv", np.array(values))
    assert read_table(path, (2,), binarise)["train"].dtype == kind


def test_another_number_of_columns_and_labels_that_are_none(tmp_path):
    path = write(tmp_path / "a.csv", np.ones((2, 4)))
    one_line_error(lambda: read_table(path, (3,), "none"), "data.shape: [3]", "4 columns")
    path = write(tmp_path / "b.csv", np.ones((2, 4)), [0.5, 1.0])
    one_line_error(lambda: read_table(path, (4,), "none"), str(path), "'label'", "whole numbers")
    path = write(tmp_path / "c.csv", np.ones((2, 4)), ["cat", "dog"], "animal")
    one_line_error(lambda: read_table(path, (4,), "none"), str(path), "'animal'", "'cat'")


def test_a_study_reads_a_table(tmp_path):
    values = np.random.default_rng(1).normal(size=(30, 4))
    path = write(tmp_path / "a.csv", values, range(30))
    found = load(Data(name="array", path=str(path), shape=(4,)), 1)
    assert [len(part) for part in (found.train, found.validation, found.test)] == [25, 2, 3]
    rows = np.concatenate([found.train_labels, found.validation_labels, found.test_labels])
    every = np.concatenate([found.train, found.validation, found.test])
    np.testing.assert_array_equal(every, values[rows].astype(np.float32))
    assert sorted(rows.tolist()) == list(range(30))
