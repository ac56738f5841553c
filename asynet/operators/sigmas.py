"""A learned standard deviation of the noise for each temperature, beside a module."""

import torch

from asynet.operators.contract import Hot


class WithSigmas(torch.nn.Module):
    """A module with one F_sigma for each level of temperature, which starts at sigma_0.

    Parameters
    ----------
    module : torch.nn.Module
        The module that computes F_mu.
    levels : int
        Levels of temperature.
    """

    def __init__(self, module: torch.nn.Module, levels: int) -> None:
        """Set up."""
        super().__init__()
        self.module, self.told = module, True
        self.sigmas = torch.nn.Parameter(torch.zeros(levels))

    def forward(self, s: torch.Tensor, hot: Hot) -> tuple[torch.Tensor, torch.Tensor]:
        """Return F_mu and F_sigma; see `Module.__call__`."""
        mu = self.module(s, hot)[0]
        return mu, self.sigmas[hot.level].expand_as(mu)
