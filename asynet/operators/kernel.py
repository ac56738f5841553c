"""An operator as the walk sees it: one population of values, all updated at once."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from asynet.network.kernels.contract import Fire, Response, Teach
from asynet.network.network import Network
from asynet.operators.contract import Hot, OperatorSettings, Shape
from asynet.operators.held_noise import WithSpread
from asynet.operators.law import Law, relative_sigma


class OperatorLayout(Network):
    """The network that stands for an operator: one population, which depends on itself."""

    def self_free(self, group: tuple[str, ...]) -> bool:
        """Return False: F depends on the whole state."""
        return False


@dataclass
class OperatorKernel:
    """The contract of `Dynamics` by a torch module; states are (B, D), flattened (C, H, W).

    module: see `Module`. temperatures: of training, increasing, whose places are the levels.
    learning: whether lessons carry gradients, and batch norm uses the batch's statistics.
    pathwise: whether gradients also follow the sample s_t back to s_{t-1}.
    hold: whether lessons also hold sigma at sigma_0 on states that are about to be heated.
    anchor: weight at which lessons also hold the law of s_{t-1}, which is to be heated, to what it
        is where the module gives 0; see `_anchored`.
    rest: (D,) rates in (0, 1) of very hot bits, see `_stay`; None: 1/2.
    averaged: running mean of `module`, which takes its place when not learning.
    precision: arithmetic while learning. chunk: most chains evaluated at once otherwise.
    """

    module: torch.nn.Module
    settings: OperatorSettings
    shape: Shape
    temperatures: Any
    device: str = "cpu"
    pathwise: bool = False
    hold: bool = False
    anchor: float = 0.0
    rest: Any = None
    averaged: torch.nn.Module | None = None
    precision: torch.dtype = torch.float32
    learning: bool = False
    chunk: int = 128
    network: Network = field(init=False)

    def __post_init__(self) -> None:
        """Move to the device."""
        from asynet.network.network import Population

        size, settings = math.prod(self.shape), self.settings
        sigma = settings.sigma if settings.law == "gaussian" else 1.0
        image = Population("image", size, settings.law, sigma)
        self.network = OperatorLayout((image,), (), (("image",),), settings.alpha)
        self.module.to(self.device)
        self.rest = self.tensor(np.full(size, 0.5) if self.rest is None else self.rest)

    def tensor(self, array: Any) -> Tensor:
        """Copy to the device as float32."""
        return torch.tensor(np.asarray(array), dtype=torch.float32, device=self.device)

    def array(self, tensor: Tensor) -> Any:
        """Copy to NumPy."""
        return tensor.detach().cpu().numpy()

    def respond(
        self,
        population: str,
        state: Tensor,
        fire: Fire | None = None,
        teach: Teach | None = None,
        score: bool = False,
        current: Tensor | None = None,
    ) -> Response:
        """Answer one state: see `Dynamics.respond`; ValueError for an injected current.

        `error` of the response is what to raise, (B,) nats with its gradient, while learning:
        ln p of the target; if `pathwise`, minus ln q of the state given the target; with an
        `anchor` what holds the target's own law, and with `hold` what holds its sigma.
        """
        if current is not None:
            raise ValueError("an operator has no neurons to inject a current into")
        sample = objective = log_q = log_p = raw = None
        if teach is not None:
            target = teach.target.detach()
            came, minus_log_q = state, torch.zeros(())
            with torch.set_grad_enabled(self.learning):
                if self.learning and self.pathwise:
                    came, minus_log_q = self._retraced(target, state, teach.temperature)
                if self.learning and self.anchor:
                    raw, minus_log_q = self._anchored(came, target, teach.temperature)
                else:
                    raw = self.evaluate(came, teach.temperature)
                log_p = self._law(came, raw, teach.temperature).log_prob(target)
            objective, log_p = (log_p + minus_log_q if self.learning else None), log_p.detach()
            if objective is not None and self.hold:
                objective = objective + self._held(target, teach.temperature)
        if fire is not None:
            law = self._firing(state, fire, None if teach is None else (raw, teach.temperature))
            with torch.no_grad():  # the law itself may be what the lesson's module gave
                sample = law.sample(fire)
                log_q = law.log_prob(sample) if score else None
        return Response(sample, objective, log_q, log_p if score else None)

    @torch.no_grad()
    def _firing(self, state: Tensor, fire: Fire, known: tuple[Any, float] | None) -> Law:
        """Return the law that the next state is drawn from; `known`: F of the state at some T."""
        if fire.noise:
            sigma = self.settings.sigma * math.sqrt(fire.temperature)
            return Law(state, torch.full_like(state, sigma), fire.temperature)
        if known is not None and (known[1] == fire.temperature or not self.module.told):
            raw = known[0]
        else:
            raw = self.evaluate(state, fire.temperature)
        return self._law(state, raw, fire.temperature)

    @torch.no_grad()
    def law(self, state: Tensor, temperature: float) -> Law:
        """Return p_T(. | s), the law of the state after `state` (B, D)."""
        return self._law(state, self.evaluate(state, temperature), temperature)

    def hot(self, temperature: float) -> Hot:
        """Return what modules are told of a temperature; its level is the nearest one in ln T."""
        distance = np.abs(np.log(self.temperatures) - math.log(temperature))
        noise = self.settings.sigma * math.sqrt(temperature)
        return Hot(temperature, int(distance.argmin()), noise)

    def evaluate(self, state: Tensor, temperature: float) -> tuple[Tensor, Tensor | None]:
        """Return F_mu and F_sigma of states (B, D) as the module gives them, each (B, D)."""
        hot, images = self.hot(temperature), state.view(-1, *self.shape)
        if self.learning:
            return self._run(self.module, images, hot)
        module = self.averaged or self.module
        parts = [self._run(module, part, hot) for part in torch.split(images, self.chunk)]
        mu = torch.cat([mu for mu, _ in parts])
        sigmas = [sigma for _, sigma in parts if sigma is not None]
        return mu, torch.cat(sigmas) if sigmas else None

    def _run(
        self, module: torch.nn.Module, images: Tensor, hot: Hot
    ) -> tuple[Tensor, Tensor | None]:
        mixed = self.learning and self.precision != torch.float32
        with torch.autocast(images.device.type, self.precision, enabled=mixed):
            mu, sigma = module(images, hot)
        as_before = images.dtype  # autocast may have changed it
        mu = mu.flatten(1).to(as_before)
        return mu, None if sigma is None else sigma.flatten(1).to(as_before)

    def _law(self, s: Tensor, raw: tuple[Tensor, Tensor | None], temperature: float) -> Law:
        """Return p_T(.|s): a = (1 - alpha) s + alpha F, std = sqrt(T) sigma."""
        settings, (f, f_sigma) = self.settings, raw
        if settings.output == "noise":
            f = f * (settings.sigma * math.sqrt(temperature))
        if settings.output != "direct":
            f = f + (self._stay(s, temperature) if settings.law == "bernoulli" else s)
        a = f if settings.alpha == 1 else (1 - settings.alpha) * s + settings.alpha * f
        if settings.law == "bernoulli":
            return Law(a, None, temperature)
        scale = settings.sigma * math.sqrt(temperature)
        if f_sigma is None:
            return Law(a, torch.full_like(a, scale), temperature)
        blocks = self.shape if settings.noise_in == "blocks" else None
        return Law(a, scale * relative_sigma(f_sigma).expand_as(a), temperature, blocks)

    def _held(self, state: Tensor, temperature: float) -> Tensor:
        """Return how well sigma (B, D) of a state fits the noise of heating, in nats, (B,).

        Minus the divergence of the law's noise from one with sigma_0: 0 where sigma is sigma_0.
        """
        assert isinstance(self.module, WithSpread), "only that sees how hot a state is"
        f_sigma = self.module.spread(state.view(-1, *self.shape), self.hot(temperature))
        relative = relative_sigma(f_sigma.flatten(1))
        fit = -relative.log() - (relative**-2 - 1) / 2
        total: Tensor = fit.sum(dim=1, dtype=torch.float64)
        return total

    def _stay(self, s: Tensor, temperature: float) -> Tensor:
        """Return the a (B, D) of bits s that keep their value, and are drawn anew now and then.

        With probability beta = 2 sigmoid(-stay / T) a value is drawn from its rate at rest, so
        that independent values at those rates are in equilibrium at every T. Where the rate is
        1/2, a = stay (2 s - 1) at every T.
        """
        stay = torch.tensor(self.settings.stay / temperature, dtype=torch.float64)
        log_beta = math.log(2) - float(functional.softplus(stay))
        rest: Tensor = self.rest
        on, off = (math.exp(log_beta) * rate for rate in (rest, 1 - rest))
        # Logits of what changes a 0, and of what leaves a 1, without the difference of 1 and beta.
        zero = log_beta + rest.log() - torch.log1p(-on)
        one = torch.log1p(-off) - log_beta - (1 - rest).log()
        a: Tensor = temperature * (zero + s * (one - zero))
        return a

    def _anchored(
        self, after: Tensor, before: Tensor, temperature: float
    ) -> tuple[tuple[Tensor, Tensor | None], Tensor]:
        """Return F of `after`, and how well the law of `before` is that of a module that gives 0.

        The latter is the expectation of ln p_T(s' | before), s' from the law without a module, in
        nats and times `anchor`, (B,): greatest where the two are the same. One evaluation of both
        halves of a batch, so that batch statistics are those of both directions of time.
        """
        mu, _ = self.evaluate(torch.cat([after, before]), temperature)
        ahead, back = mu[: len(after)], mu[len(after) :]
        found = self._law(before, (back, None), temperature)
        nominal = self._law(before, (torch.zeros_like(back), None), temperature)
        rho = torch.sigmoid(nominal.a / temperature)
        return (ahead, None), self.anchor * found.log_prob(rho)

    def _retraced(self, before: Tensor, after: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
        """Return `after`, s_t, as a function of the weights, and minus ln q(s_t | s_{t-1}).

        The noise that led from `before` to `after` is held, and s_t = a(s_{t-1}) + std noise.
        """
        law = self._law(before, self.evaluate(before, temperature), temperature)
        assert law.std is not None, "a sample of 0 and 1 has no gradient"
        noise = law.noise_to(after).detach()
        moved = law.moved(noise)
        came = after + (moved - moved.detach())
        minus_log_q = (law.std.log() + noise**2 / 2 + math.log(2 * math.pi) / 2).sum(
            dim=1, dtype=torch.float64
        )
        return came, minus_log_q
