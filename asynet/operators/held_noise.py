"""A module's F_sigma as a network of its own, which sees from a state how much noise is in it."""

import torch
from torch import Tensor, nn
from torch.nn.functional import pixel_shuffle, silu

from asynet.numerics.checks import refusal
from asynet.operators.blocks import SIDE, to_blocks
from asynet.operators.contract import Hot, Shape, check_shape
from asynet.operators.mlp import FREQUENCIES, temperature_code

WIDTH = 96
LOG_SCALE = 4.0  # logarithms of energies over the noise's run from 0 to about 12


class WithSpread(nn.Module):
    """A module with an F_sigma that compares a state's energy with the noise's, block by block.

    Heating at T adds noise of variance T sigma_0^2. The way back needs less where the gathered
    noise exceeds the image: a share V_{t-1}/V_t of it, V being the gathered variance. One operator
    can serve both directions because it sees two different states: one that is colder than T makes
    it, and one that is as hot. F_sigma starts at 0, which is sigma_0.

    Parameters
    ----------
    module : torch.nn.Module
        The module that computes F_mu.
    shape : tuple of int
        (C, H, W) of a state; H and W are multiples of 4.
    blocks : bool
        Whether F_sigma is in block coordinates, or in pixels.
    """

    told = True

    def __init__(self, module: nn.Module, shape: Shape, blocks: bool) -> None:
        """Set up."""
        super().__init__()
        check_shape(shape)
        if shape[1] % SIDE or shape[2] % SIDE:
            raise refusal("shape", shape, f"(C, H, W), H and W multiples of {SIDE}")
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
        """Return F_mu and F_sigma; see `Module.__call__`."""
        return self.module(s, hot)[0], self.spread(s, hot)

    def spread(self, s: Tensor, hot: Hot) -> Tensor:
        """Return F_sigma of images: of the same shape, or (B, 16 C, H/4, W/4) if `blocks`.

        Parameters
        ----------
        s : tensor, shape (B, C, H, W)
            The states.
        hot : Hot
            The temperature.
        """
        energy = torch.log1p((to_blocks(s - 0.5) / hot.noise) ** 2) / LOG_SCALE
        scale, shift = self.modulate(temperature_code(hot.temperature, s)).chunk(2)  # (WIDTH,)
        h = self.enter(energy)  # (B, WIDTH, H/4, W/4)
        h = silu(h * (1 + scale[:, None, None]) + shift[:, None, None])
        h = h + silu(self.middle(h))
        share = torch.sigmoid(self.gate(h.mean(dim=(2, 3))))[:, :, None, None]  # (B, 1, 1, 1)
        relative = share * self.leave(h)
        return relative if self.blocks else pixel_shuffle(relative, SIDE)
