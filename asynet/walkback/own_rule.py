"""A learning rule of one's own: a function of what synapses see, and checks of what it gives.

The function says what happens at each synapse in each chain, as products of a postsynaptic and a
presynaptic number. They are added up here, on the grid of `numerics.exact` in float64, where no
sum rounds: so the kernel, the number of threads and the order of the chains do not matter.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from asynet.errors import UserError
from asynet.network.afferents import Afferents
from asynet.network.kernels import Kernel
from asynet.numerics.exact import snap
from asynet.types import Array, Rule
from asynet.walkback.lesson import Lesson

TERMS = ("replay", "heating")
KEPT = "rule"  # where checkpoints keep the running means of a population
# Float64 holds 53 bits: sums of products of two multiples of 2**-16 are exact below this.
LARGEST_SUM = 2.0**21


@dataclass(frozen=True)
class Seen:
    """What the synapses onto one population see at a half-step, in B chains.

    Everything is float64. A local rule uses of `pre` what synapse j comes from, and of the others
    what neuron i is: the conformance check asks for that.

    Parameters
    ----------
    population : str
        Name of the postsynaptic population.
    pre : ndarray, shape (B, n_pre)
        Activity s_j(t) of the presynaptic neurons of all projections onto the population.
    past : ndarray, shape (B, n_post)
        Activity s_i(t-1), which s(t) is to predict. In the replayed order it comes after s_j(t).
    predicted : ndarray, shape (B, n_post)
        Its prediction: the firing probability or the mean given s(t), or one more sample of it.
    temperature : float
        T of the half-step.
    alpha : float
        The network's weight of the input.
    means : dict of str to ndarray
        The running means that the rule keeps, by name; see `running_mean`.
    read_weights : callable
        Reads the weights, which may lie on another device.
    """

    population: str
    pre: Array
    past: Array
    predicted: Array
    temperature: float
    alpha: float
    means: dict[str, Array]
    read_weights: Callable[[], Array]

    @property
    def weights(self) -> Array:
        """Return one weight for each synapse; use them element by element, in any shape."""
        return self.read_weights().astype(np.float64)

    def running_mean(self, name: str, values: Array, rate: float) -> Array:
        """Move a running mean toward the mean of some values over the chains, and return it.

        It is part of checkpoints, so that a resumed run goes on with it.

        Parameters
        ----------
        name : str
            What the rule calls it; each population has its own.
        values : ndarray, shape (B, n)
            One number for each chain and neuron.
        rate : float
            Share of the way, in (0, 1]; the first values set the mean.

        Returns
        -------
        ndarray, shape (n,)
            The mean after this step.

        Raises
        ------
        ValueError
            If the values are not finite, of the wrong shape, or the rate is not allowed.
        """
        if not 0 < rate <= 1:
            raise ValueError(f"running_mean {name}: rate {rate} is not allowed; must be in (0, 1]")
        chains, widths = len(self.pre), (self.past.shape[1], self.pre.shape[1])
        allowed = [(chains, width) for width in widths]
        values = np.asarray(values, np.float64)
        if values.shape not in allowed or not np.isfinite(values).all():
            shapes = " or ".join(map(str, allowed))
            problem = f"{values.shape} is not allowed; must be finite, of shape {shapes}"
            raise ValueError(f"running_mean {name}: {problem}")
        now = snap(values).sum(axis=0) / chains
        before = self.means.get(name, now)
        if before.shape != now.shape:
            raise ValueError(f"running_mean {name}: had {before.shape} before, now {now.shape}")
        self.means[name] = before + rate * (now - before)
        return self.means[name].copy()


@dataclass(frozen=True)
class Gradient:
    """What a rule wants of the weights and biases, as sums over chains.

    Parameters
    ----------
    replay, heating : ndarray
        The two terms, each of the shape of the afferents' weights, zero where the rule has none.
    bias : ndarray, shape (n_post,)
        The same of the biases.
    """

    replay: Array
    heating: Array
    bias: Array


@dataclass
class OwnRule:
    """A learning rule that a function gives, and the running means that it keeps.

    Parameters
    ----------
    name : str
        Name of the rule, for messages.
    function : callable
        Seen -> a mapping with one or more of `replay`, `heating` and `bias`. A term is a pair of
        a postsynaptic and a presynaptic factor, (B, n_post) and (B, n_pre), or these and a factor
        for each synapse. A bias is (B, n_post). Whatever broadcasts to a shape will do.
    sample : bool
        Whether the rule sees one more sample in place of the predicted rate.
    means : dict of str to dict
        Running means by population and name.
    """

    name: str
    function: Callable[[Seen], Any]
    sample: bool = False
    means: dict[str, dict[str, Array]] = field(default_factory=dict)

    @property
    def errors(self) -> Rule:
        """Return the name of asynet's own rule that predicts in the same way."""
        return "spike" if self.sample else "rate"

    def gradient(self, seen: Seen, onto: Afferents) -> Gradient:
        """Return what the rule wants, before learning rate, alpha and temperature.

        Parameters
        ----------
        seen : Seen
            What the synapses see.
        onto : Afferents
            The synapses.

        Raises
        ------
        UserError
            If the function gives something else than the terms of a rule.
        FloatingPointError
            If a number is not finite, or too large to be added exactly.
        """
        found = self.function(seen)
        allowed = (*TERMS, "bias")
        if not isinstance(found, Mapping) or not found or not set(found) <= set(allowed):
            names = sorted(found) if isinstance(found, Mapping) else type(found).__name__
            raise self._refusal(f"gives {names}; must be a mapping with {', '.join(allowed)}")
        terms = [self._term(key, found[key], seen, onto) if key in found else None for key in TERMS]
        replay, heating = (np.zeros(onto.weights.shape) if t is None else t for t in terms)
        bias = self._factor("bias", found.get("bias", 0.0), seen.past.shape)
        self._require_small("bias", len(bias) * np.abs(bias).max(initial=0.0))
        return Gradient(replay, heating, bias.sum(axis=0))

    def learn(
        self, kernel: Kernel, lesson: Lesson, lr: float, momentum: float, shrink: float | None
    ) -> None:
        """Follow one lesson: dW_ij = lr (alpha / T) mean over chains of (replay + heating).

        Parameters
        ----------
        kernel : Kernel
            Whose weights change, in place.
        lesson : Lesson
            From `heat` or `replay`.
        lr : float
            Learning rate.
        momentum : float
            Share of the last change that this one keeps.
        shrink : float or None
            See `Kernel.learn`.

        Raises
        ------
        UserError, FloatingPointError
            See `gradient`.
        """
        for name in lesson.responses:
            onto = kernel.afferents[name]
            found = self.gradient(self._seen(kernel, lesson, name), onto)
            rate = lr * kernel.network.alpha / (lesson.temperature * len(lesson.state))
            gradient = found.replay + found.heating
            kernel.change(name, gradient, found.bias, rate, momentum, shrink)

    def arrays(self) -> dict[str, Array]:
        """Return the running means, as POPULATION/rule/NAME."""
        return {
            f"{name}/{KEPT}/{key}": mean.copy()
            for name, means in self.means.items()
            for key, mean in means.items()
        }

    def load(self, arrays: Mapping[str, Array]) -> None:
        """Take the running means that `arrays` gave, in place of those that there are.

        Parameters
        ----------
        arrays : mapping of str to ndarray
            All that learning goes on from; names that are not of a rule are left alone.
        """
        self.means.clear()
        for path, mean in arrays.items():
            name, _, key = path.partition(f"/{KEPT}/")
            if key:
                self.means.setdefault(name, {})[key] = mean.copy()

    def _seen(self, kernel: Kernel, lesson: Lesson, name: str) -> Seen:
        onto, neuron = kernel.afferents[name], kernel.network[name]
        state, past, error = (
            kernel.array(x).astype(np.float64)
            for x in (lesson.state, lesson.past, lesson.responses[name].error)
        )
        past = past[:, kernel.network.columns(name)]
        missed = error if neuron.law == "bernoulli" else error * neuron.sigma**2

        def read_weights() -> Array:
            kernel.download()
            return onto.weights

        return Seen(
            population=name,
            pre=state[:, onto.columns],
            past=past,
            predicted=snap(past - missed),
            temperature=lesson.temperature,
            alpha=kernel.network.alpha,
            means=self.means.setdefault(name, {}),
            read_weights=read_weights,
        )

    def _term(self, key: str, term: Any, seen: Seen, onto: Afferents) -> Array:
        """Return the sum over chains of post_i pre_j, in the shape of the weights."""
        if not isinstance(term, tuple) or len(term) not in (2, 3):
            raise self._refusal(f"{key} is no pair of factors, postsynaptic and presynaptic")
        post = self._factor(f"{key}, postsynaptic", term[0], seen.past.shape)
        pre = self._factor(f"{key}, presynaptic", term[1], seen.pre.shape)
        largest = [np.abs(factor).max(initial=0.0) for factor in (post, pre)]
        self._require_small(key, len(post) * largest[0] * largest[1])
        if onto.wiring is None:
            total = pre.T @ post  # (n_pre, n_post)
        else:
            total = np.zeros(onto.weights.shape)
            for one, other in zip(pre, post, strict=True):
                total += one[onto.wiring.pre] * other[onto.wiring.post]
        if len(term) == 3:
            total = total * self._shaped(f"{key}, of each synapse", term[2], total.shape)
        return total

    def _factor(self, what: str, values: Any, shape: tuple[int, ...]) -> Array:
        """Return numbers on the grid; a multiple of 2**-16 near each, whatever the rule gives."""
        return snap(self._shaped(what, values, shape))

    def _shaped(self, what: str, values: Any, shape: tuple[int, ...]) -> Array:
        numbers = np.asarray(values, np.float64)
        try:
            numbers = np.broadcast_to(numbers, shape)
        except ValueError:
            raise self._refusal(f"{what}: {numbers.shape} does not fit {shape}") from None
        if not np.isfinite(numbers).all():
            raise FloatingPointError(f"rule {self.name}: {what}: not finite")
        return numbers

    def _require_small(self, what: str, largest: float) -> None:
        if largest >= LARGEST_SUM:
            problem = f"may add up to {largest:.2g}, above {LARGEST_SUM:.2g}"
            raise FloatingPointError(f"rule {self.name}: {what}: {problem}")

    def _refusal(self, problem: str) -> UserError:
        return UserError(f"rule {self.name}: {problem}")
