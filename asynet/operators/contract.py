"""What a transition operator is made of: a torch module from states to pre-activations."""

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from asynet.types import Law, NoiseIn, Output

Shape = tuple[int, int, int]  # channels, height, width of a state


@dataclass(frozen=True)
class Hot:
    """The temperature that a state is looked at with, for modules that are told it.

    temperature: T. level: its place among the training temperatures, 0 at T = 1.
    noise: sigma_0 sqrt(T), the std of the law's noise in the state's units.
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


class Module(Protocol):
    """F of Goyal et al. 2017, section 3.3; a `torch.nn.Module`.

    told: whether it depends on `Hot`; if not, one evaluation serves all temperatures.
    """

    told: bool

    def __call__(self, s: Tensor, hot: Hot) -> tuple[Tensor, Tensor | None]:
        """Return F_mu and, if sigma is learned, F_sigma; each shaped like s, (B, C, H, W)."""
