"""The data block of a study: which examples, and how they become states."""

import math
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from asynet.study.terms import (
    CONFIG,
    Count,
    PathText,
    Positive,
    mistake,
)
from asynet.types import Binarise

IMAGES = {
    "mnist": (1, 28, 28),
    "fashion_mnist": (1, 28, 28),
    "cifar10": (3, 32, 32),
    "cifar10_sample": (3, 32, 32),
    "svhn": (3, 32, 32),
    "celeba": (3, 64, 64),
}
GREY = ("mnist", "fashion_mnist")
HOW: dict[str, Any] = dict.fromkeys(IMAGES, "dequantise") | dict.fromkeys(GREY, "sample")


class Data(BaseModel):
    """Which examples to learn, and how they are split and made binary."""

    model_config = CONFIG

    name: Literal[
        "mnist",
        "fashion_mnist",
        "cifar10",
        "cifar10_sample",
        "svhn",
        "celeba",
        "swiss_roll",
        "circle",
        "mixture",
        "patterns",
        "population",
        "array",
    ]
    """The data set: handwritten digits, other images, a toy of points in the plane, random binary
    patterns, or the recorded activity of a population of neurons."""
    path: PathText | None = None
    """Images: file or folder in one of the set's official formats, or .npz; null: $ASYNET_DATA, or
    else the package's data folder. population: states [bin, neuron] (.npy, .npz) or spikes (.npz,
    .nwb, SONATA .h5); null: a surrogate, a kinetic Ising network's count bins of size neurons."""
    bin: Positive | None = None
    """Length of a bin of recorded spikes, in seconds; population only, for files of spike times."""
    binarise: Binarise = Field(
        default_factory=lambda data: HOW.get(data.get("name"), "none"),
        json_schema_extra={
            "default_text": "sample for the mnists, dequantise for colour images, else none"
        },
    )
    """How grey values in [0, 1] become states: 0 or 1, drawn with that probability at each visit or
    cut at one half; left alone; or (pixel + u) / 256 with u uniform in [0, 1) at each visit, which
    bits/dim need."""
    flip: bool = False
    """Whether training images are mirrored, left to right, at every other visit."""
    validation: Annotated[int, Field(ge=0, le=10**9)] | None = None
    """Examples held out from the end of the shuffled training split, fewer than it holds; null:
    5000 for mnist, a tenth of the points of a toy."""
    limit: Count | None = None
    """Use only so many of the first training examples; null: all of them."""
    count: Count | None = None
    """Number of patterns, toy points or bins to generate, or of a recording's first bins to use;
    patterns require it."""
    size: Count | None = None
    """Neurons in a pattern or a recording, which require it; the other data sets have their own."""

    shape: Annotated[tuple[Count, ...], Field(strict=False, min_length=1, max_length=3)] | None = (
        None
    )
    """Axes of one example of an array: [D] values, [height, width] of a grey image, or
    [channels, height, width]. An array requires it; the other data sets have their own."""

    @model_validator(mode="after")
    def _keys_suit_the_data_set(self) -> Self:
        if self.name == "patterns":
            for key in ("count", "size"):
                if getattr(self, key) is None:
                    raise mistake(key, "missing; patterns need count and size")
        elif self.name == "population":
            if self.size is None:
                raise mistake("size", "missing; a recording needs the number of its neurons")
        elif self.name == "array":
            for key in ("path", "shape"):
                if getattr(self, key) is None:
                    raise mistake(key, "missing; an array needs a path and a shape")
        elif self.size is not None:
            problem = "only patterns and recordings have a size"
            raise mistake("size", f"{self.size} is not allowed; {problem}")
        if self.shape is not None and self.name != "array":
            raise mistake("shape", f"{list(self.shape)} is not allowed; only an array has a shape")
        if self.name == "array" and self.size is not None:
            raise mistake("size", f"{self.size} is not allowed; an array has a shape")
        if self.bin is not None and self.name != "population":
            raise mistake("bin", f"{self.bin} is not allowed; only recordings have bins")
        if self.name in (*IMAGES, "array") and self.count is not None:
            raise mistake("count", f"{self.count} is not allowed with {self.name}; see data.limit")
        coloured = self.name in IMAGES and self.name not in GREY
        if coloured and self.binarise in ("sample", "threshold"):
            problem = f"'{self.binarise}' is not allowed with {self.name}; none or dequantise"
            raise mistake("binarise", problem)
        if self.flip and self.image is None:
            raise mistake("flip", f"true is not allowed; {self.name} has no images")
        if self.name in ("swiss_roll", "circle", "mixture") and self.binarise != "none":
            problem = f"'{self.binarise}' is not allowed; {self.name} is real-valued: must be none"
            raise mistake("binarise", problem)
        return self

    @property
    def neurons(self) -> int:
        """Number of values in one example, which is the size of the visible population."""
        return self.size or math.prod(self.shape or IMAGES.get(self.name, (2,)))

    @property
    def image(self) -> tuple[int, ...] | None:
        """Channels, height and width of an example; None where examples are no images."""
        if self.shape is not None and len(self.shape) > 1:
            return self.shape if len(self.shape) == 3 else (1, *self.shape)
        return IMAGES.get(self.name)
