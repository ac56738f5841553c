"""A torch module of one's own as F of an operator."""

import torch
from torch import Tensor

from asynet.operators.contract import Hot


class OwnModule(torch.nn.Module):
    """Show a module the states in the data's own shape, and take what it gives as F.

    Parameters
    ----------
    module : torch.nn.Module
        Maps states (B, *shape) to F_mu of the same shape, or to a pair F_mu, F_sigma. If it has a
        true attribute `told`, it is also handed the temperature: see `operators.contract.Hot`.
    shape : tuple of int
        Axes of one example.
    """

    def __init__(self, module: torch.nn.Module, shape: tuple[int, ...]) -> None:
        """Keep the module."""
        super().__init__()
        self.module, self.shape = module, tuple(shape)
        self.told = bool(getattr(module, "told", False))

    def forward(self, s: Tensor, hot: Hot) -> tuple[Tensor, Tensor | None]:
        """Return F_mu and perhaps F_sigma; see `Module.__call__`."""
        states = s.reshape(-1, *self.shape)
        found = self.module(states, hot) if self.told else self.module(states)
        mu, sigma = found if isinstance(found, tuple) else (found, None)
        for name, part in (("F_mu", mu), ("F_sigma", sigma)):
            if part is not None and tuple(part.shape) != tuple(states.shape):
                problem = f"the module gives {name} of shape {tuple(part.shape)}"
                raise ValueError(f"{problem}; must be that of the states, {tuple(states.shape)}")
        return mu.reshape(s.shape), None if sigma is None else sigma.reshape(s.shape)
