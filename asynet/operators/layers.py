"""Normalisation layers, some of which differ from one temperature to the next."""

import torch
from torch import Tensor, nn

from asynet.numerics.checks import one_of, whole
from asynet.types import Norm

GROUPS = 8  # of channels, in group normalisation


class Normalise(nn.Module):
    """Normalise (B, C) or (B, C, H, W) in one of five ways.

    Parameters
    ----------
    kind : {"none", "shared", "per_step", "layer", "group"}
        none: the identity. shared: batch normalisation. per_step: batch normalisation with its own
        parameters and running statistics for each level of temperature, in both directions of time
        (Goyal et al. 2017, Appendix I); all steps at T = 1 are at level 0. layer: over all features
        of one example. group: over groups of about C / 8 channels of one example.
    channels : int
        C.
    levels : int
        Levels of temperature, for `per_step`.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """

    def __init__(self, kind: Norm, channels: int, levels: int = 1) -> None:
        """Set up."""
        super().__init__()
        one_of("kind", kind, Norm)
        whole("channels", channels, 1, 10**6)
        whole("levels", levels, 1, 10**6)
        self.per_step = kind == "per_step"
        if kind in ("shared", "per_step"):
            self.each = nn.ModuleList(
                BatchNorm(channels) for _ in range(levels if self.per_step else 1)
            )
        elif kind == "none":
            self.each = nn.ModuleList([nn.Identity()])
        else:
            groups = 1 if kind == "layer" else max(g for g in (GROUPS, 4, 2, 1) if not channels % g)
            self.each = nn.ModuleList([nn.GroupNorm(groups, channels)])

    def forward(self, x: Tensor, level: int) -> Tensor:
        """Return x normalised.

        Parameters
        ----------
        x : tensor, shape (B, C) or (B, C, H, W)
            Activity.
        level : int
            Level of temperature, from 0.
        """
        normalised: Tensor = self.each[level if self.per_step else 0](x)
        return normalised


class BatchNorm(nn.Module):
    """Batch normalisation of (B, C) or (B, C, H, W).

    Running statistics are means over the batches seen, of equal weight for the first ten and
    exponential thereafter, so that levels that are rarely visited have usable ones.

    Parameters
    ----------
    channels : int
        C.
    momentum : float
        Weight of a batch in the exponential means.
    epsilon : float
        Added to the variance.
    """

    def __init__(self, channels: int, momentum: float = 0.1, epsilon: float = 1e-5) -> None:
        """Start at mean 0, variance 1, and the identity."""
        super().__init__()
        self.momentum, self.epsilon = momentum, epsilon
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.mean: Tensor
        self.variance: Tensor
        self.seen: Tensor
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))
        self.register_buffer("seen", torch.zeros((), dtype=torch.long))

    def forward(self, x: Tensor) -> Tensor:
        """Normalise by the batch's statistics in training, by the running ones in evaluation.

        Parameters
        ----------
        x : tensor, shape (B, C) or (B, C, H, W)
            Activity.

        Returns
        -------
        tensor
            Shaped like x.
        """
        if self.training:
            with torch.no_grad():
                self.seen += 1
            momentum = max(self.momentum, 1.0 / int(self.seen))
        else:
            momentum = 0.0
        return nn.functional.batch_norm(
            x,
            self.mean,
            self.variance,
            self.weight,
            self.bias,
            self.training,
            momentum,
            self.epsilon,
        )
