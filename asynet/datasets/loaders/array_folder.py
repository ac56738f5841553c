"""Examples of one's own as a folder of pictures, PNG or JPEG."""

import os
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from asynet.datasets.arrays import SPLITS
from asynet.errors import UserError
from asynet.record.inputs import reading
from asynet.types import Array

ENDINGS = (".png", ".jpg", ".jpeg")
MODES = {1: "L", 3: "RGB"}  # what Pillow calls grey and colour
MOST_BYTES = 2**34
OPAQUE = 255
# What pictures of 8 bits a channel are stored as. Others, such as I;16, would lose values.
EIGHT_BIT = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr")


def read_folder(folder: Path, shape: tuple[int, ...]) -> dict[str, Array]:
    """Return the pictures of a folder, each cropped about its centre and scaled to one shape.

    Parameters
    ----------
    folder : Path
        Holds pictures, or a subfolder of pictures for each class; or subfolders called train and
        perhaps validation and test, each of which holds one or the other. Hidden files do not
        count.
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
    channels = 1 if len(shape) == 2 else shape[0]
    if len(shape) < 2 or channels not in MODES:
        allowed = "[height, width] for grey or [3, height, width] for colour"
        raise UserError(
            f"data.shape: {list(shape)} is not allowed with pictures; must be {allowed}"
        )
    entries = _entries(folder)
    folders = [path.name for path in entries if path.is_dir()]
    if "train" in folders and set(folders) <= set(SPLITS) and len(folders) == len(entries):
        places = {path.name: path for path in entries}
    else:
        places = {"train": folder}
    classes = _classes(places["train"])
    arrays = dict[str, Array]()
    for name, place in places.items():
        if _classes(place) != classes:
            problem = f"must have the class subfolders of {places['train']}"
            raise UserError(f"{place}: {problem}")
        paths, labels = _pictures(place, classes)
        arrays[name] = _pixels(paths, shape)
        if classes:
            arrays[f"{name}_labels"] = labels
    return arrays


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
        raise UserError(f"data.shape: {problem}; at most {MOST_BYTES / 1e9:.0f} GB is allowed")
    pixels = np.empty((len(paths), *shape), np.uint8)
    for place, path in enumerate(paths):
        pixels[place] = read_picture(path, shape)
    return pixels


def read_picture(path: Path, shape: tuple[int, ...]) -> Array:
    """Return a picture of 8 bits a channel in a shape, cropped about its centre and scaled.

    As little as possible is cut off so that the picture has the proportions of the shape: a square
    of its centre, for a square shape. One that has the shape already stays as it is. In place of
    colours a grey picture has their luma (ITU-R 601-2).

    Parameters
    ----------
    path : Path
        A PNG or JPEG file. Its EXIF orientation is followed.
    shape : tuple of int
        See `read_folder`.

    Returns
    -------
    array of uint8, shape `shape`
        The pixels.

    Raises
    ------
    UserError
        One line that names the file.
    """
    channels, (height, width) = (1 if len(shape) == 2 else shape[0]), shape[-2:]
    with reading(path, "a picture"), warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(path, formats=("PNG", "JPEG")) as opened:
            if opened.mode not in EIGHT_BIT:
                raise UserError(f"{path}: pixels of type {opened.mode}; 8 bits a channel are read")
            picture = ImageOps.exif_transpose(opened)
            if "A" in picture.mode or "transparency" in picture.info:
                picture = picture.convert("RGBA")
                if np.asarray(picture.getchannel("A")).min() < OPAQUE:
                    raise UserError(f"{path}: has parts that can be seen through; not allowed")
            grey = picture.mode == "L" and channels == 1  # spared the rounding of luma
            plain = picture if grey else picture.convert("RGB").convert(MODES[channels])
            fitted = ImageOps.fit(plain, (width, height), Image.Resampling.BOX)
            pixels = np.asarray(fitted)
    return (pixels if channels == 1 else pixels.transpose(2, 0, 1)).reshape(shape)
