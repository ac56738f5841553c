"""The contract of a transition operator: a torch module from states to pre-activations."""

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from asynet.numerics.checks import instance, one_of, real, refusal, whole
from asynet.types import Law, NoiseIn, Output

Shape = tuple[int, int, int]  # channels, height, width of a state


def check_shape(shape: Shape) -> None:
    """Refuse what is no shape of an image.

    Parameters
    ----------
    shape : tuple of int
        (C, H, W), each at least 1.

    Raises
    ------
    ValueError
        If it is something else.
    """
    instance("shape", shape, (tuple, list), "(C, H, W)")
    if len(shape) != 3:
        raise refusal("shape", shape, "(C, H, W)")
    for side in shape:
        whole("shape", side, 1, 10**6)


@dataclass(frozen=True)
class Hot:
    """The temperature of an evaluation, for modules that receive it.

    Parameters
    ----------
    temperature : float
        T.
    level : int
        Its place among the training temperatures, 0 at T = 1.
    noise : float
        sigma_0 sqrt(T), the standard deviation of the law's noise, in the state's unit.
    """

    temperature: float
    level: int
    noise: float


@dataclass(frozen=True)
class OperatorSettings:
    """How what a module gives becomes the law of the next state.

    Goyal et al. 2017, section 3.3, with sigma_0 and T as in the package's documentation.

    Parameters
    ----------
    law : {"gaussian", "bernoulli"}
        Law of each value of the next state.
    output : {"residual", "direct", "noise"}
        What the module gives: F less the state; F itself; or F less the state in units of the
        noise's standard deviation, sigma sqrt(T).
    alpha : float
        Weight of F against the state itself, in (0, 1].
    sigma : float
        sigma_0: standard deviation of the noise at temperature 1, in units of the state.
    noise_in : {"pixels", "blocks"}
        Values that have a sigma each: pixels, or DCT-by-colour coordinates of 4 x 4 blocks.
    stay : float
        Of bits with a residual output: the pre-activation that keeps a bit as it is at T = 1.
    """

    law: Law = "gaussian"
    output: Output = "residual"
    alpha: float = 1.0
    sigma: float = 0.1
    noise_in: NoiseIn = "pixels"
    stay: float = 5.0

    def __post_init__(self) -> None:
        """Refuse what no law has."""
        one_of("law", self.law, Law)
        one_of("output", self.output, Output)
        one_of("noise_in", self.noise_in, NoiseIn)
        real("alpha", self.alpha, above=0, most=1)
        real("sigma", self.sigma, above=0)
        real("stay", self.stay)


class Module(Protocol):
    """F of Goyal et al. 2017, section 3.3; a `torch.nn.Module`.

    The attribute `told` says whether it depends on `Hot`. If not, one evaluation serves all
    temperatures.
    """

    told: bool

    def __call__(self, s: Tensor, hot: Hot) -> tuple[Tensor, Tensor | None]:
        """Return F_mu and, if sigma is learned, F_sigma; each shaped like s.

        Parameters
        ----------
        s : tensor, shape (B, C, H, W)
            The states.
        hot : Hot
            The temperature.
        """
