"""What an operator is to raise when it learns from one step of a walk, with its gradient."""

import math
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn import functional

from asynet.network.kernels.contract import Teach
from asynet.operators.codes import WithCodes
from asynet.operators.contract import Hot, Shape
from asynet.operators.held_noise import WithSpread
from asynet.operators.law import Law, relative_sigma

Raw = tuple[Tensor, Tensor | None]  # F_mu and F_sigma


class Learning(Protocol):
    """What lessons need of an `OperatorKernel`, which says what its fields mean."""

    module: torch.nn.Module
    shape: Shape
    pathwise: bool
    hold: bool
    anchor: float

    def evaluate(self, state: Tensor, temperature: float) -> Raw:
        """Return F: see `OperatorKernel.evaluate`."""

    def law_of(self, state: Tensor, raw: Raw, temperature: float) -> Law:
        """Return the law of known F: see `OperatorKernel.law_of`."""

    def encode(self, state: Tensor, temperature: float) -> Tensor:
        """Return pre-activations of codes: see `OperatorKernel.encode`."""

    def hot(self, temperature: float) -> Hot:
        """Return a temperature for modules: see `OperatorKernel.hot`."""


@torch.enable_grad()
def lesson_of(kernel: Learning, state: Tensor, teach: Teach) -> tuple[Raw, Tensor, Tensor]:
    """Return F of the state, ln p of the target, and the objective, (B,) in nats each.

    The objective is ln p of the target; if `pathwise`, less ln q of the state given the target, or
    with codes less the divergence of the code's two laws; with an `anchor`, and what holds the
    target's own law; with `hold`, and what holds its sigma.

    Parameters
    ----------
    kernel : Learning
        The operator.
    state : tensor, shape (B, D), or (B, D + H) with codes
        The states s_t.
    teach : Teach
        The states s_{t-1} to walk back to.
    """
    target: Any = teach.target.detach()
    came, minus_log_q = state, torch.zeros(())
    if kernel.pathwise and isinstance(kernel.module, WithCodes):
        came, minus_log_q = _followed(kernel, target, state, teach)
    elif kernel.pathwise:
        came, minus_log_q = _retraced(kernel, target, state, teach.temperature)
    if kernel.anchor:
        raw, held = _anchored(kernel, came, target, teach.temperature)
        minus_log_q = minus_log_q + held
    else:
        raw = kernel.evaluate(came, teach.temperature)
    log_p = kernel.law_of(came, raw, teach.temperature).log_prob(target)
    objective = log_p + minus_log_q
    if kernel.hold:
        objective = objective + sigma_held(kernel, target, teach.temperature)
    return raw, log_p.detach(), objective


def sigma_held(kernel: Learning, state: Tensor, temperature: float) -> Tensor:
    """Return how well sigma (B, D) of a state fits the noise of heating, in nats, (B,).

    Minus the divergence of the law's noise from one with sigma_0: 0 where sigma is sigma_0.

    Parameters
    ----------
    kernel : Learning
        The operator, whose module is WithSpread.
    state : tensor, shape (B, D)
        The states.
    temperature : float
        T, above 0.
    """
    assert isinstance(kernel.module, WithSpread), "OperatorKernel refuses others"
    f_sigma = kernel.module.spread(state.view(-1, *kernel.shape), kernel.hot(temperature))
    relative = relative_sigma(f_sigma.flatten(1))
    fit = -relative.log() - (relative**-2 - 1) / 2
    total: Tensor = fit.sum(dim=1, dtype=torch.float64)
    return total


def _anchored(
    kernel: Learning, after: Tensor, before: Tensor, temperature: float
) -> tuple[Raw, Tensor]:
    """Return F of `after`, and how close the law of `before` is to that of a module of zeros.

    The latter is the expectation of ln p_T(s' | before), s' from the law with a module that
    gives 0, in nats and times `anchor`, (B,): greatest where the two laws are the same. Both
    states are evaluated as one batch, so that batch statistics are those of both directions of
    time.
    """
    whole = torch.cat([before, after[:, before.shape[1] :]], dim=1)  # with the code of both
    mu, _ = kernel.evaluate(torch.cat([after, whole]), temperature)
    ahead, back = mu[: len(after)], mu[len(after) :]
    found = kernel.law_of(before, (back, None), temperature)
    nominal = kernel.law_of(before, (torch.zeros_like(back), None), temperature)
    rho = torch.sigmoid(nominal.a / temperature)
    return (ahead, None), kernel.anchor * found.log_prob(rho)


def _followed(
    kernel: Learning, before: Tensor, after: Tensor, teach: Teach
) -> tuple[Tensor, Tensor]:
    """Return (x_t, h_{t-1}) with a gradient of the code, and minus a divergence, (B,) nats.

    The bits are those that were drawn; their gradient is that of their rates given x_{t-1}
    (straight-through; Bengio, Leonard and Courville 2013). The divergence is that of their law
    given x_{t-1} from the one given x_t, which is held fixed: the code's own lesson moves it.
    """
    size, at = before.shape[1], teach.drawn_at
    codes = after[:, size:]
    drawn = kernel.encode(torch.cat([before, codes], dim=1), at) / at  # (B, H)
    with torch.no_grad():
        back = kernel.encode(after, teach.temperature) / teach.temperature
    rho = torch.sigmoid(drawn)
    gained = rho * (back - drawn) - functional.softplus(back) + functional.softplus(drawn)
    followed = codes + (rho - rho.detach())
    minus_divergence = gained.sum(dim=1, dtype=torch.float64)
    return torch.cat([after[:, :size], followed], dim=1), minus_divergence


def _retraced(
    kernel: Learning, before: Tensor, after: Tensor, temperature: float
) -> tuple[Tensor, Tensor]:
    """Return `after`, s_t, as a function of the weights, and minus ln q(s_t | s_{t-1}).

    The noise that led from `before` to `after` is held, and s_t = a(s_{t-1}) + std noise.
    """
    law = kernel.law_of(before, kernel.evaluate(before, temperature), temperature)
    assert law.std is not None, "OperatorKernel refuses bits"
    noise = law.noise_to(after).detach()
    moved = law.moved(noise)
    came = after + (moved - moved.detach())
    minus_log_q = (law.std.log() + noise**2 / 2 + math.log(2 * math.pi) / 2).sum(
        dim=1, dtype=torch.float64
    )
    return came, minus_log_q
