"""Tables of numbers: as the field's libraries write them, and refused by column otherwise."""

import numpy as np
import pytest
from mistakes import one_line_error

from asynet.exchange.columns import read_columns

FRAME = {
    "a": np.array([1, 2, -3]),
    "b": np.array([0.5, 1e-300, 3.0]),
    "c": np.array([True, False, True]),
}


@pytest.mark.parametrize("ending", [".csv", ".tsv", ";.csv", "index.csv", ".parquet"])
def test_what_pandas_writes_is_read_to_the_last_bit(tmp_path, ending):
    pandas = pytest.importorskip("pandas", reason="needs the neuro extra")
    path, frame = tmp_path / f"a{ending}", pandas.DataFrame(FRAME)
    if ending == ".parquet":
        frame.to_parquet(path)
    else:
        separator = {".tsv": "\t", ";.csv": ";"}.get(ending, ",")
        frame.to_csv(path, sep=separator, index=ending == "index.csv")
    found = read_columns(path)
    assert list(found) == list(FRAME)
    for name, values in FRAME.items():
        np.testing.assert_array_equal(found[name], values, strict=True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,x\n", ("column 'b'", "row 1", "'x'")),
        ("a,b\n1,2\n1,\n", ("column 'b'", "row 2", "''")),
        ("a,b\n1,nan\n", ("column 'b'", "row 1", "no finite number")),
        ("a,b\n1,1e999\n", ("column 'b'", "row 1", "no finite number")),
        ("a,b\n1,2,3\n", ("row 1 has 3 values, not 2",)),
        ("a,a\n1,2\n", ("two columns are called 'a'",)),
        (",b\n7,2\n", ("column 1 has no name",)),
        ("0.1,0.2\n0.3,0.4\n", ("the first line holds numbers",)),
    ],
)
def test_what_is_no_table_of_numbers_is_refused_by_its_column(tmp_path, text, words):
    path = tmp_path / "a.csv"
    path.write_text(text)
    one_line_error(lambda: read_columns(path), str(path), *words)


def test_columns_of_parquet_that_are_no_numbers(tmp_path):
    pandas = pytest.importorskip("pandas", reason="needs the neuro extra")
    path = tmp_path / "a.parquet"
    pandas.DataFrame({"a": [1], "who": ["x"]}).to_parquet(path)
    one_line_error(lambda: read_columns(path), str(path), "column 'who'", "no numbers")
    pandas.DataFrame({"a": pandas.array([1, None], "Int64")}).to_parquet(path)
    one_line_error(lambda: read_columns(path), str(path), "column 'a'", "1 values are missing")
    path.write_bytes(b"nonsense")
    one_line_error(lambda: read_columns(path), str(path), "cannot be read as .parquet")


def test_a_missing_library_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1")
    one_line_error(lambda: read_columns(path), str(path), "pyarrow", "asynet[neuro]")
