"""One standard deviation of the noise for each temperature, learned beside a module."""

import torch

from asynet.operators.contract import Hot


class WithSigmas(torch.nn.Module):
    """A module and one F_sigma for each level of temperature."""

    def __init__(self, module: torch.nn.Module, levels: int) -> None:
        """Start with sigma_0 at every level."""
        super().__init__()
        self.module, self.told = module, True
        self.sigmas = torch.nn.Parameter(torch.zeros(levels))

    def forward(self, s: torch.Tensor, hot: Hot) -> tuple[torch.Tensor, torch.Tensor]:
        """See `Module`."""
        return self.module(s, hot)[0], self.sigmas[hot.level].expand_as(s)
