"""A multi-layer perceptron over all pixels (Goyal et al. 2017, section 6 and Appendix E.1)."""

import itertools
import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from asynet.numerics.checks import instance, real, refusal, whole
from asynet.operators.contract import Hot, Shape, check_shape
from asynet.operators.layers import Normalise
from asynet.types import Norm

FREQUENCIES = 16
WAVES = 64


class Waves(nn.Module):
    """Sines and cosines of random directions of the state: random Fourier features.

    A perceptron of the values themselves learns first what varies slowly with them, and very late
    what varies fast. Of waves it learns both at once (Tancik et al. 2020).

    Parameters
    ----------
    size : int
        Values of a state, D.
    spread : float
        Standard deviation of each component of a wave vector, in cycles per unit of the state.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """

    def __init__(self, size: int, spread: float) -> None:
        """Draw the wave vectors, by torch's global random numbers."""
        super().__init__()
        whole("size", size, 1, 10**9)
        real("spread", spread, above=0)
        self.vectors: Tensor
        self.register_buffer("vectors", spread * torch.randn(size, WAVES))

    def forward(self, x: Tensor) -> Tensor:
        """Return sines, then cosines, (B, 2 WAVES), of mean square 1.

        Parameters
        ----------
        x : tensor, shape (B, D)
            The values.
        """
        # Half precision would round phases, which may be many turns.
        with torch.autocast(x.device.type, enabled=False):
            phases = 2 * math.pi * x @ self.vectors  # (B, WAVES)
            return math.sqrt(2) * torch.cat([phases.sin(), phases.cos()], dim=1)


class MLP(nn.Module):
    """Fully connected layers with normalisation and ReLU, and a linear layer for each head.

    Parameters
    ----------
    shape : tuple of int
        (C, H, W) of a state.
    widths : sequence of int
        Units of the hidden layers; 1200, 1200 in Goyal et al. 2017, Appendix E.1.
    norm : {"none", "shared", "per_step", "layer", "group"}
        Normalisation; see `Normalise`.
    levels : int
        Levels of temperature, for `per_step`.
    heads : int
        1 (F_mu) or 2 (F_mu and F_sigma).
    zero : bool
        Whether F_mu starts at 0.
    told : bool
        Whether ln T scales and shifts hidden activity.
    waves : float, optional
        Spread of the `Waves` as which the values enter; None: they enter as they are.
    beside : int
        Bits of a code that enter beside the state, after it.
    out : int, optional
        Numbers that each head gives; None: one for each value of a state.

    Raises
    ------
    ValueError
        If an argument is out of range.

    References
    ----------
    Goyal et al. 2017, section 6 and Appendix E.1.
    """

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
        beside: int = 0,
        out: int | None = None,
    ) -> None:
        """Draw the first weights, by torch's global random numbers."""
        super().__init__()
        check_shape(shape)
        check_sizes(widths, heads)
        whole("beside", beside, 0, 10**6)
        last = math.prod(shape) if out is None else whole("out", out, 1, 10**6)
        self.told, size = told or norm == "per_step", math.prod(shape) + beside
        self.like = not beside and out is None  # whether it gives what has the state's shape
        self.enter = nn.Identity() if waves is None else Waves(size, waves)
        sizes = [size if waves is None else 2 * WAVES, *widths]
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in itertools.pairwise(sizes))
        self.norms = nn.ModuleList(Normalise(norm, m, levels) for m in widths)
        self.modulate = nn.ModuleList(nn.Linear(2 * FREQUENCIES, 2 * m) for m in widths if told)
        self.heads = nn.ModuleList(nn.Linear(sizes[-1], last) for _ in range(heads))
        start_at_zero(self.heads, zero)

    def forward(self, s: Tensor, hot: Hot) -> tuple[Tensor, Tensor | None]:
        """Return F_mu and F_sigma; see `Module.__call__`.

        With a code beside the state, s is (B, D + H), and what is returned (B, D); with `out`, it
        is (B, out).
        """
        h = self.enter(s.flatten(1))  # (B, D), or (B, 2 WAVES)
        for i, (layer, norm) in enumerate(zip(self.layers, self.norms, strict=True)):
            h = norm(layer(h), hot.level)  # (B, width)
            if self.modulate:
                code = temperature_code(hot.temperature, s)
                scale, shift = self.modulate[i](code).chunk(2)  # (width,) each
                h = h * (1 + scale) + shift
            h = torch.relu(h)
        mu, *sigma = (head(h).view_as(s) if self.like else head(h) for head in self.heads)
        return mu, sigma[0] if sigma else None


def temperature_code(temperature: float, like: Tensor) -> Tensor:
    """Return sines and cosines of ln T at wavelengths from 1 to 100, (2 FREQUENCIES,).

    Parameters
    ----------
    temperature : float
        T, above 0.
    like : tensor
        What has the device and the type to use.
    """
    wavelengths = torch.logspace(0, 2, FREQUENCIES, device=like.device, dtype=like.dtype)
    angles = 2 * math.pi * math.log(temperature) / wavelengths
    return torch.cat([angles.sin(), angles.cos()])


def check_sizes(widths: Sequence[int], heads: int) -> None:
    """Refuse what are no sizes of layers.

    Parameters
    ----------
    widths : sequence of int
        Units or channels, each at least 1.
    heads : int
        1 or 2.

    Raises
    ------
    ValueError
        If they are something else.
    """
    instance("widths", widths, (tuple, list), "a tuple of sizes")
    if not widths:
        raise refusal("widths", widths, "at least one size")
    for width in widths:
        whole("widths", width, 1, 10**6)
    whole("heads", heads, 1, 2)


def start_at_zero(heads: nn.ModuleList, mean_too: bool) -> None:
    """Set the weights and biases of the head of sigma, and perhaps those of the mean, to 0.

    Parameters
    ----------
    heads : torch.nn.ModuleList
        The head of the mean, then that of sigma if there is one.
    mean_too : bool
        Whether the head of the mean starts at 0 too.
    """
    for head in list(heads)[0 if mean_too else 1 :]:
        nn.init.zeros_(head.weight)  # type: ignore[arg-type]
        nn.init.zeros_(head.bias)  # type: ignore[arg-type]
