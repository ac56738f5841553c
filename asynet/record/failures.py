"""Writes of an HDF5 file that fail: one error, which names the file, and no crash afterwards."""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import h5py

ERRNO = re.compile(r"errno = (\d+)")
_failed: list[Path] = []


def hdf5_has_failed() -> bool:
    """Return whether a write of HDF5 has failed in this process.

    HDF5 then has files that it can neither write nor close, and says so again when Python ends.
    """
    return bool(_failed)


class Written:
    """An HDF5 file that is being written, on a disk that may fail.

    HDF5 tells a failed write in many lines, sometimes as a RuntimeError. It also keeps what it
    could not write, tries again when the process ends, and may then crash. After a failure,
    whatever it still writes therefore goes to memory, and is dropped.

    Parameters
    ----------
    path : Path
        The file.
    file : h5py.File
        The same, open.
    """

    def __init__(self, path: Path, file: h5py.File) -> None:
        """Remember where HDF5 writes the file."""
        self.failed = False
        self._path, self._file = path, file
        self._descriptor: int = file.id.get_vfd_handle()
        self._place = os.fstat(self._descriptor)

    @contextmanager
    def writes(self) -> Iterator[None]:
        """Raise a write of the block that fails as an OSError that names the file."""
        try:
            yield
        except (OSError, RuntimeError) as error:
            self.failed = True
            _failed.append(self._path)
            self._detach()
            found = ERRNO.search(str(error))
            number = getattr(error, "errno", None) or (int(found[1]) if found else None)
            if number is None:
                raise
            raise OSError(number, os.strerror(number), str(self._path)) from error

    def close(self) -> None:
        """Close the file; after a failure, without writing to it.

        Raises OSError, if what HDF5 still had to write cannot be written.
        """
        if not self.failed:
            with self.writes():
                self._file.flush()
                self._file.close()
        with suppress(OSError, RuntimeError):
            self._file.close()

    def _detach(self) -> None:
        """Let HDF5's file descriptor lead to memory, if it leads to the file."""
        try:
            now = os.fstat(self._descriptor)
        except OSError:  # closed already
            return
        if not os.path.samestat(now, self._place):
            return
        if hasattr(os, "memfd_create"):
            nowhere = os.memfd_create("detached")
            os.dup2(nowhere, self._descriptor, inheritable=False)
            os.close(nowhere)
        else:
            with tempfile.TemporaryFile() as other:
                os.dup2(other.fileno(), self._descriptor, inheritable=False)
