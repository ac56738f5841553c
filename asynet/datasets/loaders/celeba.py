"""CelebA, faces of 64 x 64 pixels, from the official aligned photographs.

Z. Liu, P. Luo, X. Wang and X. Tang, Deep Learning Face Attributes in the Wild (2015): 202,599
JPEG files of 178 x 218 pixels; for non-commercial research alone. They are scaled to 64 x 78
pixels and centre-cropped to 64 x 64 (Goyal et al. 2017, section 5), once, into a NumPy file in the
cache that is memory-mapped from then on.
"""

import hashlib
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import pooch
from PIL import Image

from asynet.datasets.files.npz import Rows, one_line, read_npz
from asynet.datasets.files.places import find_place, first_file
from asynet.datasets.images import ImageDataset, ImageSettings, Pixels, channels_first
from asynet.datasets.splits import split
from asynet.errors import UserError

SIZE = 64
PHOTOGRAPH = (178, 218)  # width, height
SCALED = (64, 78)
TOP = (78 - 64) // 2
OFFICIAL = 202_599
FIRST_VALIDATION, FIRST_TEST = 162_770, 182_637  # of the official split, counted from 0
MOST_FILE = 10_000_000  # bytes of one photograph
FOLDER = "img_align_celeba"
VERSION = 1  # of what is done to a photograph


@dataclass(frozen=True)
class Photographs:
    """The photographs of a folder or a zip archive.

    Parameters
    ----------
    names : tuple of str
        File names in order.
    read : callable
        Returns the bytes of a file.
    digest : str
        Is another one for other photographs.
    """

    names: tuple[str, ...]
    read: Callable[[str], bytes]
    digest: str


def load_celeba(data: ImageSettings) -> ImageDataset:
    """Return CelebA at 64 x 64 pixels, memory-mapped, in the order of the files, without classes.

    The complete set has the official split: 162,770 training, 19,867 validation and 19,962 test
    images. With `validation`, so many of the first 182,637 are held out instead. In a set of
    another size the last tenth is the test split, and as many images before it the validation
    split.

    Parameters
    ----------
    data : ImageSettings
        Name, path, validation and limit.

    Raises
    ------
    UserError
        One line, if the files are missing or damaged, or the split is impossible.
    """
    place = find_celeba(data.path)
    images = read_celeba(place)
    count = len(images)
    if count == OFFICIAL:
        whose, first_test, default = "official split", FIRST_TEST, FIRST_TEST - FIRST_VALIDATION
    else:
        whose = "no official split: the last tenth is for testing"
        first_test, default = count - count // 10, count // 10
    if count < 10:
        raise UserError(f"{place}: {count} images; must be at least 10")
    validation = default if data.validation is None else data.validation
    train, held_out = split(first_test, validation, data.limit)
    return ImageDataset(
        name=data.name,
        train=images[train],
        validation=images[held_out],
        test=images[first_test:],
        train_labels=None,
        validation_labels=None,
        test_labels=None,
        source=f"{place}: CelebA, {count} images, {whose}",
    )


def find_celeba(path: str | Path | None) -> Path:
    """Return the folder, the archive or the array of CelebA. See `places.find_place`."""
    hint = f"put {FOLDER}.zip, its folder, or a celeba64*.npz or .npy there; see asynet data list"
    return find_place(path, "CelebA", recognise, hint)


def recognise(folder: Path) -> Path | None:
    """Return what is to be read of a folder: photographs, their archive, arrays, or None.

    Parameters
    ----------
    folder : Path
        The folder.
    """
    for place in (folder / FOLDER, folder):
        if os.path.isdir(place) and any(map(_is_photograph, os.listdir(place))):
            return place
    arrays = [*folder.glob("celeba64*.npy"), *folder.glob("celeba64*.npz")]
    return first_file(folder, f"{FOLDER}.zip") or (arrays[0] if arrays else None)


def read_celeba(place: Path) -> Pixels:
    """Return the faces, shape (N, 3, 64, 64), uint8, in the order of the files.

    Parameters
    ----------
    place : Path
        A folder or a zip archive of the official photographs, whose faces are kept in the cache
        (see `cache_folder`) and memory-mapped; an .npy file of uint8 and shape (N, 3, 64, 64) or
        (N, 64, 64, 3), memory-mapped; or an .npz archive with `images` of shape (N, 64, 64, 3),
        read into memory.

    Raises
    ------
    UserError
        One line, if a file is damaged or has another shape.
    """
    if place.suffix == ".npz":
        return channels_first(
            read_npz(place, {"images": Rows((SIZE, SIZE, 3), OFFICIAL)})["images"]
        )
    if place.suffix == ".npy":
        return _mapped(place)
    with ExitStack() as stack:
        photographs = in_folder(place) if place.is_dir() else in_zip(place, stack)
        if not photographs.names:
            raise UserError(f"{place}: holds no .jpg files")
        cached = cache_folder() / f"celeba64-{photographs.digest}.npy"
        if not cached.is_file():
            _write(photographs, place, cached)
    return _mapped(cached)


def cache_folder() -> Path:
    """Return where prepared arrays are kept: $ASYNET_CACHE, or the user's cache folder."""
    return Path(os.environ.get("ASYNET_CACHE") or pooch.os_cache("asynet")).expanduser()


def in_folder(folder: Path) -> Photographs:
    """Return the photographs in a folder, in the order of their names.

    Parameters
    ----------
    folder : Path
        The folder.
    """
    names = sorted(filter(_is_photograph, os.listdir(folder)))
    stats = [os.stat(folder / name) for name in names]
    facts = [(n, s.st_size, s.st_mtime_ns) for n, s in zip(names, stats, strict=True)]
    return Photographs(tuple(names), lambda name: (folder / name).read_bytes(), _digest(facts))


def in_zip(path: Path, stack: ExitStack) -> Photographs:
    """Return the photographs in a zip archive.

    Parameters
    ----------
    path : Path
        The archive.
    stack : ExitStack
        The archive stays open until the stack is closed.

    Raises
    ------
    UserError
        One line, if the archive cannot be read, or holds a file that is too large.
    """
    try:
        archive = stack.enter_context(zipfile.ZipFile(path))
    except (OSError, zipfile.BadZipFile) as error:
        raise UserError(f"{path}: not a readable zip archive ({one_line(error)})") from error
    members = sorted(
        (m.filename, m.CRC, m.file_size) for m in archive.infolist() if _is_photograph(m.filename)
    )
    too_long = [name for name, _, size in members if size > MOST_FILE]
    if too_long:
        raise UserError(f"{path}: {too_long[0]}: more than {MOST_FILE} bytes")
    return Photographs(tuple(name for name, _, _ in members), archive.read, _digest(members))


def face(content: bytes) -> Pixels:
    """Return one photograph as a face, shape (3, 64, 64), uint8.

    It is scaled to 64 x 78 by Pillow's bilinear filter, whose triangles are as wide as a scaled
    pixel (the paper names no filter), and rows 7 to 70 are kept.

    Parameters
    ----------
    content : bytes
        A JPEG file of 178 x 218 pixels.

    Raises
    ------
    ValueError, OSError
        If it is no such photograph.
    """
    with Image.open(BytesIO(content), formats=["JPEG"]) as photograph:
        if photograph.size != PHOTOGRAPH:
            raise ValueError(f"{photograph.size} pixels; must be {PHOTOGRAPH}")
        scaled = photograph.convert("RGB").resize(SCALED, Image.Resampling.BILINEAR)
    return np.asarray(scaled)[TOP : TOP + SIZE].transpose(2, 0, 1)  # (3, 64, 64)


def _write(photographs: Photographs, place: Path, target: Path) -> None:
    """Write the faces to an .npy file, one photograph in memory at a time, all or nothing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{os.getpid()}-{target.name}")
    shape = (len(photographs.names), 3, SIZE, SIZE)
    header = {"descr": "|u1", "fortran_order": False, "shape": shape}
    try:
        with open(partial, "wb") as file:
            np.lib.format.write_array_header_1_0(file, header)  # type: ignore[no-untyped-call]
            for name in _tracked(photographs.names):
                file.write(_face_of(photographs, name, place).tobytes())
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)


def _face_of(photographs: Photographs, name: str, place: Path) -> Pixels:
    try:
        return face(photographs.read(name))
    except Exception as error:  # damaged bytes make zipfile and Pillow raise a dozen types
        problem = f"not a readable photograph ({one_line(error)})"
        raise UserError(f"{place}: {name}: {problem}") from None


def _tracked(names: tuple[str, ...]) -> Iterator[str]:
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    yield from track(names, "Preparing CelebA", console=console, disable=not console.is_terminal)


def _mapped(path: Path) -> Pixels:
    try:
        faces = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # damaged bytes make NumPy raise several types
        raise UserError(f"{path}: not a readable .npy file ({one_line(error)})") from error
    if isinstance(faces, np.ndarray) and faces.dtype == np.uint8 and faces.ndim == 4:
        if faces.shape[1:] == (3, SIZE, SIZE):
            return faces
        if faces.shape[1:] == (SIZE, SIZE, 3):
            return faces.transpose(0, 3, 1, 2)
    raise UserError(f"{path}: must be uint8 of shape (N, 3, 64, 64) or (N, 64, 64, 3)")


def _is_photograph(name: str) -> bool:
    return name.endswith(".jpg") and not name.rsplit("/", 1)[-1].startswith(".")


def _digest(facts: list[tuple[str, int, int]]) -> str:
    return hashlib.sha256(repr((VERSION, facts)).encode()).hexdigest()[:16]
