"""The law of the next state: bits, or real values with noise in pixels or block coordinates."""

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
    """Return sigma / sigma_0 = softplus(F_sigma + c) + floor, c such that F_sigma = 0 gives 1.

    Parameters
    ----------
    f_sigma : tensor
        F_sigma, of any shape.
    """
    return functional.softplus(f_sigma + SOFTPLUS_IS_ONE) + FLOOR


def kept_bits(s: Tensor, rest: Tensor, stay: float, temperature: float) -> Tensor:
    """Return the pre-activations a, (B, D), with which bits mostly keep their value.

    With probability beta = 2 sigmoid(-stay / T) a bit is drawn again from its rate at rest. So
    independent bits at those rates are in equilibrium at every T. Where the rate is 1/2,
    a = stay (2 s - 1) at every T.

    Parameters
    ----------
    s : tensor of {0, 1}, shape (B, D)
        The bits.
    rest : tensor, shape (D,)
        Their rates at rest, in (0, 1).
    stay : float
        The pre-activation that keeps a bit at T = 1.
    temperature : float
        T.
    """
    log_beta = math.log(2) - float(
        functional.softplus(torch.tensor(stay / temperature, dtype=torch.float64))
    )
    on, off = (math.exp(log_beta) * rate for rate in (rest, 1 - rest))
    # Logits of what changes a 0, and of what leaves a 1, without the difference of 1 and beta.
    zero = log_beta + rest.log() - torch.log1p(-on)
    one = torch.log1p(-off) - log_beta - (1 - rest).log()
    a: Tensor = temperature * (zero + s * (one - zero))
    return a


@dataclass(frozen=True)
class Law:
    """A factorised law of the next state at one temperature.

    Without `std` it is Bernoulli with rates sigmoid(a / T), else Gaussian with mean a.

    Parameters
    ----------
    a : tensor, shape (B, D)
        Pre-activations.
    std : tensor, shape (B, D), or None
        Standard deviations of the noise, temperature included.
    temperature : float
        T.
    blocks : tuple of int, optional
        (C, H, W) of images whose noise is independent in block coordinates, which `std` is then of;
        None: in the values themselves.
    """

    a: Tensor
    std: Tensor | None
    temperature: float
    blocks: Shape | None = None

    def log_prob(self, s: Tensor) -> Tensor:
        """Return ln p(s) in nats, (B,), added up in float64.

        Parameters
        ----------
        s : tensor, shape (B, D)
            States.
        """
        if self.std is None:
            x = self.a / self.temperature
            each = s * x - functional.softplus(x)
        else:
            each = -(self.noise_to(s) ** 2) / 2 - self.std.log() - math.log(2 * math.pi) / 2
        return each.sum(dim=1, dtype=torch.float64)

    def sample(self, fire: Fire) -> Tensor:
        """Return a sample, (B, D): a function of the law and of each chain's random numbers.

        Parameters
        ----------
        fire : Fire
            Names the random numbers.
        """
        n = self.a.shape[1]
        if self.std is None:
            u = uniforms(fire, 0, n, philox.STREAM_NEURONS, self.a.device)
            return (u < torch.sigmoid(self.a / self.temperature)).to(self.a.dtype)
        return self.moved(normals(fire, 0, n, self.a.device).to(self.a.dtype))

    def moved(self, noise: Tensor) -> Tensor:
        """Return the next state, (B, D), that given noise leads to.

        Parameters
        ----------
        noise : tensor, shape (B, D)
            Standard normal numbers.

        Raises
        ------
        ValueError
            If the law is Bernoulli.
        """
        if self.std is None:
            raise ValueError("std: None is not allowed; a law of bits has no noise that is added")
        added = self.std * noise
        if self.blocks is not None:
            channels, height, width = self.blocks
            coordinates = added.view(-1, SIDE**2 * channels, height // SIDE, width // SIDE)
            added = from_blocks(coordinates).flatten(1)
        return self.a + added

    def noise_to(self, s: Tensor) -> Tensor:
        """Return the noise, (B, D), that leads to a state: the inverse of `moved`.

        Parameters
        ----------
        s : tensor, shape (B, D)
            States.

        Raises
        ------
        ValueError
            If the law is Bernoulli.
        """
        if self.std is None:
            raise ValueError("std: None is not allowed; a law of bits has no noise that is added")
        off = s - self.a
        if self.blocks is not None:
            off = to_blocks(off.view(-1, *self.blocks)).flatten(1)
        return off / self.std
