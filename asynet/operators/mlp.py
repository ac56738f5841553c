"""A multi-layer perceptron over all pixels (Goyal et al. 2017, section 6 and Appendix E.1)."""

import itertools
import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from asynet.operators.contract import Hot, Shape
from asynet.operators.layers import Normalise
from asynet.types import Norm

FREQUENCIES = 16
WAVES = 64


class Waves(nn.Module):
    """Sines and cosines of random directions of the state: random Fourier features.

    A perceptron of the values themselves learns what varies slowly in them first, and what varies
    fast very late; of waves it learns both at once (Tancik et al. 2020).
    """

    def __init__(self, size: int, spread: float) -> None:
        """Draw the wave vectors. spread: std of each of their components, in cycles a unit."""
        super().__init__()
        self.vectors: Tensor
        self.register_buffer("vectors", spread * torch.randn(size, WAVES))

    def forward(self, x: Tensor) -> Tensor:
        """Return sines, then cosines, of the values (B, D): (B, 2 WAVES), of mean square 1."""
        # Half precision would round phases, which may be many turns.
        with torch.autocast(x.device.type, enabled=False):
            phases = 2 * math.pi * x @ self.vectors  # (B, WAVES)
            return math.sqrt(2) * torch.cat([phases.sin(), phases.cos()], dim=1)


class MLP(nn.Module):
    """Fully connected layers with normalisation and ReLU, and a linear layer for each head."""

    def __init__(
        self,
        shape: Shape,
        widths: Sequence[int],
        norm: Norm,
        levels: int,
        heads: int,
        zero: bool,
        told: bool = False,
        waves: float | None = None,
    ) -> None:
        """Set up.

        widths: of the hidden layers (1200, 1200 in Goyal et al. 2017, Appendix E.1).
        levels: of temperature, for `per_step`. heads: 1 (F_mu) or 2 (and F_sigma).
        zero: whether F_mu starts at 0. told: whether ln T scales and shifts hidden activity.
        waves: spread of the `Waves` that the values enter as; None: they enter as they are.
        """
        super().__init__()
        self.told, size = told or norm == "per_step", math.prod(shape)
        self.enter = nn.Identity() if waves is None else Waves(size, waves)
        sizes = [size if waves is None else 2 * WAVES, *widths]
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in itertools.pairwise(sizes))
        self.norms = nn.ModuleList(Normalise(norm, m, levels) for m in widths)
        self.modulate = nn.ModuleList(nn.Linear(2 * FREQUENCIES, 2 * m) for m in widths if told)
        self.heads = nn.ModuleList(nn.Linear(sizes[-1], size) for _ in range(heads))
        start_at_zero(self.heads, zero)

    def forward(self, s: Tensor, hot: Hot) -> tuple[Tensor, Tensor | None]:
        """See `Module`."""
        h = self.enter(s.flatten(1))  # (B, D), or (B, 2 WAVES)
        for i, (layer, norm) in enumerate(zip(self.layers, self.norms, strict=True)):
            h = norm(layer(h), hot.level)  # (B, width)
            if self.modulate:
                code = temperature_code(hot.temperature, s)
                scale, shift = self.modulate[i](code).chunk(2)  # (width,) each
                h = h * (1 + scale) + shift
            h = torch.relu(h)
        mu, *sigma = (head(h).view_as(s) for head in self.heads)
        return mu, sigma[0] if sigma else None


def temperature_code(temperature: float, like: Tensor) -> Tensor:
    """Return sines and cosines of ln T at wavelengths from 1 to 100, (2 FREQUENCIES,)."""
    wavelengths = torch.logspace(0, 2, FREQUENCIES, device=like.device, dtype=like.dtype)
    angles = 2 * math.pi * math.log(temperature) / wavelengths
    return torch.cat([angles.sin(), angles.cos()])


def start_at_zero(heads: nn.ModuleList, mean_too: bool) -> None:
    """Set the weights of the head of sigma, and perhaps that of the mean, to 0."""
    for head in list(heads)[0 if mean_too else 1 :]:
        nn.init.zeros_(head.weight)  # type: ignore[arg-type]
        nn.init.zeros_(head.bias)  # type: ignore[arg-type]
