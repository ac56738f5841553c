"""What every kernel does: its questions, its answers, its methods.

All kernels give the same samples and errors, bit for bit, from the same parameters and seed
(analogue neurons: up to rare rounding of one grid step, 2**-16); log-probabilities agree to
float32 accuracy. They refuse the same arguments (`accepts.py`). `reference.py` specifies them.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from asynet.network.afferents import Afferents, Plasticity
from asynet.network.network import Network
from asynet.network.pairs import Pairs
from asynet.types import Array, Tensor


@dataclass(frozen=True)
class Fire:
    """Ask for a sample at a temperature.

    Parameters
    ----------
    temperature : float
        T, above 0.
    seed : int
        With the chain's index and the half-step, it chooses the uniforms; below 2**64.
    chains : ndarray of int64, shape (B,)
        Index of the chain in each row of the state.
    step : int
        Number of the half-step, below 2**32.
    noise : bool
        Of an operator, ask for the state plus noise in place of its own law
        (`walk.destruction: noise`).
    """

    temperature: float
    seed: int
    chains: Any
    step: int
    noise: bool = False


@dataclass(frozen=True)
class Teach:
    """Ask for the error of predicting a target at a temperature.

    Parameters
    ----------
    temperature : float
        T, above 0.
    target : tensor, shape (B, n)
        The state of the population that is to be predicted.
    spikes : bool
        Replace the prediction by one more sample of the same law (`rule: spike`), which takes the
        uniforms of the `Fire` that is asked with it.
    drawn_at : float
        Temperature at which the hidden neurons beside the target were drawn, which an operator
        with codes needs for the gradient of their law.
    """

    temperature: float
    target: Tensor
    spikes: bool = False
    drawn_at: float = 1.0


@dataclass(frozen=True)
class Response:
    """What one population answers to one state; None for what was not asked.

    Parameters
    ----------
    sample : tensor, shape (B, n)
        The next state.
    error : tensor, shape (B, n)
        Target minus prediction, for Gaussian neurons over sigma^2, in both cases on the grid;
        times alpha/T it is d log p / d F.
    log_q : tensor of float64, shape (B,)
        Log-probability of the sample, in nats.
    log_p : tensor of float64, shape (B,)
        Log-probability of the target, in nats.
    objective : tensor, shape (B,)
        Of an operator that is learning: what to raise, in nats, with its gradient. An operator has
        no `error`.
    """

    sample: Tensor | None = None
    error: Tensor | None = None
    log_q: Tensor | None = None
    log_p: Tensor | None = None
    objective: Tensor | None = None


class Dynamics(Protocol):
    """A transition operator p_T(s'|s), one population of values at a time."""

    @property
    def network(self) -> Network:
        """Return what walks, as populations."""

    def tensor(self, array: Any) -> Tensor:
        """Move a NumPy array to the kernel's device, in the state's dtype.

        Parameters
        ----------
        array : array_like
            Numbers; they are copied.

        Returns
        -------
        tensor
            C-contiguous, of the same shape.
        """

    def array(self, tensor: Tensor) -> Any:
        """Move a tensor to NumPy.

        Parameters
        ----------
        tensor : tensor
            What a kernel gave.

        Returns
        -------
        ndarray
            The same numbers; perhaps the same memory.
        """

    def respond(
        self,
        population: str,
        state: Tensor,
        fire: Fire | None = None,
        teach: Teach | None = None,
        score: bool = False,
        current: Tensor | None = None,
    ) -> Response:
        """Compute one population's pre-activation from a state, and what follows from it.

        Parameters
        ----------
        population : str
            Which population answers.
        state : tensor, shape (B, N)
            From `tensor`.
        fire : Fire, optional
            Ask for a sample.
        teach : Teach, optional
            Ask for an error.
        score : bool
            Also return log-probabilities of what was asked.
        current : tensor, shape (n,) or (B, n), optional
            Injected beside what synapses bring, rounded to the grid; magnitudes below 64.

        Returns
        -------
        Response
            What was asked.

        Raises
        ------
        ValueError
            If an argument has another shape, dtype or layout, or is out of range.
        """


class Kernel(Dynamics, Protocol):
    """A network laid out for simulation and learning; its parameters change in place."""

    @property
    def afferents(self) -> dict[str, Afferents]:
        """Return the parameters of each population."""

    @property
    def pairs(self) -> list[Pairs]:
        """Return which synapses stand opposite each other, as `find_pairs` finds them."""

    def drive(self, population: str, state: Tensor, temperature: float) -> Tensor:
        """Return the pre-activation of one population, (B, n), as `respond` computes it.

        a = (1 - alpha) s + alpha (W s + b + (T - 1) rest), without an injected current.

        Parameters
        ----------
        population : str
            Which population.
        state : tensor, shape (B, N)
            From `tensor`.
        temperature : float
            T, above 0.

        Raises
        ------
        ValueError
            If an argument has another shape, dtype or layout, or is out of range.
        """

    def learn(
        self,
        population: str,
        state: Tensor,
        error: Tensor,
        rate: float,
        plasticity: Plasticity,
        shrink: float | None = 1.0,
        summed: Tensor | None = None,
    ) -> None:
        """Change the weights onto a population by rate * error * presynaptic state, in place.

        Parameters
        ----------
        population : str
            Which population learns.
        state : tensor, shape (B, N)
            The state that predicted.
        error : tensor, shape (B, n)
            Of its prediction. The change is the sum over the batch: put 1/B into `rate`.
        rate : float
            Learning rate.
        plasticity : Plasticity
            How errors become changes.
        shrink : float, optional
            Factor on the plastic weights after the change (weight decay); None only adds to the
            velocity, for one `commit` at the end of a walk.
        summed : tensor, optional
            What `coincidences` returns for these, if it is known; not of listed synapses.

        Raises
        ------
        ValueError
            If an array has another shape, dtype or layout.
        """

    def coincidences(self, population: str, state: Tensor, error: Tensor) -> Tensor:
        """Return the sum over chains of error_i s_j, in the shape of the weights.

        Parameters
        ----------
        population, state, error : str and tensors
            See `learn`.
        """

    def change(
        self,
        population: str,
        gradient: Array,
        bias: Array,
        rate: float,
        momentum: float = 0.0,
        shrink: float | None = 1.0,
    ) -> None:
        """Change the weights onto a population by rate * gradient, in place.

        It is what `learn` does once it has its gradient, for rules that compute their own.

        Parameters
        ----------
        population : str
            Which population learns.
        gradient : ndarray
            Of the shape of its afferents' weights; synapses that do not learn are left as they are.
        bias : ndarray, shape (n,)
            The same of the biases.
        rate : float
            Learning rate.
        momentum : float
            Share of the last change that this one keeps.
        shrink : float, optional
            As in `learn`.

        Raises
        ------
        ValueError
            If an array has another shape.
        """

    def commit(self, population: str, shrink: float, plasticity: Plasticity | None = None) -> None:
        """Add the velocity to the weights, then shrink them; refresh what neurons feel.

        Parameters
        ----------
        population : str
            Which population's weights.
        shrink : float
            Factor on the plastic weights.
        plasticity : Plasticity, optional
            If it is reciprocal, the opposite synapses change too, and shrink by the same factor:
            see `network.reciprocal_rule`. None: they do not.
        """

    def track(self, state: Tensor) -> None:
        """Follow the mean activity, for centred learning.

        Parameters
        ----------
        state : tensor, shape (B, N)
            States to count.
        """

    def upload(self) -> None:
        """Take `afferents`, changed by the caller, as the parameters."""

    def download(self) -> None:
        """Bring `afferents` up to date with the parameters and the running means."""
