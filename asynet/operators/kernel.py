"""The kernel of an operator: to a walk it is one population of values, all updated at once."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from asynet.network.kernels.contract import Fire, Response, Teach
from asynet.network.network import Network, Population
from asynet.numerics.arguments import shaped
from asynet.numerics.checks import real, refusal, whole
from asynet.numerics.forks import use_threads
from asynet.operators.contract import Hot, OperatorSettings, Shape, check_shape
from asynet.operators.held_noise import WithSpread
from asynet.operators.law import Law, kept_bits, relative_sigma

HOTTEST = 1e30  # what float32 still holds


class OperatorLayout(Network):
    """The network that stands for an operator: one population, which depends on itself."""

    def self_free(self, group: tuple[str, ...]) -> bool:
        """Return False, since F depends on the whole state; see `Network.self_free`."""
        return False


@dataclass
class OperatorKernel:
    """Fulfil `Dynamics` by a torch module; states are (B, D), flattened (C, H, W).

    Parameters
    ----------
    module : torch.nn.Module
        F; see `Module`.
    settings : OperatorSettings
        How F becomes a law.
    shape : tuple of int
        (C, H, W) of a state.
    temperatures : array, shape (levels,)
        Those of training, increasing; their places are the levels.
    device : str
        torch's name of the device.
    pathwise : bool
        Whether gradients also follow the sample s_t back to s_{t-1}; Gaussian laws only.
    hold : bool
        Whether lessons also hold sigma at sigma_0 on states that are about to be heated.
    anchor : float
        Weight at which lessons also hold the law of s_{t-1}, which is to be heated, to what it is
        where the module gives 0.
    rest : array, shape (D,), optional
        Rates in (0, 1) of very hot bits; None: 1/2.
    averaged : torch.nn.Module, optional
        Running mean of `module`, which takes its place when not learning.
    precision : torch.dtype
        Arithmetic while learning.
    learning : bool
        Whether lessons carry gradients, and batch norm uses the batch's statistics.
    chunk : int
        Most chains evaluated at once when not learning.

    Raises
    ------
    ValueError
        If an argument is out of range.
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
        """Check the arguments and move to the device."""
        check_shape(self.shape)
        if shaped("temperatures", self.temperatures, ("levels",)).min() <= 0:
            raise refusal("temperatures", float(np.min(self.temperatures)), "above 0")
        real("anchor", self.anchor, least=0)
        whole("chunk", self.chunk, 1, 10**9)
        if self.pathwise and self.settings.law == "bernoulli":
            raise refusal("pathwise", True, "False for bits, whose samples have no gradient")
        if self.hold and not isinstance(self.module, WithSpread):
            raise refusal("hold", True, "False unless the module is WithSpread")
        size, settings = math.prod(self.shape), self.settings
        sigma = settings.sigma if settings.law == "gaussian" else 1.0
        image = Population("image", size, settings.law, sigma)
        self.network = OperatorLayout((image,), (), (("image",),), settings.alpha)
        self.module.to(self.device)
        rest = np.full(size, 0.5) if self.rest is None else shaped("rest", self.rest, (size,))
        if not ((rest > 0) & (rest < 1)).all():
            raise refusal("rest", self.rest, "rates between 0 and 1, both excluded")
        self.rest = self.tensor(rest)

    def tensor(self, array: Any) -> Tensor:
        """Return a float32 copy on the device; see `Dynamics.tensor`."""
        return torch.tensor(np.asarray(array), dtype=torch.float32, device=self.device)

    def array(self, tensor: Tensor) -> Any:
        """Return a NumPy copy; see `Dynamics.array`."""
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
        """Return a sample, an objective and log-probabilities; see `Dynamics.respond`.

        While learning, the objective of the response is what to raise, (B,) in nats, with its
        gradient: ln p of the target; if `pathwise`, less ln q of the state given the target; with
        an `anchor`, and what holds the target's own law; with `hold`, and what holds its sigma.

        Raises
        ------
        ValueError
            If a current is injected, or the state is not (B, D).
        """
        if current is not None:
            raise ValueError("an operator has no neurons to inject a current into")
        if torch.get_num_threads() > 1:
            use_threads()
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
        return Response(sample, None, log_q, log_p if score else None, objective)

    @torch.no_grad()
    def _firing(self, state: Tensor, fire: Fire, known: tuple[Any, float] | None) -> Law:
        """Return the law that the next state is drawn from; `known`: F of the state at some T."""
        if fire.noise and self.settings.law == "bernoulli":
            kept = kept_bits(state, self.rest, self.settings.stay, fire.temperature)
            return Law(kept, None, fire.temperature)
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
        """Return p_T(. | s), the law of the next state.

        Parameters
        ----------
        state : tensor, shape (B, D)
            The states s.
        temperature : float
            T, above 0.
        """
        return self._law(state, self.evaluate(state, temperature), temperature)

    def hot(self, temperature: float) -> Hot:
        """Return a temperature as modules receive it; its level is the nearest one in ln T.

        Parameters
        ----------
        temperature : float
            T, above 0.
        """
        real("temperature", temperature, above=0, most=HOTTEST)
        distance = np.abs(np.log(self.temperatures) - math.log(temperature))
        noise = self.settings.sigma * math.sqrt(temperature)
        return Hot(temperature, int(distance.argmin()), noise)

    def evaluate(self, state: Tensor, temperature: float) -> tuple[Tensor, Tensor | None]:
        """Return F_mu and F_sigma as the module gives them, (B, D) each.

        Parameters
        ----------
        state : tensor, shape (B, D)
            The states.
        temperature : float
            T, above 0.

        Raises
        ------
        ValueError
            If the state is not (B, D), or the temperature not above 0.
        """
        if state.ndim != 2 or state.shape[1] != self.network.size:
            raise refusal("state", state, f"of shape (B, {self.network.size})")
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
        if settings.output != "direct" and settings.law == "bernoulli":
            f = f + kept_bits(s, self.rest, settings.stay, temperature)
        elif settings.output != "direct":
            f = f + s
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
        assert isinstance(self.module, WithSpread), "__post_init__ refuses others"
        f_sigma = self.module.spread(state.view(-1, *self.shape), self.hot(temperature))
        relative = relative_sigma(f_sigma.flatten(1))
        fit = -relative.log() - (relative**-2 - 1) / 2
        total: Tensor = fit.sum(dim=1, dtype=torch.float64)
        return total

    def _anchored(
        self, after: Tensor, before: Tensor, temperature: float
    ) -> tuple[tuple[Tensor, Tensor | None], Tensor]:
        """Return F of `after`, and how close the law of `before` is to that of a module of zeros.

        The latter is the expectation of ln p_T(s' | before), s' from the law with a module that
        gives 0, in nats and times `anchor`, (B,): greatest where the two laws are the same. Both
        states are evaluated as one batch, so that batch statistics are those of both directions of
        time.
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
        assert law.std is not None, "__post_init__ refuses bits"
        noise = law.noise_to(after).detach()
        moved = law.moved(noise)
        came = after + (moved - moved.detach())
        minus_log_q = (law.std.log() + noise**2 / 2 + math.log(2 * math.pi) / 2).sum(
            dim=1, dtype=torch.float64
        )
        return came, minus_log_q
