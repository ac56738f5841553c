"""Annealed importance sampling of a Boltzmann machine of two layers, up and down.

    f_beta(x) = exp((1 - beta) r.x + beta b.x) prod_j (1 + exp((1 - beta) q_j + beta (W x + c)_j))

leads from independent neurons (beta = 0), whose sum Z_0 is known, to the machine (beta = 1). It is
the machine at T = 1/beta whose neurons have the drives r and q at infinite temperature, so that the
kernels of a walk walk it, with their random numbers.

Up, from beta = 0 to 1: E[w] = Z, so that ln w is too small on average (Neal 2001). Down, from an
example at beta = 1 to 0: E[f_1(x) / w] is the probability with which going up ends in x, so that
ln Z comes out too large, and ln p(x) too small (Burda, Grosse and Salakhutdinov 2014).
"""

import itertools
from dataclasses import dataclass, field

import numpy as np

from asynet import processes
from asynet.network.kernels import make_kernel
from asynet.network.kernels.contract import Kernel
from asynet.network.network import Network
from asynet.network.population import Population
from asynet.network.projection import Projection
from asynet.numerics import philox
from asynet.numerics.laws import softplus
from asynet.types import Array
from asynet.walkback.chains import Chains


@dataclass(frozen=True)
class Machine:
    """Layers x and y of a Boltzmann machine: p(x, y) ~ exp(y'W x + b.x + c.y).

    Parameters
    ----------
    weights : array, shape (n_y, n_x)
        W.
    bias_x : array, shape (n_x,)
        b.
    bias_y : array, shape (n_y,)
        c.
    """

    weights: Array
    bias_x: Array
    bias_y: Array


@dataclass(frozen=True)
class Annealing:
    """The path from independent neurons to a machine.

    Parameters
    ----------
    machine : Machine
        Where it leads.
    start_x, start_y : array, shapes (n_x,) and (n_y,)
        r and q: the logits of the independent neurons' rates.
    steps : int
        Number of steps; beta_k = k / steps.
    seed : int
        Seed of the chains.
    threads : int, optional
        Threads of the kernel; no number depends on it.
    shares_walks : bool
        Whether the processes of a run share the chains: see `processes.share_out`.
    """

    machine: Machine
    start_x: Array
    start_y: Array
    steps: int
    seed: int
    threads: int | None = None
    shares_walks: bool = False
    _kernel: Kernel = field(init=False)

    def __post_init__(self) -> None:
        """Lay the machine out for the kernel."""
        m = self.machine
        network = Network(
            (Population("x", len(m.bias_x)), Population("y", len(m.bias_y))),
            (Projection("x", "y", m.weights), Projection("y", "x", m.weights.T)),
            (("y",), ("x",)),
            bias={"x": m.bias_x, "y": m.bias_y},
            rest={"x": self.start_x, "y": self.start_y},
        )
        kernel = make_kernel("numba", network, threads=self.threads)
        object.__setattr__(self, "_kernel", kernel)

    @property
    def log_start(self) -> float:
        """Return ln Z_0, in nats."""
        return float(softplus(self.start_x).sum() + softplus(self.start_y).sum())

    def up(self, chains: int) -> Array:
        """Return ln w of chains from independent neurons to the machine, (chains,), in nats.

        Parameters
        ----------
        chains : int
            Independent chains; the mean of w estimates Z.
        """
        (log_w,) = processes.share_out(self, chains, self._up)
        return log_w

    def _up(self, some: slice) -> list[Array]:
        walkers, n = Chains(self.seed, np.arange(some.start, some.stop)), len(self.start_x)
        u = philox.uniforms(self.seed, walkers.indices, 0, 0, n, philox.STREAM_START)
        x = self._state(u < 1 / (1 + np.exp(-self.start_x)))
        betas = np.linspace(0, 1, self.steps + 1)
        log_w = np.full(len(x), self.log_start)
        for k, (before, beta) in enumerate(itertools.pairwise(betas.tolist()), start=1):
            log_w += self._gained(x, before, beta)
            x = self._moved(x, beta, walkers, k)
        return [log_w]

    def down(self, examples: Array, first_chain: int) -> Array:
        """Return the ln w of chains from examples to independent neurons, (n,), in nats.

        Parameters
        ----------
        examples : array of {0, 1}, shape (n, n_x)
            Where they start.
        first_chain : int
            Index of the first chain; the mean of f_1(x) / w estimates the probability with which
            going up ends in x.
        """

        def walk_some(rows: slice) -> list[Array]:
            indices = first_chain + np.arange(rows.start, rows.stop)
            return [self._down(examples[rows], Chains(self.seed, indices))]

        (log_w,) = processes.share_out(self, len(examples), walk_some)
        return log_w

    def _down(self, examples: Array, walkers: Chains) -> Array:
        x = self._state(examples)
        betas = np.linspace(0, 1, self.steps + 1)[::-1]
        log_w = np.full(len(examples), self.log_start)
        for k, (beta, after) in enumerate(itertools.pairwise(betas.tolist()), start=1):
            x = self._moved(x, beta, walkers, k)
            log_w += self._gained(x, after, beta)
        return log_w

    def log_weight(self, examples: Array) -> Array:
        """Return ln f_1(x), (n,), in nats.

        Parameters
        ----------
        examples : array of {0, 1}, shape (n, n_x)
            States of the layer x.
        """
        drive = self._drive(self._state(examples))
        total: Array = np.asarray(examples, np.float64) @ self.machine.bias_x
        total = total + softplus(drive).sum(axis=1)
        return total

    def _state(self, x: Array) -> Array:
        state = np.zeros((len(x), self._kernel.network.size))
        state[:, : x.shape[1]] = x
        found: Array = self._kernel.tensor(state)
        return found

    def _drive(self, state: Array) -> Array:
        """Return W x + c, (B, n_y) float64."""
        return np.asarray(self._kernel.drive("y", state, 1.0), np.float64)

    def _gained(self, state: Array, low: float, high: float) -> Array:
        """Return ln f_high(x) - ln f_low(x), (B,)."""
        x = state[:, : len(self.start_x)].astype(np.float64)
        full = self._drive(state) - self.start_y  # (B, n_y)
        each = softplus(self.start_y + high * full) - softplus(self.start_y + low * full)
        total: Array = each.sum(axis=1)
        # Not a product of matrices, whose last digits may depend on the other chains.
        total = total + (high - low) * (x * (self.machine.bias_x - self.start_x)).sum(axis=1)
        return total

    def _moved(self, state: Array, beta: float, chains: Chains, step: int) -> Array:
        """Return states after a step at beta: layer y given x, then x given y."""
        n, state = len(self.start_x), state.copy()
        y = self._kernel.respond("y", state, chains.fire(1 / beta, 2 * step - 1)).sample
        state[:, n:] = y
        x = self._kernel.respond("x", state, chains.fire(1 / beta, 2 * step)).sample
        state[:, :n] = x
        return state
