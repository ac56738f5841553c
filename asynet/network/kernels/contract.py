"""What every kernel does: its questions, its answers, its methods.

All kernels give the same samples and errors, bit for bit, from the same parameters and seed
(analogue neurons: up to rare rounding of one grid step, 2**-16); log-probabilities agree to
float32 accuracy. `reference.py` is the specification.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from asynet.network.afferents import Afferents, Plasticity
from asynet.network.network import Network
from asynet.types import Tensor


@dataclass(frozen=True)
class Fire:
    """Ask for a sample at a temperature; (seed, chains, step) choose its uniforms.

    chains: (B,) int64 NumPy array of chain indices.
    noise: of an operator, ask for the state plus noise in place of its own law
        (`walk.destruction: noise`).
    """

    temperature: float
    seed: int
    chains: Any
    step: int
    noise: bool = False


@dataclass(frozen=True)
class Teach:
    """Ask for the error of predicting `target` (B, n) at a temperature.

    spikes: replace the prediction by one more sample of the same law (`rule: spike`), which
    takes the uniforms of `fire`.
    """

    temperature: float
    target: Tensor
    spikes: bool = False


@dataclass(frozen=True)
class Response:
    """What one population answers to one state; None for what was not asked.

    sample: (B, n) next state. error: (B, n), target minus prediction, for Gaussian neurons over
    sigma^2, in both cases on the grid; times alpha/T it is d log p / d F.
    log_q: (B,) float64, log-probability of the sample. log_p: (B,) of the target. In nats.
    """

    sample: Tensor | None = None
    error: Tensor | None = None
    log_q: Tensor | None = None
    log_p: Tensor | None = None


class Dynamics(Protocol):
    """A transition operator p_T(s'|s), one population of values at a time."""

    network: Network

    def tensor(self, array: Any) -> Tensor:
        """Move a NumPy array to the kernel's device, in the state's dtype."""

    def array(self, tensor: Tensor) -> Any:
        """Move a tensor to NumPy."""

    def respond(
        self,
        population: str,
        state: Tensor,
        fire: Fire | None = None,
        teach: Teach | None = None,
        score: bool = False,
        current: Tensor | None = None,
    ) -> Response:
        """Compute one population's pre-activation from `state` (B, N) and what follows from it.

        score: also return log-probabilities of what was asked.
        current: (n,) or (B, n), injected beside what synapses bring, rounded to the grid;
            magnitudes below 64.
        """


class Kernel(Dynamics, Protocol):
    """A network laid out for simulation and learning; its parameters change in place."""

    afferents: dict[str, Afferents]

    def learn(
        self,
        population: str,
        state: Tensor,
        error: Tensor,
        rate: float,
        plasticity: Plasticity,
        shrink: float | None = 1.0,
    ) -> None:
        """Change the weights onto a population by rate * error * presynaptic state, in place.

        state: (B, N) that predicted; error: (B, n). Summed over the batch: put 1/B in `rate`.
        shrink: factor on the plastic weights after the change (weight decay); None only adds to
            the velocity, for one `commit` at the end of a walk.
        """

    def commit(self, population: str, shrink: float) -> None:
        """Add the velocity to the weights, then shrink them; refresh what neurons feel."""

    def track(self, state: Tensor) -> None:
        """Follow the mean activity of `state` (B, N), for centred learning."""

    def upload(self) -> None:
        """Take `afferents`, changed by the caller, as the parameters."""

    def download(self) -> None:
        """Bring `afferents` up to date with the parameters."""
