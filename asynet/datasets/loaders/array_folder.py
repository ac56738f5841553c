"""Examples of one's own as a folder of pictures, PNG or JPEG."""

import os
from pathlib import Path

import numpy as np

from asynet.datasets.arrays import SPLITS
from asynet.datasets.files.picture import read_picture, require_shape
from asynet.errors import UserError
from asynet.types import Array

ENDINGS = (".png", ".jpg", ".jpeg")
MOST_BYTES = 2**34


def read_folder(folder: Path, shape: tuple[int, ...]) -> dict[str, Array]:
    """Return the pictures of a folder, each cropped about its centre and scaled to one shape.

    Parameters
    ----------
    folder : Path
        See `list_folder`.
    shape : tuple of int
        [height, width] or [1, height, width] for grey, [3, height, width] for colour.

    Returns
    -------
    dict
        `train` and other splits, (N, *shape) uint8. Labels (N,) count the class subfolders in the
        order of their names.

    Raises
    ------
    UserError
        One line that names the file or the folder, for what is no picture, has parts that can be
        seen through, or more than 8 bits a channel.
    """
    require_shape(shape)
    arrays = dict[str, Array]()
    for name, (paths, labels) in list_folder(folder).items():
        arrays[name] = _pixels(paths, shape)
        if labels is not None:
            arrays[f"{name}_labels"] = labels
    return arrays


def list_folder(folder: Path) -> dict[str, tuple[list[Path], Array | None]]:
    """Return the pictures of a folder and their classes, by split.

    Parameters
    ----------
    folder : Path
        Holds pictures, or a subfolder of pictures for each class; or subfolders called train and
        perhaps validation and test, each of which holds one or the other. Hidden files do not
        count.

    Raises
    ------
    UserError
        One line that names the file or the folder.
    """
    entries = _entries(folder)
    folders = [path.name for path in entries if path.is_dir()]
    if "train" in folders and set(folders) <= set(SPLITS) and len(folders) == len(entries):
        places = {path.name: path for path in entries}
    else:
        places = {"train": folder}
    classes, found = _classes(places["train"]), dict[str, tuple[list[Path], Array | None]]()
    for name, place in places.items():
        if _classes(place) != classes:
            problem = f"must have the class subfolders of {places['train']}"
            raise UserError(f"{place}: {problem}")
        paths, labels = _pictures(place, classes)
        found[name] = paths, labels if classes else None
    return found


def _entries(folder: Path) -> list[Path]:
    try:
        return [folder / name for name in sorted(os.listdir(folder)) if not name.startswith(".")]
    except OSError as error:
        raise UserError(f"{folder}: {error.strerror}") from None


def _classes(folder: Path) -> list[str]:
    """Return the names of the class subfolders; none where the folder holds the pictures."""
    entries = _entries(folder)
    if not entries:
        raise UserError(f"{folder}: holds no pictures; PNG and JPEG are read")
    folders = [path for path in entries if path.is_dir()]
    if folders and len(folders) < len(entries):
        lone = next(path for path in entries if not path.is_dir())
        raise UserError(f"{lone}: lies beside subfolders; every picture must lie in one of them")
    return [path.name for path in folders]


def _pictures(folder: Path, classes: list[str]) -> tuple[list[Path], Array]:
    paths, labels = list[Path](), list[int]()
    for label, place in enumerate([folder / name for name in classes] or [folder]):
        found = _entries(place)
        for path in found:
            if path.suffix.lower() not in ENDINGS:
                raise UserError(f"{path}: is no picture; must end in {', '.join(ENDINGS)}")
        if not found:
            raise UserError(f"{place}: holds no pictures; PNG and JPEG are read")
        paths += found
        labels += [label] * len(found)
    return paths, np.array(labels, np.int64)


def _pixels(paths: list[Path], shape: tuple[int, ...]) -> Array:
    size = len(paths) * int(np.prod(shape))
    if size > MOST_BYTES:
        problem = f"{len(paths)} pictures of {list(shape)} need {size / 1e9:.0f} GB"
        most = f"at most {MOST_BYTES / 1e9:.0f} GB is allowed"
        raise UserError(f"data.shape: {problem}; {most} without data.stream")
    pixels = np.empty((len(paths), *shape), np.uint8)
    for place, path in enumerate(paths):
        pixels[place] = read_picture(path, shape)
    return pixels
