"""Philox in torch, on any device: the numbers of `philox.uniforms`."""

import numpy as np
import torch
from torch import Tensor

from asynet.network.kernels.contract import Fire
from asynet.numerics import compiled_philox, philox


def uniforms(
    fire: Fire, first: int, size: int, stream: int, device: torch.device | str = "cpu"
) -> Tensor:
    """Return uniforms of some neurons of every chain, (B, size) float32: see `philox.uniforms`."""
    if torch.device(device).type == "cpu":
        chains, step = np.asarray(fire.chains), fire.step & philox.MASK
        drawn = compiled_philox.uniforms(fire.seed, chains, step, first, size, stream)
        return torch.from_numpy(np.ascontiguousarray(drawn))
    return uniforms_in_torch(fire, first, size, stream, device)


def uniforms_in_torch(
    fire: Fire, first: int, size: int, stream: int, device: torch.device | str
) -> Tensor:
    """Return what `uniforms` does, computed in int64, whose products wrap like unsigned ones.

    Parameters
    ----------
    fire : Fire
        Chooses the numbers.
    first, size : int
        Neurons first .. first + size - 1.
    stream : int
        What they are for.
    device : str or torch.device
        Where they are computed.
    """
    m = philox.MASK
    neurons = torch.arange(first, first + size, device=device)
    blocks, word_of = torch.unique(
        neurons // philox.TILE * philox.LANES + neurons % philox.LANES, return_inverse=True
    )
    chain = torch.tensor(fire.chains, device=device)[:, None]
    low, high = chain & m, (chain >> 32) & 0xFFFFFF | stream << 24
    shape = (len(chain), len(blocks))
    x0, x1 = blocks.expand(shape), torch.full(shape, fire.step & m, device=device)
    x2, x3 = low.expand(shape), high.expand(shape)
    k0, k1 = philox.key_words(fire.seed)
    for _ in range(philox.ROUNDS):
        p0, p1 = x0 * philox.MULTIPLIERS[0], x2 * philox.MULTIPLIERS[1]
        x0, x1 = (p1 >> 32) & m ^ x1 ^ k0, p1 & m
        x2, x3 = (p0 >> 32) & m ^ x3 ^ k1, p0 & m
        k0, k1 = (k0 + philox.WEYL[0]) & m, (k1 + philox.WEYL[1]) & m
    words = torch.stack([x0, x1, x2, x3], dim=-1)  # (B, n_blocks, 4)
    drawn = words[:, word_of, neurons % philox.TILE // philox.LANES]  # (B, size)
    return (drawn >> 8).float() * 2.0**-24


def normals(fire: Fire, first: int, size: int, device: torch.device | str = "cpu") -> Tensor:
    """Return standard normal numbers, (B, size) float64, from two streams (Box and Muller).

    Parameters
    ----------
    fire : Fire
        Chooses the numbers.
    first, size : int
        Neurons first .. first + size - 1.
    device : str or torch.device
        Where they are computed.
    """
    u = uniforms(fire, first, size, philox.STREAM_NEURONS, device).double()
    v = uniforms(fire, first, size, philox.STREAM_NOISE, device).double()
    return torch.sqrt(-2 * torch.log(1 - u)) * torch.cos(2 * torch.pi * v)
