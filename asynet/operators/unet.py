"""A small residual U-Net that receives the temperature (Ronneberger 2015; Ho et al. 2020)."""

import itertools
import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from asynet.numerics.checks import refusal, whole
from asynet.operators.contract import Hot, Shape, check_shape
from asynet.operators.layers import Normalise
from asynet.operators.mlp import FREQUENCIES, check_sizes, start_at_zero, temperature_code
from asynet.types import Norm

CODE = 64  # features that carry the temperature
# A heated walk's state has gathered the noise of its colder steps too: for factors near sqrt(2)
# about three and a half times the variance of the last.
GATHERED = 3.5


class Block(nn.Module):
    """Two 3 x 3 convolutions beside the identity, modulated by the temperature's code.

    It starts as the identity, or as a 1 x 1 convolution where the width changes.

    Parameters
    ----------
    n_in : int
        Channels that enter.
    n_out : int
        Channels that leave.
    norm : {"none", "shared", "per_step", "layer", "group"}
        Normalisation; see `Normalise`.
    levels : int
        Levels of temperature, for `per_step`.
    """

    def __init__(self, n_in: int, n_out: int, norm: Norm, levels: int) -> None:
        """Set up."""
        super().__init__()
        self.norm_in, self.norm_out = (
            Normalise(norm, n_in, levels),
            Normalise(norm, n_out, levels),
        )
        self.first = nn.Conv2d(n_in, n_out, 3, padding=1)
        self.second = nn.Conv2d(n_out, n_out, 3, padding=1)
        self.beside = nn.Conv2d(n_in, n_out, 1) if n_in != n_out else nn.Identity()
        self.modulate = nn.Linear(CODE, 2 * n_out)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.modulate.weight)

    def forward(self, x: Tensor, code: Tensor, level: int) -> Tensor:
        """Return the block's output, (B, n_out, H, W).

        Parameters
        ----------
        x : tensor, shape (B, n_in, H, W)
            What enters.
        code : tensor, shape (CODE,)
            The temperature's code.
        level : int
            Level of temperature.
        """
        h = self.first(functional.silu(self.norm_in(x, level)))
        scale, shift = self.modulate(code).chunk(2)  # (n_out,) each
        h = self.norm_out(h, level) * (1 + scale[:, None, None]) + shift[:, None, None]
        out: Tensor = self.beside(x) + self.second(functional.silu(h))
        return out


class UNet(nn.Module):
    """Residual blocks at each resolution on the way down and up, joined across.

    Parameters
    ----------
    shape : tuple of int
        (C, H, W) of a state.
    widths : sequence of int
        Channels at each resolution, which halves from one to the next.
    blocks : int
        Residual blocks at each resolution.
    norm : {"none", "shared", "per_step", "layer", "group"}
        Normalisation; see `Normalise`.
    levels : int
        Levels of temperature, for `per_step`.
    heads : int
        1 (F_mu) or 2 (F_mu and F_sigma).
    zero : bool
        Whether F_mu starts at 0.

    Raises
    ------
    ValueError
        If an argument is out of range, or H or W cannot be halved so often.
    """

    told = True

    def __init__(
        self,
        shape: Shape,
        widths: Sequence[int],
        blocks: int,
        norm: Norm,
        levels: int,
        heads: int,
        zero: bool,
    ) -> None:
        """Draw the first weights, by torch's global random numbers."""
        super().__init__()
        check_shape(shape)
        check_sizes(widths, heads)
        whole("blocks", blocks, 1, 1000)
        if any(side % 2 ** (len(widths) - 1) for side in shape[1:]):
            raise refusal("shape", shape, f"of sides that can be halved {len(widths) - 1} times")
        self.encode = nn.Sequential(
            nn.Linear(2 * FREQUENCIES, CODE), nn.SiLU(), nn.Linear(CODE, CODE), nn.SiLU()
        )
        self.enter = nn.Conv2d(shape[0], widths[0], 3, padding=1)
        self.down, self.shrink = nn.ModuleList(), nn.ModuleList()
        self.up, self.grow = nn.ModuleList(), nn.ModuleList()
        for width, wider in itertools.pairwise(widths):
            self.down.append(
                nn.ModuleList(Block(width, width, norm, levels) for _ in range(blocks))
            )
            self.shrink.append(nn.Conv2d(width, wider, 2, stride=2))
            self.grow.append(nn.ConvTranspose2d(wider, width, 2, stride=2))
            ups = [Block(2 * width, width, norm, levels)]
            ups += [Block(width, width, norm, levels) for _ in range(blocks - 1)]
            self.up.append(nn.ModuleList(ups))
        self.middle = nn.ModuleList(
            Block(widths[-1], widths[-1], norm, levels) for _ in range(blocks)
        )
        self.leave = Normalise(norm, widths[0], levels)
        self.heads = nn.ModuleList(
            nn.Conv2d(widths[0], shape[0], 3, padding=1) for _ in range(heads)
        )
        start_at_zero(self.heads, zero)

    def forward(self, s: Tensor, hot: Hot) -> tuple[Tensor, Tensor | None]:
        """Return F_mu and F_sigma; see `Module.__call__`."""
        code = self.encode(temperature_code(hot.temperature, s))  # (CODE,)
        spread = math.sqrt(0.25**2 + GATHERED * hot.noise**2)  # of pixels in [0, 1), and noise
        h = self.enter((s - 0.5) / spread)
        across = []
        for blocks, shrink in zip(self.down, self.shrink, strict=True):
            for block in blocks:  # type: ignore[attr-defined]
                h = block(h, code, hot.level)
            across.append(h)
            h = shrink(h)  # (B, wider, H/2, W/2)
        for block in self.middle:
            h = block(h, code, hot.level)
        for blocks, grow in zip(reversed(self.up), reversed(self.grow), strict=True):
            h = torch.cat([grow(h), across.pop()], dim=1)  # (B, 2 width, 2H, 2W)
            for block in blocks:  # type: ignore[attr-defined]
                h = block(h, code, hot.level)
        h = functional.silu(self.leave(h, hot.level))
        mu, *sigma = (head(h) for head in self.heads)
        return mu, sigma[0] if sigma else None
