"""Names for the types and the choices that several packages share.

A choice, such as which law a neuron follows, is spelled once here: the study schema, the commands
and the code take it from this file.
"""

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[Any]
    FloatArray: TypeAlias = NDArray[np.floating[Any]]
else:  # only type checkers read them, and `asynet --help` need not wait for NumPy
    Array = FloatArray = Any
Matrix: TypeAlias = Any  # an Array, or a scipy.sparse.csr_array
Tensor: TypeAlias = Any  # a NumPy array, or a torch tensor on the kernel's device

Law = Literal["bernoulli", "gaussian"]
KernelName = Literal["reference", "numba", "torch"]
KernelChoice = Literal["auto", "reference", "numba", "torch"]  # auto: see `run.place`
Device = Literal["auto", "cpu", "cuda"]

Rule = Literal["rate", "spike"]  # what predicts: a rate, or one more sample
LearningRule = Literal["rate", "spike", "reciprocal", "reciprocal_spike"]
Objective = Literal["walkback", "self", "pathwise"]
Destruction = Literal["model", "noise"]
Updates = Literal["online", "batch", "ends"]
StepWeight = Literal["one", "temperature"]
RateSchedule = Literal["constant", "linear", "cosine"]
Spacing = Literal["geometric", "thermodynamic"]
PriorKind = Literal["factorised", "dct", "low_rank"]
Start = Literal["data", "silence"]
Replay = Literal["none", "backward", "forward"]

WeightLaw = Literal["normal", "uniform", "lognormal"]
Fall = Literal["gaussian", "exponential"]
Space = Literal["ring", "line", "torus", "grid"]

OperatorKind = Literal["mlp", "paper_conv", "unet", "own"]
Norm = Literal["none", "shared", "per_step", "layer", "group"]
Output = Literal["direct", "residual", "noise"]
SigmaIs = Literal["fixed", "learned", "per_temperature", "held"]
NoiseIn = Literal["pixels", "blocks"]
Rest = Literal["zero", "data"]
Precision = Literal["float32", "bfloat16", "float16"]

DataName = Literal[
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
Binarise = Literal["sample", "threshold", "none", "dequantise"]
Mask = Literal["top", "bottom", "left", "right", "random"]
# What is recorded, and the reverse of heating, which training learns from and figures draw.
RecordedPhase = Literal["heating", "dream", "free run"]
Phase = Literal["heating", "replay", "dream", "free run"]
# Their names in recordings of schemas 1 and 2, and in studies of that time.
EARLIER_PHASES: dict[str, RecordedPhase] = {"sleep": "heating", "cool": "dream", "run": "free run"}
Analogue = Literal["float32", "float16"]
