"""The operator block of a study: a transition operator in place of a network of neurons."""

from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator

from asynet.study.parts import BUILT_IN, OperatorName, Options, check_options
from asynet.study.terms import CONFIG, Count, PathText, Positive, Share, refused
from asynet.types import Law, NoiseIn, Norm, Output, Precision, Rest, SigmaIs


class Operator(BaseModel):
    """A trained map from a state to the law of the next one (Goyal et al. 2017, section 3.3)."""

    model_config = CONFIG

    kind: OperatorName
    """Neural network that computes F(s), which moves a state s (see operator.alpha). mlp: fully
    connected layers. paper_conv: the convolutional operator of Goyal et al. 2017 for the data
    set (Tables 2 to 5: mnist, cifar10, svhn, celeba). unet: a small residual U-Net, which also
    receives the temperature. own: a torch module of your own, given from Python: see
    `asynet.train`. Or the name of a plugin's operator: see docs/plugins.md."""
    options: Options = {}
    """Options of a plugin's operator, by name. Only for such a kind."""
    law: Law = "gaussian"
    """Probability distribution of each value of the next state, given a (see operator.alpha).
    gaussian: a real number with mean a and standard deviation sigma sqrt(T). bernoulli: 1 with
    probability sigmoid(a / T), else 0. T is the temperature."""
    widths: Annotated[tuple[Count, ...], Field(strict=False, min_length=1, max_length=20)] = (
        1200,
        1200,
    )
    """Sizes of the layers. mlp: number of units in each hidden layer. unet: number of channels
    at each resolution, where each resolution is half the one before. paper_conv does not use it."""
    codes: Annotated[int, Field(ge=0, le=100_000)] = 0
    """Number of hidden bits beside the state, its code. A step then has two half-steps: the code is
    drawn from the state, and the next state from the state and that code. The values of the next
    state are independent given the code only, so that the code carries what they have in common.
    Only for kind: mlp. 0: no code."""
    code_widths: Annotated[tuple[Count, ...], Field(strict=False, min_length=1, max_length=20)] = (
        200,
    )
    """Number of units in each hidden layer of the network that gives the code of a state. Only with
    codes."""
    blocks: Annotated[int, Field(ge=1, le=20)] = 1
    """Number of residual blocks at each resolution, on the way down and again on the way up.
    Only for kind: unet."""
    norm: Norm = "per_step"
    """Normalisation of the layers. none: no normalisation. shared: batch normalisation.
    per_step: batch normalisation with its own parameters for each training temperature (as in
    Goyal et al. 2017). layer: layer normalisation. group: group normalisation."""
    weights: PathText | None = None
    """Run directory whose trained weights are the initial weights; a directory that `asynet
    keep` made is possible too. null: the initial weights are drawn from the seed."""
    told: bool = False
    """Whether an mlp receives the temperature. If so, ln T scales and shifts the activity of its
    hidden layers. A unet always receives it."""
    waves: Positive | None = None
    """Give an mlp sines and cosines of 64 random directions of the state, in place of the values
    themselves (random Fourier features, Tancik et al. 2020). The number is the standard
    deviation of their wave numbers, in cycles per unit of the state. Use it if examples have few
    values, such as points in the plane. null: the values themselves."""
    output: Output = Field(
        default_factory=lambda data: "direct" if data.get("law") == "bernoulli" else "residual",
        json_schema_extra={"default_text": "residual for gaussian, direct for bernoulli"},
    )
    """Meaning of the last layer's output y, given the state s. direct: F = y. residual,
    gaussian: F = s + y. noise: F = s + sigma sqrt(T) y, only for gaussian. residual, bernoulli:
    F = y + k(s), where k(s) alone keeps each bit, except that with probability 2 sigmoid(-stay /
    T) the bit is drawn again (see operator.rest). With residual and noise y is 0 before
    training."""
    alpha: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Weight of F against the state s. Their sum a = (1 - alpha) s + alpha F(s) sets the
    distribution of the next state: see operator.law."""
    stay: Annotated[float, Field(gt=0, le=80)] = 5.0
    """How strongly bits keep their value before training. At temperature T each bit is drawn
    again with probability 2 sigmoid(-stay / T). Only for law: bernoulli with output: residual."""
    rest: Rest = "zero"
    """Probability of a 1 when a bit is drawn again, which is also its probability at very high
    temperature. zero: 1/2. data: the mean of that bit in the training examples. Only for law:
    bernoulli with output: residual."""
    sigma: Positive = 0.1
    """Standard deviation sigma_0 of the noise at temperature 1, in units of the state. Only for
    law: gaussian."""
    sigma_is: SigmaIs = "fixed"
    """What the standard deviation sigma is. fixed: sigma_0. learned: sigma_0
    softplus(F_sigma(s)) plus a small floor, where F_sigma is a second output. per_temperature:
    one learned number for each training temperature. held: only for images; learned for states
    that cool and kept at sigma_0 for states that heat; a small network of its own gives it from
    the state. Try held for images: going back there is less to guess than heating adds. Only for
    law: gaussian."""
    noise_in: NoiseIn = "pixels"
    """Which values have a standard deviation of their own with sigma_is: held. pixels: each
    pixel. blocks: each spatial frequency and colour of blocks of 4 x 4 pixels."""

    @model_validator(mode="after")
    def _keys_suit_each_other(self) -> Self:
        check_options("operators", self.kind, self.options)
        if self.of_plugin:
            for key in ("widths", "blocks", "norm", "told"):
                default = type(self).model_fields[key].default
                if getattr(self, key) != default:
                    why = f"with {self.kind}, which has options of its own"
                    raise refused(key, getattr(self, key), why, f"{default}, its default")
        if self.law == "bernoulli":
            for key in ("sigma", "sigma_is", "noise_in"):
                if getattr(self, key) != type(self).model_fields[key].default:
                    default = f"{type(self).model_fields[key].default}, its default"
                    raise refused(key, getattr(self, key), "with law: bernoulli", default)
            if self.output == "noise":
                raise refused("output", "noise", "with law: bernoulli", "direct or residual")
        if self.noise_in == "blocks" and self.sigma_is != "held":
            raise refused("noise_in", "blocks", f"with sigma_is: {self.sigma_is}", "pixels")
        self._codes_suit_the_operator()
        if self.waves is not None and self.kind != "mlp":
            raise refused("waves", self.waves, f"with kind: {self.kind}", "null")
        if not self.keeps_bits:
            for key in ("stay", "rest"):
                if getattr(self, key) != type(self).model_fields[key].default:
                    default = type(self).model_fields[key].default
                    suits = "except with law: bernoulli and output: residual"
                    raise refused(key, getattr(self, key), "", f"{default} {suits}")
        return self

    def _codes_suit_the_operator(self) -> None:
        if not self.codes:
            return
        if self.kind != "mlp":
            raise refused("codes", self.codes, f"with kind: {self.kind}", "0")
        if self.alpha != 1:
            raise refused("alpha", self.alpha, "with codes", "1.0")
        if self.waves is not None:
            raise refused("waves", self.waves, "with codes", "null")
        if self.sigma_is == "held":
            suits = "fixed, learned or per_temperature"
            raise refused("sigma_is", "held", "with codes", suits)

    @property
    def of_plugin(self) -> bool:
        """Return whether a plugin makes the module."""
        return self.kind not in BUILT_IN["operators"]

    @property
    def keeps_bits(self) -> bool:
        """Return whether F starts as a map that keeps most bits as they are."""
        return self.law == "bernoulli" and self.output == "residual"


class Optimiser(BaseModel):
    """How an operator follows the gradient: Adam, at the learning rate train.lr."""

    model_config = CONFIG

    beta_1: Share = 0.9
    """Decay rate of Adam's running mean of gradients."""
    beta_2: Share = 0.999
    """Decay rate of Adam's running mean of squared gradients."""
    clip: Positive | None = None
    """Largest Euclidean norm of the gradient. A longer gradient is scaled down to it. Unit: the
    gradient of nats per value. Set it if training becomes unstable. null: no limit."""
    average: Share = 0.0
    """Decay rate of a running mean of the weights, which evaluation uses in place of the last
    weights. 0.999 averages about the last 1,000 updates. 0: no mean; the last weights are used."""
    precision: Precision = "float32"
    """Floating-point format of the operator during training. The 16-bit formats save time and
    memory on many processors and GPUs. Measurements and samples always use float32."""
    compile: bool = False
    """Whether to compile the operator with torch.compile. It has an effect only on a GPU."""
