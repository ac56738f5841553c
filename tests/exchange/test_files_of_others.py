"""Every file in docs/files_read.md is written, read and compared; the page shows these rows."""

from pathlib import Path

import pytest
from files_of_others import ROWS, page

PAGE = Path(__file__).parents[2] / "docs" / "files_read.md"
MODULES = {"Pillow": "PIL", "bmtk": "libsonata", "h5py": "libsonata"}


@pytest.mark.parametrize(
    "row", ROWS, ids=[f"{row.writer.split()[0]}: {row.holds}".replace(" ", "_") for row in ROWS]
)
def test_a_file_of_another_library(tmp_path, row):
    name = row.writer.split(".")[0]
    pytest.importorskip(MODULES.get(name, name), reason="needs the neuro extra")
    if "arquet" in row.holds:
        pytest.importorskip("pyarrow", reason="needs the neuro extra")
    row.check(tmp_path)


def test_the_page_has_these_rows():
    assert PAGE.read_text() == page()
    assert len(ROWS) >= 60
