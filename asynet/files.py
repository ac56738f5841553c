"""Files: write them so that they are whole at every moment, and know where the package lies."""

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PACKAGE = Path(__file__).parent


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file that is either the old one or the new one, whatever happens meanwhile.

    Parameters
    ----------
    path : Path
        The file.
    content : bytes
        All of its content.

    Raises
    ------
    OSError
        If it cannot be written; the old file is then as it was.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def save_figure(figure: "Figure", path: Path) -> None:
    """Draw a figure into a PNG file, which appears whole or not at all.

    Parameters
    ----------
    figure : Figure
        A matplotlib figure.
    path : Path
        The file, .png.
    """
    png = io.BytesIO()
    figure.savefig(png, format="png")
    write_atomically(path, png.getvalue())
