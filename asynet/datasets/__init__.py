"""Data sets: official formats in, arrays out."""

from asynet.datasets.dataset import Binarise, Dataset, DataSettings, binarise
from asynet.datasets.mnist import load_mnist
from asynet.datasets.patterns import load_patterns
from asynet.datasets.toys import TOYS, load_toy
from asynet.errors import UserError

__all__ = ["NAMES", "Binarise", "DataSettings", "Dataset", "binarise", "load"]

NAMES = ("mnist", *TOYS, "patterns")


def load(data: DataSettings, seed: int) -> Dataset:
    """Return the data set that data.name names.

    The seed draws toys and patterns; MNIST is the same for every seed.
    Raises UserError, one line that starts with the key or the file, for an unknown name, an
    impossible split, and files missing or damaged.
    """
    if data.name == "mnist":
        return load_mnist(data)
    if data.name in TOYS:
        return load_toy(data, seed)
    if data.name == "patterns":
        return load_patterns(data, seed)
    raise UserError(f"data.name: {data.name} is not a data set; must be one of {', '.join(NAMES)}")
