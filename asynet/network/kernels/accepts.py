"""What every kernel accepts: the same for all, since compiled loops do not look at shapes."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from asynet.network.afferents import Afferents
from asynet.network.kernels.contract import Fire, Teach
from asynet.network.network import Network
from asynet.numerics import checks
from asynet.types import Array, Tensor

MOST_HALF_STEPS = 2**32 - 1  # the random numbers of a chain count no further


@dataclass(frozen=True)
class Accepts:
    """Refuses what a kernel cannot compute with; looks at shapes and types, never at values.

    Parameters
    ----------
    network : Network
        The kernel's network.
    is_tensor : callable
        Whether something is an array of the kernel's kind, dtype and device.
    is_packed : callable
        Whether such an array is C-contiguous.
    """

    network: Network
    is_tensor: Callable[[Any], bool]
    is_packed: Callable[[Any], bool]

    def question(
        self,
        population: str,
        state: Tensor,
        fire: Fire | None,
        teach: Teach | None,
        current: Tensor | None,
    ) -> None:
        """Refuse what `Kernel.respond` cannot answer; for its arguments see `Kernel.respond`.

        Raises
        ------
        ValueError
            One line that names the argument, what it is, and what is allowed.
        """
        self.state(state)
        n, rows = self._size(population), len(state)
        if fire is not None:
            _check_fire(fire, rows)
        if teach is not None:
            checks.instance("teach", teach, Teach, "a Teach")
            check_temperature("teach: temperature", teach.temperature)
            self._check("teach: target", teach.target, rows, n)
            if teach.spikes and fire is None:
                raise checks.refusal("fire", fire, "a Fire; teach.spikes needs its random numbers")
        if current is not None and not (
            self.is_tensor(current) and tuple(current.shape) in ((n,), (rows, n))
        ):
            allowed = f"from kernel.tensor, of shape ({n},) or ({rows}, {n})"
            raise checks.refusal("current", current, allowed)

    def lesson(self, population: str, state: Tensor, error: Tensor) -> None:
        """Refuse what `Kernel.learn` cannot learn from; for its arguments see `Kernel.learn`.

        Raises
        ------
        ValueError
            One line that names the argument, what it is, and what is allowed.
        """
        self.state(state)
        self._check("error", error, len(state), self._size(population), packed=True)

    def change(self, population: str, onto: Afferents, gradient: Array, bias: Array) -> None:
        """Refuse what `Kernel.change` cannot add; for its arguments see `Kernel.change`.

        Raises
        ------
        ValueError
            One line that names the argument, what it is, and what is allowed.
        """
        shapes = {"gradient": onto.weights.shape, "bias": (self._size(population),)}
        for where, array in (("gradient", gradient), ("bias", bias)):
            if not isinstance(array, np.ndarray) or array.shape != shapes[where]:
                raise checks.refusal(where, array, f"an ndarray of shape {shapes[where]}")

    def state(self, state: Tensor) -> None:
        """Refuse what is no state of the network.

        Parameters
        ----------
        state : tensor, shape (B, N)
            C-contiguous, as `Kernel.tensor` gives it.

        Raises
        ------
        ValueError
            One line that says what it is, and what is allowed.
        """
        size = self.network.size
        right = self.is_tensor(state) and state.ndim == 2 and state.shape[1] == size
        if not right or not self.is_packed(state):
            dtype = self.network.dtype
            allowed = f"from kernel.tensor: (B, {size}) of {dtype}, C-contiguous"
            raise checks.refusal("state", state, allowed)

    def _size(self, population: str) -> int:
        for known in self.network.populations:
            if known.name == population:
                return known.size
        names = ", ".join(p.name for p in self.network.populations[:12])
        raise checks.refusal("population", population, f"one of {names}")

    def _check(self, where: str, array: Tensor, rows: int, n: int, packed: bool = False) -> None:
        right = self.is_tensor(array) and tuple(array.shape) == (rows, n)
        if not right or (packed and not self.is_packed(array)):
            allowed = f"from kernel.tensor: ({rows}, {n}) of {self.network.dtype}"
            raise checks.refusal(where, array, allowed + (", C-contiguous" if packed else ""))


def check_temperature(where: str, temperature: float) -> None:
    """Refuse a temperature that is not a finite number above 0.

    Parameters
    ----------
    where : str
        Name of the argument.
    temperature : float
        The temperature.
    """
    if type(temperature) is not float or not 0 < temperature < math.inf:
        checks.real(where, temperature, above=0)


def _check_fire(fire: Fire, rows: int) -> None:
    checks.instance("fire", fire, Fire, "a Fire")
    check_temperature("fire: temperature", fire.temperature)
    chains = fire.chains
    right = type(chains) is np.ndarray and chains.dtype == np.int64 and chains.shape == (rows,)
    if not right or not chains.flags.c_contiguous:
        allowed = f"one int64 index for each of the {rows} rows of the state, C-contiguous"
        raise checks.refusal("fire: chains", chains, allowed)
    if type(fire.seed) is not int or not 0 <= fire.seed <= checks.LARGEST_SEED:
        checks.whole("fire: seed", fire.seed, 0, checks.LARGEST_SEED)
    if type(fire.step) is not int or not 0 <= fire.step <= MOST_HALF_STEPS:
        checks.whole("fire: step", fire.step, 0, MOST_HALF_STEPS)


def accepts_arrays(network: Network) -> Accepts:
    """Return what kernels accept whose tensors are NumPy arrays.

    Parameters
    ----------
    network : Network
        The kernel's network.
    """
    dtype = network.dtype

    def is_tensor(x: Any) -> bool:
        return type(x) is np.ndarray and x.dtype == dtype

    def is_packed(x: Any) -> bool:
        return bool(x.flags.c_contiguous)

    return Accepts(network, is_tensor, is_packed)
