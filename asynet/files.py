"""Files: write them so that they are whole at every moment, and know where the package lies."""

import errno
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PACKAGE = Path(__file__).parent
# What a user cannot mend by another path: a full or a broken disk, too many open files.
MACHINE = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let every OSError of the block name this file; those of `write` and `fsync` name none.

    Parameters
    ----------
    path : Path
        The file that the block writes.
    """
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from error


def of_the_machine(error: OSError) -> bool:
    """Return whether an error is the machine's, such as a full disk, and not that of a path.

    Parameters
    ----------
    error : OSError
        The error.
    """
    return error.errno in MACHINE


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
        If it cannot be written; the old file is then as it was. It names the file.
    """
    partial = path.with_name(path.name + ".partial")
    with naming(path):
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
