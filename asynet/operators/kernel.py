"""The kernel of an operator: to a walk it is one population of values, all updated at once.

With codes it is two, which take turns: see `codes`.
"""

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from asynet.network.kernels.contract import Fire, Response, Teach
from asynet.network.network import Network, Population
from asynet.numerics.arguments import shaped
from asynet.numerics.checks import real, refusal, whole
from asynet.numerics.forks import use_threads
from asynet.operators.codes import CODE, IMAGE, OperatorLayout, WithCodes, code_response
from asynet.operators.contract import Hot, OperatorSettings, Shape, check_shape
from asynet.operators.held_noise import WithSpread
from asynet.operators.law import Law, kept_bits, relative_sigma
from asynet.operators.lessons import lesson_of

HOTTEST = 1e30  # what float32 still holds


@dataclass
class OperatorKernel:
    """Fulfil `Dynamics` by a torch module; states are (B, D), flattened (C, H, W).

    With a module that has codes they are (B, D + H), the code after the image.

    Parameters
    ----------
    module : torch.nn.Module
        F; see `Module`, and `WithCodes` for one with codes.
    settings : OperatorSettings
        How F becomes a law.
    shape : tuple of int
        (C, H, W) of a state.
    temperatures : array, shape (levels,)
        Those of training, increasing; their places are the levels.
    device : str
        torch's name of the device.
    pathwise : bool
        Whether gradients also follow the sample s_t back to s_{t-1}, of Gaussian laws; of bits with
        codes, whether they follow the code h_{t-1} back to x_{t-1}.
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
        if self.pathwise and self.settings.law == "bernoulli" and not self._coded:
            raise refusal("pathwise", True, "False for bits, whose samples have no gradient")
        if self.hold and not isinstance(self.module, WithSpread):
            raise refusal("hold", True, "False unless the module is WithSpread")
        size, settings = math.prod(self.shape), self.settings
        sigma = settings.sigma if settings.law == "gaussian" else 1.0
        image = Population(IMAGE, size, settings.law, sigma)
        if isinstance(self.module, WithCodes):
            self._check_codes()
            both = (image, Population(CODE, self.module.codes))
            self.network = OperatorLayout(both, (), ((CODE,), (IMAGE,)))
        else:
            self.network = OperatorLayout((image,), (), ((IMAGE,),), settings.alpha)
        self.module.to(self.device)
        rest = np.full(size, 0.5) if self.rest is None else shaped("rest", self.rest, (size,))
        if not ((rest > 0) & (rest < 1)).all():
            raise refusal("rest", self.rest, "rates between 0 and 1, both excluded")
        self.rest = self.tensor(rest)

    @property
    def _coded(self) -> bool:
        return isinstance(self.module, WithCodes)

    def _check_codes(self) -> None:
        """Refuse what is not defined beside codes."""
        if self.settings.alpha != 1:
            raise refusal("settings: alpha", self.settings.alpha, "1 with codes")
        if self.pathwise and self.settings.law == "gaussian":
            raise refusal("pathwise", True, "False for Gaussian images with codes")

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
        gradient: see `lesson_of`.

        Raises
        ------
        ValueError
            If a current is injected, or the state is not (B, D).
        """
        if current is not None:
            raise ValueError("an operator has no neurons to inject a current into")
        if torch.get_num_threads() > 1:
            use_threads()
        if population == CODE:
            return self._respond_code(state, fire, teach, score)
        sample = objective = log_q = log_p = raw = None
        if teach is not None and self.learning:
            raw, log_p, objective = lesson_of(self, state, teach)
        elif teach is not None:
            with torch.no_grad():
                raw = self.evaluate(state, teach.temperature)
                log_p = self.law_of(state, raw, teach.temperature).log_prob(teach.target)
        if fire is not None:
            law = self._firing(state, fire, None if teach is None else (raw, teach.temperature))
            with torch.no_grad():  # the law itself may be what the lesson's module gave
                sample = law.sample(fire)
                log_q = law.log_prob(sample) if score else None
        return Response(sample, None, log_q, log_p if score else None, objective)

    def _respond_code(
        self, state: Tensor, fire: Fire | None, teach: Teach | None, score: bool
    ) -> Response:
        """Return the code's answer; noise that heats an image leaves the code's law as it is."""
        if fire is not None and teach is not None and fire.temperature != teach.temperature:
            fired = self._respond_code(state, fire, None, score)
            taught = self._respond_code(state, None, teach, score)
            return replace(taught, sample=fired.sample, log_q=fired.log_q)
        asked = teach or fire
        if asked is None:
            return Response()
        with torch.set_grad_enabled(self.learning and teach is not None):
            answer = code_response(self.encode(state, asked.temperature), fire, teach, score)
        return answer if self.learning else replace(answer, objective=None)

    def encode(self, state: Tensor, temperature: float) -> Tensor:
        """Return the pre-activations of the code of each image, (B, H).

        Parameters
        ----------
        state : tensor, shape (B, D + H)
            The states, whose codes are not read.
        temperature : float
            T, above 0.

        Raises
        ------
        ValueError
            If the state is not (B, D + H), or the temperature not above 0.
        """
        module, hot = self._evaluated(state), self.hot(temperature)
        if not isinstance(module, WithCodes):
            raise ValueError("an operator without codes has none to draw")
        images = self._image(state)
        rows = len(images) if self.learning else self.chunk
        with self._mixed(images):
            parts = [module.encode(part, hot) for part in torch.split(images, rows)]
        return torch.cat(parts).to(images.dtype)

    def _evaluated(self, state: Tensor) -> torch.nn.Module:
        """Return the module that is to be evaluated; refuse states of another shape."""
        if state.ndim != 2 or state.shape[1] != self.network.size:
            raise refusal("state", state, f"of shape (B, {self.network.size})")
        return self.module if self.learning else self.averaged or self.module

    def _mixed(self, states: Tensor) -> torch.autocast:
        mixed = self.learning and self.precision != torch.float32
        return torch.autocast(states.device.type, self.precision, enabled=mixed)

    def _image(self, state: Tensor) -> Tensor:
        """Return the image of a state, (B, D)."""
        return state[:, : math.prod(self.shape)]

    @torch.no_grad()
    def _firing(self, state: Tensor, fire: Fire, known: tuple[Any, float] | None) -> Law:
        """Return the law that the next state is drawn from; `known`: F of the state at some T."""
        if fire.noise and self.settings.law == "bernoulli":
            kept = kept_bits(self._image(state), self.rest, self.settings.stay, fire.temperature)
            return Law(kept, None, fire.temperature)
        if fire.noise:
            sigma = self.settings.sigma * math.sqrt(fire.temperature)
            image = self._image(state)
            return Law(image, torch.full_like(image, sigma), fire.temperature)
        if known is not None and (known[1] == fire.temperature or not self.module.told):
            raw = known[0]
        else:
            raw = self.evaluate(state, fire.temperature)
        return self.law_of(state, raw, fire.temperature)

    @torch.no_grad()
    def law(self, state: Tensor, temperature: float) -> Law:
        """Return p_T(. | s), the law of the next image.

        Parameters
        ----------
        state : tensor, shape (B, D), or (B, D + H) with codes
            The states s.
        temperature : float
            T, above 0.
        """
        return self.law_of(state, self.evaluate(state, temperature), temperature)

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
        state : tensor, shape (B, D), or (B, D + H) with codes
            The states.
        temperature : float
            T, above 0.

        Raises
        ------
        ValueError
            If the state is not (B, D), or the temperature not above 0.
        """
        module, hot = self._evaluated(state), self.hot(temperature)
        states = state if isinstance(module, WithCodes) else state.view(-1, *self.shape)
        if self.learning:
            return self._run(module, states, hot)
        parts = [self._run(module, part, hot) for part in torch.split(states, self.chunk)]
        mu = torch.cat([mu for mu, _ in parts])
        sigmas = [sigma for _, sigma in parts if sigma is not None]
        return mu, torch.cat(sigmas) if sigmas else None

    def _run(
        self, module: torch.nn.Module, states: Tensor, hot: Hot
    ) -> tuple[Tensor, Tensor | None]:
        with self._mixed(states):
            mu, sigma = module(states, hot)
        as_before = states.dtype  # autocast may have changed it
        mu = mu.flatten(1).to(as_before)
        return mu, None if sigma is None else sigma.flatten(1).to(as_before)

    def law_of(self, state: Tensor, raw: tuple[Tensor, Tensor | None], temperature: float) -> Law:
        """Return p_T(.|s) of known F: a = (1 - alpha) s + alpha F, std = sqrt(T) sigma.

        Parameters
        ----------
        state : tensor, shape (B, D), or (B, D + H) with codes
            The states s.
        raw : tuple of tensor
            F_mu and F_sigma, from `evaluate`.
        temperature : float
            T, above 0.
        """
        settings, (f, f_sigma), s = self.settings, raw, self._image(state)
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
