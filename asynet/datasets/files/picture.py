"""Pictures of one's own, PNG or JPEG: decoded, cropped about the centre and scaled."""

import warnings
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from asynet.errors import UserError
from asynet.record.inputs import one_line, require_file
from asynet.types import Array

MODES = {1: "L", 3: "RGB"}  # what Pillow calls grey and colour
OPAQUE = 255
# What pictures of 8 bits a channel are stored as. Others, such as I;16, would lose values.
EIGHT_BIT = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr")


def require_shape(shape: tuple[int, ...]) -> None:
    """Refuse a shape that no picture has.

    Parameters
    ----------
    shape : tuple of int
        The axes of one example.

    Raises
    ------
    UserError
        One line.
    """
    channels = 1 if len(shape) == 2 else shape[0]
    if len(shape) < 2 or channels not in MODES:
        allowed = "[height, width] for grey or [3, height, width] for colour"
        raise UserError(
            f"data.shape: {list(shape)} is not allowed with pictures; must be {allowed}"
        )


def read_picture(path: Path, shape: tuple[int, ...]) -> Array:
    """Return the picture in a file. See `decoded`.

    Parameters
    ----------
    path : Path
        A PNG or JPEG file.
    shape : tuple of int
        [height, width] or [1, height, width] for grey, [3, height, width] for colour.

    Raises
    ------
    UserError
        One line that names the file.
    """
    require_file(path)
    return decoded(path, shape, str(path))


def decoded(picture: Path | bytes, shape: tuple[int, ...], place: str) -> Array:
    """Return a picture of 8 bits a channel in a shape, cropped about its centre and scaled.

    As little as possible is cut off so that the picture has the proportions of the shape: a square
    of its centre, for a square shape. One that has the shape already stays as it is. In place of
    colours a grey picture has their luma (ITU-R 601-2).

    Parameters
    ----------
    picture : Path or bytes
        A PNG or JPEG file, or what it holds. Its EXIF orientation is followed.
    shape : tuple of int
        See `read_picture`.
    place : str
        Where it comes from, for a message.

    Returns
    -------
    array of uint8, shape `shape`
        The pixels.

    Raises
    ------
    UserError
        One line that names the place, for what is no picture, has parts that can be seen through,
        more than 8 bits a channel, or more pixels than Pillow finds safe to unpack.
    """
    channels, (height, width) = (1 if len(shape) == 2 else shape[0]), shape[-2:]
    with one_line(Path(place), "a picture"), warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        file = BytesIO(picture) if isinstance(picture, bytes) else picture
        with Image.open(file, formats=("PNG", "JPEG")) as opened:
            if opened.mode not in EIGHT_BIT:
                raise UserError(f"{place}: pixels of type {opened.mode}; 8 bits a channel are read")
            pixels = np.asarray(_fitted(opened, channels, width, height, place))
    return (pixels if channels == 1 else pixels.transpose(2, 0, 1)).reshape(shape)


def _fitted(opened: Image.Image, channels: int, width: int, height: int, place: str) -> Image.Image:
    picture = ImageOps.exif_transpose(opened)
    if "A" in picture.mode or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        if np.asarray(picture.getchannel("A")).min() < OPAQUE:
            raise UserError(f"{place}: has parts that can be seen through; not allowed")
    grey = picture.mode == "L" and channels == 1  # spared the rounding of luma
    plain = picture if grey else picture.convert("RGB").convert(MODES[channels])
    return ImageOps.fit(plain, (width, height), Image.Resampling.BOX)
