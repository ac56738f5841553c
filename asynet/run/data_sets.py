"""Which data sets of images there are, and whether they are on this machine."""

from dataclasses import dataclass
from pathlib import Path

from asynet.datasets.check import find
from asynet.datasets.files.fetch import SOURCES


@dataclass(frozen=True)
class ImageDataSet:
    """A data set of images that a study can name.

    Parameters
    ----------
    name : str
        Its name in a study.
    what : str
        What it holds.
    place : Path, optional
        Where it is on this machine; None: nowhere.
    how : str, optional
        How to get it; None: it comes with asynet.
    terms : str, optional
        Its licence, or what its authors ask.
    """

    name: str
    what: str
    place: Path | None
    how: str | None = None
    terms: str | None = None


def image_data_sets() -> list[ImageDataSet]:
    """Return every data set of images that a study can name."""
    found = []
    for source in SOURCES.values():
        unverified = any(download.checksum is None for download in source.downloads)
        checked = "unverified" if unverified else "verified by checksum"
        command = f"asynet data fetch {source.name} ({source.megabytes} MB, {checked})"
        how = source.by_hand or command
        place = find(source.name)
        found.append(ImageDataSet(source.name, source.what, place, how, source.terms))
    few = "2,500 images of cifar10 for quick studies; comes with asynet"
    return [*found, ImageDataSet("cifar10_sample", few, find("cifar10_sample"))]
