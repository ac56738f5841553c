"""What a transition operator is made of: a torch module from states to pre-activations."""

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

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


class Module(Protocol):
    """F of Goyal et al. 2017, section 3.3; a `torch.nn.Module`.

    told: whether it depends on `Hot`; if not, one evaluation serves all temperatures.
    """

    told: bool

    def __call__(self, s: Tensor, hot: Hot) -> tuple[Tensor, Tensor | None]:
        """Return F_mu and, if sigma is learned, F_sigma; each shaped like s, (B, C, H, W)."""
