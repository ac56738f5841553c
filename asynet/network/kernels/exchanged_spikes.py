"""Spikes as processes send them to each other, eight to a byte."""

import numpy as np
import torch

BITS = 8


def pack(spikes: torch.Tensor) -> torch.Tensor:
    """Return spikes (B, n) as bits, (B, n / 8 rounded up) uint8.

    Parameters
    ----------
    spikes : tensor of {0, 1}, shape (B, n)
        The spikes.
    """
    bits = (spikes != 0).to(torch.uint8)
    if bits.device.type == "cpu":
        return torch.from_numpy(np.packbits(bits.numpy(), axis=1))
    bits = torch.nn.functional.pad(bits, (0, -bits.shape[1] % 8)).view(len(bits), -1, 8)
    places = 2 ** torch.arange(7, -1, -1, dtype=torch.uint8, device=bits.device)
    return (bits * places).sum(dim=-1, dtype=torch.uint8)


def unpack(packed: torch.Tensor, n: int) -> torch.Tensor:
    """Return what `pack` packed, (B, n) uint8.

    Parameters
    ----------
    packed : tensor of uint8, shape (B, n / 8 rounded up)
        The bits.
    n : int
        Neurons.
    """
    if packed.device.type == "cpu":
        return torch.from_numpy(np.unpackbits(packed.numpy(), axis=1, count=n))
    places = torch.arange(7, -1, -1, dtype=torch.uint8, device=packed.device)
    bits = packed[:, :, None] >> places & 1
    return bits.flatten(1)[:, :n]
