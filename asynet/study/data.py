"""The data block of a study: which examples, and how they become states."""

import math
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, model_validator

from asynet.study.parts import BUILT_IN, DataSetName, Options, check_options
from asynet.study.terms import (
    CONFIG,
    Count,
    PathText,
    Positive,
    mistake,
    refused,
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
STREAMED = ("stream", "window", "column", "label")  # keys of arrays alone
FIELD = Annotated[str, Field(pattern=r"^[^\x00-\x1f]+$", max_length=256)]
HOW: dict[str, Any] = dict.fromkeys(IMAGES, "dequantise") | dict.fromkeys(GREY, "sample")


class Data(BaseModel):
    """Which examples to learn, and how they are split and made binary."""

    model_config = CONFIG

    name: DataSetName
    """The data set. mnist, fashion_mnist: grey images of 28 x 28 pixels. cifar10, svhn: colour
    images of 32 x 32 pixels. celeba: colour images of 64 x 64 pixels. cifar10_sample: 2,500
    images of cifar10 that come with asynet. swiss_roll, circle, mixture: points in the plane.
    patterns: random binary patterns to store. population: the recorded activity of a population
    of neurons. array: arrays of your own, read from a file. Or the name of a plugin's data
    set: see docs/plugins.md."""
    options: Options = {}
    """Options of a plugin's data set, by name. Only for such a data set."""
    path: PathText | None = None
    """File or folder that holds the data. Images: one of the data set's official formats, or
    .npz. population: states [bin, neuron] (.npy, .npz) or spike times (.npz, .nwb, SONATA .h5,
    .csv, .parquet). array: NumPy arrays (.npz, .npy), a table (.csv, .parquet), a folder of
    pictures, or shards (.parquet or .tar: a file, a folder of them, or a pattern such as
    shards/*.tar); see docs/data.md. null, for images: look in $ASYNET_DATA, then in the data folder
    that comes with asynet. null, for population: simulate a random kinetic Ising network of size
    neurons for count bins. Points and patterns are generated and have no file."""
    bin: Positive | None = None
    """Width of a time bin of recorded spikes, in seconds. A neuron counts as active in a bin if
    it spikes at least once. Only for population, and required there if the file holds spike
    times."""
    binarise: Binarise = Field(
        default_factory=lambda data: HOW.get(data.get("name"), "none"),
        json_schema_extra={
            "default_text": "sample for grey images, dequantise for colour images, else none"
        },
    )
    """How a grey value in [0, 1] becomes the state of a visible neuron. sample: 0 or 1, where
    the value is the probability of a 1; drawn anew each time the example is used. threshold: 1
    if the value is at least 1/2, else 0. none: the value itself. dequantise: (pixel + u) / 256,
    with u uniform in [0, 1) and drawn anew each time; this makes likelihoods in bits/dim
    comparable with the literature."""
    flip: bool = False
    """Whether training images are mirrored, left to right, every other time they are used. Leave
    it off if left and right differ in meaning, as in digits."""
    validation: Annotated[int, Field(ge=0, le=10**9)] | None = None
    """Number of examples held out from the end of the shuffled training split. They measure
    progress during training. null: a tenth of the examples, but at most 5,000 images; celeba has
    an official validation split."""
    limit: Count | None = None
    """Use only this many examples, the first ones of the training split. null: all of them. Set
    it for a quick trial."""
    count: Count | None = None
    """Number of patterns, points or time bins to generate. For a recording from a file: use only
    this many bins, the first ones. Patterns require it. Images do not have it: see data.limit.
    null: 20,000 bins, or the default number of points, or the whole file."""
    size: Count | None = None
    """Number of neurons in a pattern or in a recording, which require it. Other data sets have a
    size of their own."""

    shape: Annotated[tuple[Count, ...], Field(strict=False, min_length=1, max_length=3)] | None = (
        None
    )
    """Shape of one example of an array or of a plugin's data set: [D] for D values, [height,
    width] for a grey image, or [channels, height, width]. Both require it. Other data sets have a
    shape of their own."""
    stream: bool | None = None
    """Whether examples of an array stay on disk and are read when they are used, in constant
    memory. false: all are read into memory at the start, which is faster where they fit. Both give
    the same numbers. Only for shards, for a folder of pictures and for .npy. null: true for
    shards, and for what would need 1 GiB or more in memory."""
    window: Count | None = None
    """Shuffle the training examples of each epoch within windows of so many, where to shuffle all
    of them is slow, as with large row groups of Parquet. What lies side by side (a row group; 128
    examples of other files) is shuffled as a whole, and whole ones are put into a window until it
    has so many examples; these are shuffled. Only for examples that stay on disk. null: shuffle
    all of them, as in memory."""
    column: FIELD | None = None
    """What holds the examples in shards: a column of Parquet, or the ending of the files in a tar,
    such as png or seg.png. null: the only one that can."""
    label: FIELD | None = None
    """What holds the classes in shards: a column of Parquet, or the ending of the files in a tar.
    null: label in Parquet, and cls in a tar, where there is one."""

    @model_validator(mode="after")
    def _keys_suit_the_data_set(self) -> Self:
        check_options("datasets", self.name, self.options)
        if self.name == "patterns":
            for key in ("count", "size"):
                if getattr(self, key) is None:
                    raise mistake(key, "missing; patterns need both count and size")
        elif self.name == "population":
            if self.size is None:
                raise mistake("size", "missing; must be the number of recorded neurons")
        elif self.name == "array":
            for key in ("path", "shape"):
                if getattr(self, key) is None:
                    raise mistake(key, "missing; an array needs both path and shape")
        elif self.own and self.shape is None:
            raise mistake("shape", f"missing; {self.name} needs the shape of one example")
        elif self.size is not None:
            raise refused(
                "size", self.size, f"with {self.name}, which has a size of its own", "null"
            )
        if self.shape is not None and not self.own:
            why = f"with {self.name}, which has a shape of its own"
            raise refused("shape", list(self.shape), why, "null")
        if self.own and self.size is not None:
            raise refused("size", self.size, f"with {self.name}, which has a shape", "null")
        for key in STREAMED:
            if getattr(self, key) is not None and self.name != "array":
                raise refused(key, getattr(self, key), f"with {self.name}", "null")
        if self.bin is not None and self.name != "population":
            raise refused("bin", self.bin, f"with {self.name}, which is no recording", "null")
        if (self.own or self.name in IMAGES) and self.count is not None:
            raise refused("count", self.count, f"with {self.name}", "null (see data.limit)")
        coloured = self.name in IMAGES and self.name not in GREY
        if coloured and self.binarise in ("sample", "threshold"):
            why = f"with {self.name}, which is in colour"
            raise refused("binarise", self.binarise, why, "none or dequantise")
        if self.flip and self.image is None:
            raise refused("flip", True, f"with {self.name}, which has no images", "false")
        if self.name in ("swiss_roll", "circle", "mixture") and self.binarise != "none":
            why = f"with {self.name}, whose values are real numbers"
            raise refused("binarise", self.binarise, why, "none")
        if self.name in ("patterns", "population") and self.binarise != "none":
            why = f"with {self.name}, whose values are 0 or 1 already"
            raise refused("binarise", self.binarise, why, "none")
        return self

    @property
    def own(self) -> bool:
        """Return whether the examples are one's own: arrays in a file, or those of a plugin."""
        return self.name == "array" or self.name not in BUILT_IN["datasets"]

    @property
    def neurons(self) -> int:
        """Return the number of values in one example, the size of the visible population."""
        shape = self.shape or IMAGES.get(self.name) or (2,)
        return self.size or math.prod(shape)

    @property
    def image(self) -> tuple[int, ...] | None:
        """Return channels, height and width of an example; None if examples are no images."""
        if self.shape is not None and len(self.shape) > 1:
            return self.shape if len(self.shape) == 3 else (1, *self.shape)
        return IMAGES.get(self.name)
