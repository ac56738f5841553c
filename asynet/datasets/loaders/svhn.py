"""SVHN, 32 x 32 colour photographs of house numbers' digits, from the official .mat files.

Y. Netzer, T. Wang, A. Coates, A. Bissacco, B. Wu and A. Y. Ng, Reading Digits in Natural Images
with Unsupervised Feature Learning (2011), cropped digits: 73,257 training and 26,032 test images.
The further `extra` images are not used.
"""

from pathlib import Path

import numpy as np
from scipy.io import loadmat, whosmat

from asynet.datasets.files.npz import check_labels, check_present, one_line
from asynet.datasets.files.places import find_place
from asynet.datasets.images import ImageDataset, ImageSettings, Labelled, split_images
from asynet.errors import UserError

FILES = ("train_32x32.mat", "test_32x32.mat")
PIXELS = (32, 32, 3)
MOST = 100_000  # images in a file


def load_svhn(data: ImageSettings) -> ImageDataset:
    """Return SVHN, both splits shuffled in a fixed order, with classes 0 to 9 for the digits.

    Parameters
    ----------
    data : ImageSettings
        Name, path, validation and limit.

    Raises
    ------
    UserError
        One line, if the files are missing or damaged, or the split is impossible.
    """
    folder = find_svhn(data.path)
    check_present(folder, FILES, [path.name for path in folder.iterdir()])
    train, test = (read_mat(folder / name) for name in FILES)
    counts = f"{len(train.images)} + {len(test.images)} images"
    source = f"{folder}: SVHN cropped digits, official test split ({counts})"
    return split_images(data, train, test, source)


def find_svhn(path: str | Path | None) -> Path:
    """Return the folder of the official files. See `places.find_place`.

    The path may be that of the folder, or of one of the files.
    """
    hint = f"put {' and '.join(FILES)} there (asynet data fetch svhn does)"
    place = find_place(path, "SVHN", recognise, hint)
    if place.is_dir():
        return place
    if place.name not in FILES:
        raise UserError(f"{place}: not SVHN; must be {' or '.join(FILES)}, or their folder")
    return place.parent


def recognise(folder: Path) -> Path | None:
    """Return the folder itself, or its svhn/, if it holds the official files, or None.

    Parameters
    ----------
    folder : Path
        The folder.
    """
    for place in (folder, folder / "svhn"):
        if any((place / name).is_file() for name in FILES):
            return place
    return None


def read_mat(path: Path) -> Labelled:
    """Read one official file.

    Parameters
    ----------
    path : Path
        A .mat file with X (32, 32, 3, N), uint8, and y (N, 1), where 10 is the digit 0.

    Returns
    -------
    Labelled
        Images (N, 3, 32, 32) and labels (N,), uint8, in the order of the file.

    Raises
    ------
    UserError
        One line, if it is damaged or has another layout.
    """
    try:
        shapes = {name: shape for name, shape, _ in whosmat(path)}
        check_present(path, ("X", "y"), shapes)
        images_shape, labels_shape = shapes["X"], shapes["y"]
        count = images_shape[-1]
        if images_shape[:-1] != PIXELS or not 0 < count <= MOST:
            problem = f"X: {images_shape} is not allowed; must be (32, 32, 3, N), N at most {MOST}"
            raise UserError(f"{path}: {problem}")
        if labels_shape not in ((count, 1), (1, count)):
            raise UserError(f"{path}: y: {labels_shape} is not allowed; must be ({count}, 1)")
        arrays = loadmat(path, variable_names=["X", "y"])
    except UserError:
        raise
    except Exception as error:  # damaged bytes make scipy raise a dozen types
        raise UserError(f"{path}: not a readable .mat file ({one_line(error)})") from error
    images, labels = arrays["X"], arrays["y"].reshape(-1)
    if images.dtype != np.uint8 or not np.issubdtype(labels.dtype, np.number):
        problem = f"X is {images.dtype} and y {labels.dtype}; must be uint8 and numbers"
        raise UserError(f"{path}: {problem}")
    if not np.isin(labels, range(1, 11)).all():
        raise UserError(f"{path}: y: labels must be whole numbers from 1 to 10")
    digits = labels.astype(np.uint8) % 10
    check_labels(path, "digit", count, digits)
    return Labelled(np.ascontiguousarray(images.transpose(3, 2, 0, 1)), digits)
