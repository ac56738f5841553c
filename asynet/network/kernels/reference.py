"""The specification: a half-step in plain NumPy, as short as it can be said."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from asynet.network.afferents import (
    Afferents,
    Plasticity,
    bias_gradient,
    coincidences,
    currents,
    gather,
    of_post,
    of_pre,
)
from asynet.network.kernels.accepts import accepts_arrays, check_temperature
from asynet.network.kernels.contract import Fire, Response, Teach
from asynet.network.network import Network
from asynet.network.pairs import Pairs, find_pairs
from asynet.network.reciprocal_rule import shared_change
from asynet.network.running_mean import centre_of, track_mean
from asynet.numerics import philox
from asynet.numerics.exact import sigmoid, snap
from asynet.numerics.laws import bernoulli_log_prob, gaussian_log_prob
from asynet.types import Array


@dataclass
class ReferenceKernel:
    """The contract of `Kernel` in NumPy.

    Parameters
    ----------
    network : Network
        What to lay out.
    """

    network: Network
    afferents: dict[str, Afferents] = field(init=False)

    def __post_init__(self) -> None:
        """Lay out the afferents."""
        self.accepts = accepts_arrays(self.network)
        self.afferents = {p.name: gather(self.network, p.name) for p in self.network.populations}

    @cached_property
    def pairs(self) -> list[Pairs]:
        """Return which synapses stand opposite each other: see `Kernel.pairs`."""
        return find_pairs(self.network, self.afferents)

    def tensor(self, array: Array) -> Array:
        """Return a C-contiguous copy in the state's dtype: see `Dynamics.tensor`."""
        return np.array(array, dtype=self.network.dtype, order="C")

    def array(self, tensor: Array) -> Array:
        """Return the array itself: see `Dynamics.array`."""
        return tensor

    def respond(
        self,
        population: str,
        state: Array,
        fire: Fire | None = None,
        teach: Teach | None = None,
        score: bool = False,
        current: Array | None = None,
    ) -> Response:
        """Return the answer to one state: see `Kernel.respond`."""
        self.accepts.question(population, state, fire, teach, current)
        brought = currents(self.afferents[population], state)  # (B, n)
        if current is not None:
            brought = brought + snap(current)
        sample = error = log_q = log_p = None
        if fire is not None:
            a = self.driven(population, state, brought, fire.temperature)
            sample = self._draw(population, a, fire.temperature, fire)
            log_q = self._log_prob(population, sample, a, fire.temperature) if score else None
        if teach is not None:
            a = self.driven(population, state, brought, teach.temperature)
            log_p = (
                self._log_prob(population, teach.target, a, teach.temperature) if score else None
            )
            error = self._error(population, a, fire, teach)
        return Response(sample, error, log_q, log_p)

    def drive(self, population: str, state: Array, temperature: float) -> Array:
        """Return the pre-activation of one population: see `Kernel.drive`."""
        self.accepts.question(population, state, None, None, None)
        check_temperature("temperature", temperature)
        brought = currents(self.afferents[population], state)
        return self.driven(population, state, brought, temperature)

    def _error(self, population: str, a: Array, fire: Fire | None, teach: Teach) -> Array:
        """Return target minus prediction, for Gaussian neurons over sigma^2, on the grid."""
        neuron = self.network[population]
        if teach.spikes:
            assert fire is not None, "see `accepts`"
            prediction = self._draw(population, a, teach.temperature, fire)
        else:
            prediction = a if neuron.law == "gaussian" else rate(a, teach.temperature)
        error = teach.target - prediction
        if neuron.law == "gaussian":
            error = error / error.dtype.type(neuron.sigma**2)
        return snap(error.astype(a.dtype))

    def _draw(self, population: str, a: Array, temperature: float, fire: Fire) -> Array:
        draw = draw_spikes if self.network[population].law == "bernoulli" else draw_gaussian
        return np.ascontiguousarray(draw(self.network, population, a, temperature, fire))

    def driven(self, population: str, state: Array, brought: Array, temperature: float) -> Array:
        """Return a = (1 - alpha) s + alpha (W s + b + (T - 1) rest), (B, n).

        Parameters
        ----------
        population : str
            Which population.
        state : ndarray, shape (B, N)
            The state of the network.
        brought : ndarray, shape (B, n)
            W s.
        temperature : float
            T.
        """
        onto, f = self.afferents[population], state.dtype.type
        bias = onto.bias + f(temperature - 1) * onto.rest
        alpha, own = self.network.alpha, state[:, self.network.columns(population)]
        a: Array = f(1 - alpha) * own + f(alpha) * (brought + bias)
        return a

    def _log_prob(self, population: str, s: Array, a: Array, temperature: float) -> Array:
        neuron = self.network[population]
        if neuron.law == "bernoulli":
            each = bernoulli_log_prob(s, a, temperature)
        else:
            each = gaussian_log_prob(s, a, temperature, neuron.sigma)
        total: Array = each.sum(axis=1)
        return total

    def learn(
        self,
        population: str,
        state: Array,
        error: Array,
        rate: float,
        plasticity: Plasticity,
        shrink: float | None = 1.0,
        summed: Array | None = None,
    ) -> None:
        """Learn from one state: see `Kernel.learn`."""
        self.accepts.lesson(population, state, error)
        onto, f = self.afferents[population], state.dtype.type
        centre = centre_of(onto, plasticity.centre)
        uncentred = coincidences(onto, state, error) if summed is None else summed
        shared = of_pre(onto, centre.astype(f)) * of_post(onto, error.sum(axis=0))
        bias = bias_gradient(onto, state, error, uncentred, centre)
        self._add(onto, uncentred - shared, bias, rate, plasticity.momentum)
        if shrink is not None:
            self.commit(population, shrink, plasticity)

    def coincidences(self, population: str, state: Array, error: Array) -> Array:
        """Return the sum over chains of errors times states: see `Kernel.coincidences`."""
        self.accepts.lesson(population, state, error)
        return coincidences(self.afferents[population], state, error)

    def change(
        self,
        population: str,
        gradient: Array,
        bias: Array,
        rate: float,
        momentum: float = 0.0,
        shrink: float | None = 1.0,
    ) -> None:
        """Follow a gradient: see `Kernel.change`."""
        onto = self.afferents[population]
        self.accepts.change(population, onto, gradient, bias)
        self._add(onto, gradient, bias, rate, momentum)
        if shrink is not None:
            self.commit(population, shrink)

    def _add(
        self, onto: Afferents, gradient: Array, bias: Array, rate: float, momentum: float
    ) -> None:
        f = onto.weights.dtype.type
        gradient = gradient.astype(f) * of_pre(onto, onto.plastic)
        onto.velocity[:] = f(momentum) * onto.velocity + f(rate) * gradient
        onto.bias_velocity[:] = f(momentum) * onto.bias_velocity + f(rate) * bias.astype(f)

    def commit(self, population: str, shrink: float, plasticity: Plasticity | None = None) -> None:
        """Apply the velocity: see `Kernel.commit`."""
        onto, change = self.afferents[population], self.afferents[population].velocity
        if plasticity is not None and plasticity.reciprocal:
            change = shared_change(
                self.pairs, self.afferents, population, shrink, plasticity.centre
            )
        keep = np.where(onto.plastic, shrink, 1.0).astype(onto.weights.dtype)
        weights = (onto.weights + change) * of_pre(onto, keep)
        if onto.mask.size:
            weights *= onto.mask
        signs = of_pre(onto, onto.signs)
        excitatory, inhibitory = signs > 0, signs < 0
        weights = np.where(excitatory & (weights < 0) | inhibitory & (weights > 0), 0, weights)
        onto.weights[:] = weights
        onto.effective[:] = snap(onto.weights)
        onto.bias[:] = onto.bias + onto.bias_velocity

    def track(self, state: Array) -> None:
        """Follow the mean activity: see `Kernel.track`."""
        self.accepts.state(state)
        for onto in self.afferents.values():
            track_mean(onto, state)

    def upload(self) -> None:
        """Refresh what neurons feel: see `Kernel.upload`."""
        for onto in self.afferents.values():
            onto.effective[:] = snap(onto.weights)

    def download(self) -> None:
        """Do nothing, since `afferents` are the parameters: see `Kernel.download`."""


def rate(a: Array, temperature: float) -> Array:
    """Return rho = sigmoid(a / T) with the bits that all kernels give, (B, n).

    Parameters
    ----------
    a : ndarray, shape (B, n)
        Pre-activations.
    temperature : float
        T, above 0.
    """
    return sigmoid(a * a.dtype.type(1 / temperature))


def draw_spikes(
    network: Network, population: str, a: Array, temperature: float, fire: Fire
) -> Array:
    """Return spikes of {0, 1}, (B, n): s = 1 where a uniform lies below rho.

    Parameters
    ----------
    network : Network
        The network.
    population : str
        Which population spikes.
    a : ndarray, shape (B, n)
        Its pre-activations.
    temperature : float
        T, above 0.
    fire : Fire
        Chooses the uniforms.
    """
    columns = network.columns(population)
    u = philox.uniforms(fire.seed, fire.chains, fire.step, columns.start, network[population].size)
    return (u < rate(a, temperature)).astype(a.dtype)


def draw_gaussian(
    network: Network, population: str, a: Array, temperature: float, fire: Fire
) -> Array:
    """Return a + sqrt(T) sigma times a normal number (Box and Muller), on the grid, (B, n).

    Parameters
    ----------
    network : Network
        The network.
    population : str
        Which Gaussian population is drawn.
    a : ndarray, shape (B, n)
        Its pre-activations.
    temperature : float
        T, above 0.
    fire : Fire
        Chooses the uniforms.
    """
    columns, n = network.columns(population), network[population].size
    u, v = (
        philox.uniforms(fire.seed, fire.chains, fire.step, columns.start, n, stream).astype(
            np.float64
        )
        for stream in (philox.STREAM_NEURONS, philox.STREAM_NOISE)
    )
    normal = np.sqrt(-2 * np.log(1 - u)) * np.cos(2 * np.pi * v)
    return snap(a + np.sqrt(temperature) * network[population].sigma * normal)
