"""Unpack archives from the internet, and let them write nowhere but in their folder."""

import os
import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO, NamedTuple

from asynet.datasets.files.npz import one_line
from asynet.errors import UserError

MOST_BYTES = 10**10  # unpacked
MOST_MEMBERS = 10**6  # of a .tar, each of which takes memory however little it holds


class Member(NamedTuple):
    """A member of an archive.

    Parameters
    ----------
    name : str
        Its path in the archive.
    kind : {"file", "folder", "other"}
        What it is.
    size : int
        Its size in bytes, unpacked.
    """

    name: str
    kind: str
    size: int


def unpack(archive: Path, folder: Path, most_bytes: int = MOST_BYTES) -> None:
    """Unpack a .tar, .tar.gz or .zip archive into a folder, completely or not at all.

    Parameters
    ----------
    archive : Path
        The archive.
    folder : Path
        The folder, which may exist. What the top level of the archive names in it is replaced.
    most_bytes : int
        Largest size of all members, unpacked.

    Raises
    ------
    UserError
        One line, if the archive is damaged or too large, or if a member is a link, a device or a
        pipe, has an absolute path, or leads out of the folder. Nothing is written then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".unpacking-", dir=folder) as temporary:
        try:
            if zipfile.is_zipfile(archive):
                with zipfile.ZipFile(archive) as opened:
                    infos = opened.infolist()
                    checked = _checked(archive, map(_zip_member, infos), most_bytes)
                    for info, path in zip(infos, checked, strict=True):
                        _write(Path(temporary) / path, None if info.is_dir() else opened.open(info))
            else:
                with tarfile.open(archive) as opened_tar:
                    members = list(islice(opened_tar, MOST_MEMBERS + 1))
                    if len(members) > MOST_MEMBERS:
                        raise UserError(f"{archive}: holds more than {MOST_MEMBERS} members")
                    checked = _checked(archive, map(_tar_member, members), most_bytes)
                    for member, path in zip(members, checked, strict=True):
                        _write(Path(temporary) / path, opened_tar.extractfile(member))
        except (UserError, MemoryError):
            raise
        except Exception as error:  # damaged bytes make tarfile and zipfile raise a dozen types
            if isinstance(error, OSError) and error.errno is not None:
                raise  # the disk, not the archive
            raise UserError(f"{archive}: not a readable archive ({one_line(error)})") from error
        for entry in os.listdir(temporary):
            _replace(Path(temporary) / entry, folder / entry)


def _checked(archive: Path, members: Iterator[Member], most_bytes: int) -> list[PurePosixPath]:
    """Return where each member goes, relative to the folder; UserError if one may not."""
    paths, total = [], 0
    for member in members:
        path = PurePosixPath(member.name.replace("\\", "/"))
        drive = ":" in path.parts[0] if path.parts else False
        if path.is_absolute() or drive or ".." in path.parts:
            raise UserError(f"{archive}: {member.name!r} climbs out of its folder; not unpacked")
        if member.kind == "other":
            problem = "is a link or a device; only files and folders are allowed"
            raise UserError(f"{archive}: {member.name!r} {problem}")
        total += member.size
        if total > most_bytes:
            raise UserError(f"{archive}: unpacks to more than {most_bytes} bytes; not unpacked")
        paths.append(path)
    return paths


def _zip_member(info: zipfile.ZipInfo) -> Member:
    kind = (info.external_attr >> 16) & 0o170000  # of the Unix mode; 0 if made elsewhere
    is_plain = kind in (0, 0o100000, 0o040000)
    name = "folder" if info.is_dir() else "file"
    return Member(info.filename, name if is_plain else "other", info.file_size)


def _tar_member(info: tarfile.TarInfo) -> Member:
    kind = "file" if info.isreg() else "folder" if info.isdir() else "other"
    return Member(info.name, kind, info.size)


def _write(path: Path, content: IO[bytes] | None) -> None:
    if content is None:
        path.mkdir(parents=True, exist_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with content, open(path, "wb") as file:
        shutil.copyfileobj(content, file)


def _replace(source: Path, target: Path) -> None:
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    os.replace(source, target)
