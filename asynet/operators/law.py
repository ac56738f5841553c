"""The law of the next state: spikes, or real values with noise in pixels or in blocks of them."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from asynet.network.kernels.contract import Fire
from asynet.network.kernels.torch_philox import normals, uniforms
from asynet.numerics import philox
from asynet.operators.blocks import SIDE, from_blocks, to_blocks
from asynet.operators.contract import Shape

FLOOR = 1e-4  # of a learned sigma, in units of sigma_0
SOFTPLUS_IS_ONE = math.log(math.e - 1)


def relative_sigma(f_sigma: Tensor) -> Tensor:
    """Return sigma / sigma_0 = softplus(F_sigma) and a floor; F_sigma = 0 makes it 1."""
    return functional.softplus(f_sigma + SOFTPLUS_IS_ONE) + FLOOR


@dataclass(frozen=True)
class Law:
    """A factorised law of the next state at one temperature; a and std (or None) are (B, D).

    Bernoulli without std, with rates sigmoid(a / T); else Gaussian with mean a.
    blocks: shape (C, H, W) of images whose noise is independent, with these std, in block
    coordinates (see `blocks`); None: in the values themselves.
    """

    a: Tensor
    std: Tensor | None
    temperature: float
    blocks: Shape | None = None

    def log_prob(self, s: Tensor) -> Tensor:
        """Return ln p(s) in nats, (B,), added up in float64."""
        if self.std is None:
            x = self.a / self.temperature
            each = s * x - functional.softplus(x)
        else:
            each = -(self.noise_to(s) ** 2) / 2 - self.std.log() - math.log(2 * math.pi) / 2
        return each.sum(dim=1, dtype=torch.float64)

    def sample(self, fire: Fire) -> Tensor:
        """Return a sample, (B, D): a function of the law and of the chain's own numbers."""
        n = self.a.shape[1]
        if self.std is None:
            u = uniforms(fire, 0, n, philox.STREAM_NEURONS, self.a.device)
            return (u < torch.sigmoid(self.a / self.temperature)).to(self.a.dtype)
        return self.moved(normals(fire, 0, n, self.a.device).to(self.a.dtype))

    def moved(self, noise: Tensor) -> Tensor:
        """Return the next state, (B, D), that standard normal numbers (B, D) lead to."""
        assert self.std is not None, "spikes are no values with noise"
        added = self.std * noise
        if self.blocks is not None:
            channels, height, width = self.blocks
            coordinates = added.view(-1, SIDE**2 * channels, height // SIDE, width // SIDE)
            added = from_blocks(coordinates).flatten(1)
        return self.a + added

    def noise_to(self, s: Tensor) -> Tensor:
        """Return the numbers (B, D) that lead to s: the inverse of `moved`."""
        assert self.std is not None, "spikes are no values with noise"
        off = s - self.a
        if self.blocks is not None:
            off = to_blocks(off.view(-1, *self.blocks)).flatten(1)
        return off / self.std
