"""F_sigma as a network of its own, which sees from a state how much noise is in it."""

import torch
from torch import Tensor, nn
from torch.nn.functional import pixel_shuffle, silu

from asynet.operators.blocks import SIDE, to_blocks
from asynet.operators.contract import Hot, Shape
from asynet.operators.mlp import FREQUENCIES, temperature_code

WIDTH = 96
LOG_SCALE = 4.0  # logarithms of energies over the noise's run from 0 to about 12


class WithSpread(nn.Module):
    """A module, and F_sigma from the energy of each block of 4 x 4 pixels beside the noise's.

    A step at T adds noise of variance T sigma_0^2 on the way up; what it takes on the way back is
    less, wherever the noise came to more than the image: V_{t-1}/V_t of it, where V is what has
    gathered. One operator serves both ways since the two states differ: the one is colder than T
    makes it, the other is as hot.
    """

    told = True

    def __init__(self, module: nn.Module, shape: Shape, blocks: bool) -> None:
        """Start at sigma_0. blocks: whether F_sigma is of block coordinates, or of pixels."""
        super().__init__()
        self.module, self.blocks = module, blocks
        size = SIDE**2 * shape[0]
        self.enter = nn.Conv2d(size, WIDTH, 3, padding=1)
        self.modulate = nn.Linear(2 * FREQUENCIES, 2 * WIDTH)
        self.middle = nn.Conv2d(WIDTH, WIDTH, 3, padding=1)
        self.leave = nn.Conv2d(WIDTH, size, 1)
        self.gate = nn.Linear(WIDTH, 1)  # is the whole image as hot as T makes it?
        for layer in (self.modulate, self.leave, self.gate):
            for p in layer.parameters():
                nn.init.zeros_(p)

    def forward(self, s: Tensor, hot: Hot) -> tuple[Tensor, Tensor]:
        """See `Module`."""
        return self.module(s, hot)[0], self.spread(s, hot)

    def spread(self, s: Tensor, hot: Hot) -> Tensor:
        """Return F_sigma of images (B, C, H, W): of the same shape, or (B, 16 C, H/4, W/4)."""
        energy = torch.log1p((to_blocks(s - 0.5) / hot.noise) ** 2) / LOG_SCALE
        scale, shift = self.modulate(temperature_code(hot.temperature, s)).chunk(2)  # (WIDTH,)
        h = self.enter(energy)  # (B, WIDTH, H/4, W/4)
        h = silu(h * (1 + scale[:, None, None]) + shift[:, None, None])
        h = h + silu(self.middle(h))
        share = torch.sigmoid(self.gate(h.mean(dim=(2, 3))))[:, :, None, None]  # (B, 1, 1, 1)
        relative = share * self.leave(h)
        return relative if self.blocks else pixel_shuffle(relative, SIDE)
