"""The operator block of a study: a transition operator in place of a network of neurons."""

from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator

from asynet.study.terms import CONFIG, Count, PathText, Positive, Share, mistake
from asynet.types import Law, NoiseIn, Norm, OperatorKind, Output, Precision, Rest, SigmaIs


class Operator(BaseModel):
    """A trained map from a state to the law of the next one (Goyal et al. 2017, section 3.3)."""

    model_config = CONFIG

    kind: OperatorKind
    """Fully connected layers; the paper's convolutional operators, Tables 2 to 5 (mnist, cifar10,
    svhn, celeba); a small residual U-Net that is told the temperature; or a torch module of your
    own, which Python hands over: see `asynet.train`."""
    law: Law = "gaussian"
    """Law of each value of the next state, given F: 0 or 1, or a real number."""
    widths: Annotated[tuple[Count, ...], Field(strict=False, min_length=1, max_length=20)] = (
        1200,
        1200,
    )
    """mlp: units of the hidden layers. unet: channels at each resolution, halved from one to the
    next. paper_conv has its own."""
    blocks: Annotated[int, Field(ge=1, le=20)] = 1
    """unet: residual blocks at each resolution, on the way down and on the way up."""
    norm: Norm = "per_step"
    """Normalisation: batch norm, batch norm for each temperature, layer norm or group norm."""
    weights: PathText | None = None
    """Directory of a run, or what `asynet keep` made of one, with whose weights training starts:
    those that its evaluation uses; null: drawn from the seed."""
    told: bool = False
    """mlp: whether ln T scales and shifts the hidden activity; a unet is always told."""
    waves: Positive | None = None
    """mlp: the values enter as sines and cosines of 64 random directions, whose wave numbers have
    this std, in cycles per unit of the state; null: as they are."""
    output: Output = Field(
        default_factory=lambda data: "direct" if data.get("law") == "bernoulli" else "residual",
        json_schema_extra={"default_text": "residual for gaussian, direct for bernoulli"},
    )
    """What the last layer gives: F itself; F less the state; or that in units of the noise's std,
    sigma sqrt(T). The latter two start at the identity map. Of bernoulli, residual: F less the
    drive with which a bit stays what it is, but is drawn anew with probability
    2 sigmoid(-stay / T), from its rate at rest."""
    alpha: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Weight of F against the state itself: a = (1 - alpha) s + alpha F(s)."""
    stay: Annotated[float, Field(gt=0, le=80)] = 5.0
    """bernoulli, residual: what keeps bits as they are at T = 1; with rest: zero they flip with
    probability sigmoid(-stay / T) until the module learns better."""
    rest: Rest = "zero"
    """bernoulli, residual: rates of very hot bits: 1/2, or those of the data."""
    sigma: Positive = 0.1
    """sigma_0: standard deviation of the noise at temperature 1, in units of the state; gaussian
    only."""
    sigma_is: SigmaIs = "fixed"
    """Whether sigma is sigma_0; sigma_0 softplus(F_sigma(s)) and a floor; one learned number for
    each temperature; or, for images, learned on the way back and held at sigma_0 on the way up."""
    noise_in: NoiseIn = "pixels"
    """held: values of which each has its sigma: pixels, or the DCT-by-colour coordinates of blocks
    of 4 x 4 pixels."""

    @model_validator(mode="after")
    def _keys_suit_each_other(self) -> Self:
        if self.law == "bernoulli":
            for key in ("sigma", "sigma_is", "noise_in"):
                if getattr(self, key) != type(self).model_fields[key].default:
                    problem = f"{getattr(self, key)!r} is not allowed; only law: gaussian has"
                    raise mistake(key, f"{problem} a sigma")
            if self.output == "noise":
                raise mistake("output", "'noise' is not allowed; only law: gaussian has a sigma")
        if self.noise_in == "blocks" and self.sigma_is != "held":
            raise mistake("noise_in", "'blocks' is not allowed; only sigma_is: held has them")
        if self.waves is not None and self.kind != "mlp":
            raise mistake("waves", f"{self.waves} is not allowed; only kind: mlp has them")
        if not self.keeps_bits:
            for key in ("stay", "rest"):
                if getattr(self, key) != type(self).model_fields[key].default:
                    problem = f"{getattr(self, key)!r} is not allowed; only law: bernoulli with"
                    raise mistake(key, f"{problem} output: residual has it")
        return self

    @property
    def keeps_bits(self) -> bool:
        """Whether F starts as the map that keeps bits as they are."""
        return self.law == "bernoulli" and self.output == "residual"


class Optimiser(BaseModel):
    """How an operator follows the gradient: Adam, at the learning rate train.lr."""

    model_config = CONFIG

    beta_1: Share = 0.9
    """Decay of the running mean of gradients."""
    beta_2: Share = 0.999
    """Decay of the running mean of squared gradients."""
    clip: Positive | None = None
    """Longest gradient, as a Euclidean norm of the gradient of nats per value; null: any."""
    average: Share = 0.0
    """Decay of the running mean of the weights, which evaluation then uses; 0: the weights
    themselves."""
    precision: Precision = "float32"
    """Arithmetic of the operator while it learns; what is measured and drawn is float32."""
    compile: bool = False
    """Whether torch.compile prepares the operator, on a GPU."""
