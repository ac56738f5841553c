"""Download data sets of images from where they are published, and check them."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pooch

from asynet.datasets.files.npz import one_line
from asynet.datasets.files.resume import Progress, Resume
from asynet.datasets.files.unpack import unpack
from asynet.errors import UserError


@dataclass(frozen=True)
class Download:
    """One published file.

    Parameters
    ----------
    url : str
        Its address.
    checksum : str or None
        `md5:...` or `sha256:...`; None if none is known.
    folder : str
        Where it is put, relative to the folder of data.
    unpacked : bool
        Whether it is an archive to unpack.
    """

    url: str
    checksum: str | None
    folder: str = "."
    unpacked: bool = False

    @property
    def file(self) -> str:
        """Return the name of the file, the last part of its address."""
        return self.url.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Source:
    """Where a data set is published.

    Parameters
    ----------
    name : str
        Its name in a study.
    what : str
        What it holds.
    downloads : tuple of Download
        The files that `fetch` downloads.
    megabytes : int
        Their size together.
    terms : str
        Its licence, or what its authors ask for.
    by_hand : str
        How to get it if nothing can be fetched.
    """

    name: str
    what: str
    downloads: tuple[Download, ...]
    megabytes: int
    terms: str
    by_hand: str = ""


def _mnist_like(base: str, folder: str, *checksums: str) -> tuple[Download, ...]:
    files = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
    return tuple(
        Download(f"{base}/{file}-ubyte.gz", f"md5:{checksum}", folder)
        for file, checksum in zip(files, checksums, strict=True)
    )


CELEBA_ZIP = "img_align_celeba.zip"
# Krizhevsky and Xiao et al. publish their files' checksums; the others are those by which
# torchvision knows the files.
CHECKSUMS = {  # of files that nobody can fetch for you, or that have another layout
    "cifar-10-binary.tar.gz": "md5:c32a1d4ab5d03f1284b67883e8d87530",
    CELEBA_ZIP: "md5:00d2c5bc6d35e252742224ab0c1e8fcb",
}
SOURCES = {
    source.name: source
    for source in (
        Source(
            "mnist",
            "handwritten digits, 70,000 of 28 x 28, grey; comes with asynet",
            _mnist_like(
                "https://ossci-datasets.s3.amazonaws.com/mnist",
                ".",
                "f68b3c2dcbeaaa9fbdd348bbdeb94873",
                "d53e105ee54ea40749a09fcbcd1e9432",
                "9fb629c4189551a2d022fa330f9573f3",
                "ec29112dd5afa0611ce80d1b7f02629c",
            ),
            12,
            "CC BY-SA 3.0; cite LeCun, Cortes and Burges (1998)",
        ),
        Source(
            "fashion_mnist",
            "articles of clothing, 70,000 of 28 x 28, grey",
            _mnist_like(
                "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
                "fashion_mnist",
                "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                "25c81989df183df01b3e8a0aad5dffbe",
                "bef4ecab320f06d8554ea6380940ec79",
                "bb300cfdad3c16e7a12a480ee83cd310",
            ),
            31,
            "MIT; cite Xiao, Rasul and Vollgraf (2017)",
        ),
        Source(
            "cifar10",
            "photographs of ten classes, 60,000 of 32 x 32, colour",
            (
                Download(
                    "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
                    "md5:c58f30108f718f92721af3b95e74349a",
                    unpacked=True,
                ),
            ),
            170,
            "no stated licence; cite Krizhevsky (2009)",
        ),
        Source(
            "svhn",
            "digits of house numbers, 99,289 of 32 x 32, colour",
            (
                Download(
                    "http://ufldl.stanford.edu/housenumbers/train_32x32.mat",
                    "md5:e26dedcc434d2e4c54c9b2d4a06d8373",
                    "svhn",
                ),
                Download(
                    "http://ufldl.stanford.edu/housenumbers/test_32x32.mat",
                    "md5:eb5a983be6a315427106f1b164d9cef3",
                    "svhn",
                ),
            ),
            246,
            "non-commercial use; cite Netzer et al. (2011)",
        ),
        Source(
            "celeba",
            "faces, 202,599 photographs of 178 x 218, colour",
            (),
            1443,
            "non-commercial research; cite Liu et al. (2015)",
            f"its authors give {CELEBA_ZIP} through Google Drive alone: follow "
            "https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html, Align&Cropped Images",
        ),
    )
}


def default_folder() -> Path:
    """Return where fetched data go: $ASYNET_DATA, or data/ in the working directory."""
    return Path(os.environ.get("ASYNET_DATA") or "data").expanduser()


def source_of(name: str) -> Source:
    """Return where a data set is published.

    Parameters
    ----------
    name : str
        Its name in a study.

    Raises
    ------
    UserError
        One line, if there is no such data set to fetch.
    """
    if name not in SOURCES:
        raise UserError(f"{name}: not a data set to fetch; must be one of {', '.join(SOURCES)}")
    return SOURCES[name]


def fetch(
    source: Source, folder: Path, progress: Callable[[str], Progress], pause: float = 1.0
) -> list[Path]:
    """Download a data set into a folder, verify it, and unpack it.

    A file that is there with the right checksum is not downloaded again. An interrupted download
    is continued from `FILE.part`, at once or by the next call.

    Parameters
    ----------
    source : Source
        Where the data set is published.
    folder : Path
        The folder of data; it is made if it does not exist.
    progress : callable
        Takes the name of a file, and returns what is called with the bytes so far and in all.
    pause : float
        Seconds before the next attempt.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    UserError
        One line, if the data set cannot be fetched, the server refuses, a checksum is wrong (the
        file is then deleted), or an archive is unsafe to unpack.
    """
    if not source.downloads:
        raise UserError(f"{source.name}: cannot be fetched: {source.by_hand}; put it in {folder}")
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder}: is a file; must be a folder to put {source.name} in")
    pooch.get_logger().setLevel("WARNING")
    files = []
    for download in source.downloads:
        target = folder / download.folder
        target.mkdir(parents=True, exist_ok=True)
        downloader = Resume(target / f"{download.file}.part", progress(download.file), pause)
        try:
            path = pooch.retrieve(
                download.url, download.checksum, download.file, target, downloader=downloader
            )
        except ValueError as error:
            problem = f"{one_line(error)}; nothing is kept"
            raise UserError(f"{download.url}: {problem}") from None
        if download.unpacked:
            unpack(Path(path), target)
        files.append(Path(path))
    return files
