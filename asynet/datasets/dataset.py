"""What a data set is, and how its intensities become spikes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from asynet.datasets.arrays import split_arrays, stacked
from asynet.datasets.sources import Examples
from asynet.datasets.splits import Labels
from asynet.network.network import Network
from asynet.study.data import Data
from asynet.types import Binarise

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Dataset:
    """The examples of a data set in three splits, one example a row.

    Parameters
    ----------
    name : str
        Name of the data set; `array` for arrays of one's own.
    train, validation, test : array or Streamed, shape (N, D)
        Those that stay on disk are read when they are indexed. Images are intensities in [0, 1],
        or pixels (uint8), until `binarise` makes spikes of them; patterns are {0, 1}; toys are
        real-valued, of about unit size.
    train_labels, validation_labels, test_labels : array of int64, shape (N,), or None
        Classes, where there are any.
    shape : tuple of int
        The axes that D flattens: (28, 28) for MNIST, (3, 32, 32) for CIFAR-10.
    binarise : {"sample", "threshold", "none", "dequantise"}
        How values become states: see `binarise` and, of the last, `dequantise`.
    following : array, shape (N, D), optional
        What a recording holds one bin after each training example.
    test_followed : array of bool, shape (N_test,), optional
        For a recording: whether the next row of `test` is the bin that follows in time. False at
        the end of a stretch of time, and for the last row.
    recorded : Network, optional
        The network whose activity a recording is, where it is known.
    block : Data, optional
        The data block of a study that gives this data set, where there is one.
    seed : int, optional
        Seed from which the examples were drawn, if they were drawn.
    """

    name: str
    train: Examples
    validation: Examples
    test: Examples
    train_labels: Labels | None
    validation_labels: Labels | None
    test_labels: Labels | None
    shape: tuple[int, ...]
    binarise: Binarise
    following: Array | None = None
    test_followed: NDArray[np.bool_] | None = None
    recorded: Network | None = None
    block: Data | None = None
    seed: int | None = None

    def __repr__(self) -> str:
        """Return the name, the sizes of the splits and the shape of an example on one line."""
        sizes = f"{len(self.train):,} + {len(self.validation):,} + {len(self.test):,}"
        return f"Dataset({self.name}: {sizes} examples of shape {self.shape}, {self.binarise})"

    @classmethod
    def from_arrays(
        cls,
        train: Any,
        test: Any = None,
        *,
        validation: Any = None,
        labels: Mapping[str, Any] | None = None,
        binarise: Binarise = "none",
    ) -> "Dataset":
        """Make a data set of arrays, or of anything that NumPy turns into arrays.

        Parameters
        ----------
        train : array_like, shape (N, D), (N, H, W) or (N, C, H, W)
            Booleans, 8-bit or real values. A tensor on the CPU is taken too.
        test, validation : array_like, optional
            The same of other examples; a tenth of the training examples where they are missing.
        labels : mapping, optional
            Classes by split, such as `{"train": y_train, "test": y_test}`.
        binarise : {"none", "sample", "threshold", "dequantise"}
            How values become states.

        Returns
        -------
        Dataset
            One example a row.

        Raises
        ------
        ValueError
            One line that names the array, for shapes or values that do not fit.
        """
        if binarise not in get_args(Binarise):
            allowed = ", ".join(get_args(Binarise))
            raise ValueError(f"binarise: {binarise!r} is not allowed; must be one of {allowed}")
        given = {"train": train, "validation": validation, "test": test}
        arrays = {name: np.asarray(values) for name, values in given.items() if values is not None}
        for name, classes in (labels or {}).items():
            if name not in arrays:
                raise ValueError(f"labels: {name!r} is not a split; there are {', '.join(arrays)}")
            arrays[f"{name}_labels"] = np.asarray(classes)
        return cls(name="array", binarise=binarise, **split_arrays(arrays, binarise))

    @classmethod
    def from_torch(
        cls, train: Any, test: Any = None, *, validation: Any = None, binarise: Binarise = "none"
    ) -> "Dataset":
        """Make a data set of torch data sets, or of any sequences of examples.

        Parameters
        ----------
        train : sequence
            Has a length, and gives one example for each index from 0 on: a tensor or an array of
            booleans, 8-bit or real values, or a pair of it and its class, a whole number.
        test, validation : sequence, optional
            The same of other examples; see `from_arrays`.
        binarise : {"none", "sample", "threshold", "dequantise"}
            How values become states.

        Returns
        -------
        Dataset
            One example a row, all in memory.

        Raises
        ------
        ValueError
            One line that names the sequence, for examples that do not fit.
        """
        arrays, labels = dict[str, Any](), dict[str, Any]()
        given = {"train": train, "validation": validation, "test": test}
        for name, examples in given.items():
            if examples is not None:
                arrays[name], classes = stacked(name, examples)
                if classes is not None:
                    labels[name] = classes
        return cls.from_arrays(**arrays, labels=labels, binarise=binarise)

    @property
    def tested(self) -> str:
        """Return what the examples of the test split are called beside a number."""
        return "stored patterns" if self.name == "patterns" else "test examples"


class DataSettings(Protocol):
    """The `data` block of a study; None stands for the data set's own default."""

    @property
    def name(self) -> str:
        """Name of the data set."""

    @property
    def path(self) -> str | Path | None:
        """File or folder to read, if any."""

    @property
    def validation(self) -> int | None:
        """Number of examples held out of the training split."""

    @property
    def limit(self) -> int | None:
        """Number of training examples to keep."""

    @property
    def count(self) -> int | None:
        """Number of patterns or points to draw."""

    @property
    def size(self) -> int | None:
        """Number of neurons in a pattern."""

    @property
    def binarise(self) -> Binarise | None:
        """Mode that `binarise` is to be called with."""

    @property
    def bin(self) -> float | None:
        """Length of a bin of recorded spikes, in seconds."""


def binarise(x: NDArray[Any], mode: Binarise, uniforms: Array | None = None) -> Array:
    """Turn intensities into spikes.

    Parameters
    ----------
    x : array, shape (B, D)
        Intensities in [0, 1], or pixels, uint8.
    mode : {"sample", "threshold", "none"}
        sample: fire with probability x (x > u; Salakhutdinov and Murray 2008, who treat MNIST this
        way). threshold: fire where x >= 1/2. none: give x as it is.
    uniforms : array, shape (B, D), optional
        In [0, 1); needed by `sample` alone.

    Returns
    -------
    array of float32, shape (B, D)
        Spikes of {0, 1}; with none, x.

    Raises
    ------
    ValueError
        If the mode is unknown, or `sample` has no uniforms of the shape of x.
    """
    if mode not in ("none", "sample", "threshold"):
        raise ValueError(f"binarise: {mode}: must be sample, threshold or none")
    if mode == "sample" and (uniforms is None or uniforms.shape != x.shape):
        raise ValueError(f"binarise: sample needs uniforms of shape {x.shape}")
    grey: Array = x.astype(np.float32) / np.float32(255) if x.dtype == np.uint8 else x
    if mode == "threshold":
        return (grey >= 0.5).astype(np.float32)
    return grey if uniforms is None or mode == "none" else (grey > uniforms).astype(np.float32)


def image_shape(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Return channels, height and width of an example; one that is no image is all channels.

    Parameters
    ----------
    shape : tuple of int
        Axes of one example.
    """
    *channels, height, width = shape if len(shape) > 1 else (*shape, 1, 1)
    return channels[0] if channels else 1, height, width
