"""The checks of `asynet test`: each is exact, or of a fixed seed."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from asynet.network.connect import FixedProbability, Weights, connect
from asynet.network.layered import layered
from asynet.network.network import Network, Population
from asynet.numerics.philox import philox
from asynet.selftest.going_on import check_going_on
from asynet.simulation.simulate import simulate
from asynet.thermodynamics.couplings import couplings_of
from asynet.thermodynamics.exact.markov import cycle_of, phases
from asynet.types import Array, KernelName

# Random123's known answers for philox4x32-10: counter, key, result.
ONES = 0xFFFFFFFF
KNOWN = (
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES,) * 4, (ONES, ONES), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
)
# Of correct chains, one set of random numbers in a million has a larger chi-square.
FALSE_ALARM = 1e-6


@dataclass(frozen=True)
class Check:
    """One check of the installation.

    Parameters
    ----------
    what : str
        What holds if it passes.
    run : function
        Raises AssertionError with a few words if it does not hold.
    """

    what: str
    run: Callable[[], None]


def check_random_numbers() -> None:
    """Compare the generator with the answers that its authors published.

    Raises
    ------
    AssertionError
        If a number differs.
    """
    for counter, key, answer in KNOWN:
        found = tuple(int(word) for word in philox(np.array(counter, np.uint32), key))
        if found != answer:
            raise AssertionError(f"counter {counter} gives {found} instead of {answer}")


def check_kernels() -> None:
    """Compare the spikes of the numba and the torch kernel with the reference, bit for bit.

    Raises
    ------
    AssertionError
        If a spike differs.
    """
    for name, network in {"dense": layered(90, 70, std=0.3), "sparse": _sparse()}.items():
        states = {kernel: _spikes(network, kernel) for kernel in ("reference", "numba", "torch")}
        for kernel in ("numba", "torch"):
            wrong = int((states[kernel] != states["reference"]).sum())
            if wrong:
                total = states[kernel].size
                raise AssertionError(f"{wrong} of {total} {name} spikes of {kernel} differ")


def check_enumeration() -> None:
    """Compare how often 4,000 chains of five neurons are in each state with enumeration.

    Raises
    ------
    AssertionError
        If the chi-square of the 32 states is above its limit, which has a false-alarm rate of
        one in a million; the seed is fixed.
    """
    network, chains = layered(3, 2, seed=3, std=1.5), 4000
    recording = simulate(network, steps=50, chains=chains, seed=1, threads=1)
    last = [recording.states(population.name)[-1] for population in network.populations]
    numbers = np.concatenate(last, axis=1) @ (1 << np.arange(network.size)[::-1])
    counts = np.bincount(numbers, minlength=2**network.size)
    expected = chains * phases(cycle_of(couplings_of(network), 1.0))[-1]
    found = float(((counts - expected) ** 2 / expected).sum())
    limit = float(chi2.isf(FALSE_ALARM, len(counts) - 1))
    if not found < limit:
        raise AssertionError(f"chi-square {found:.1f}, not below {limit:.1f}")


def _sparse() -> Network:
    """Return a recurrent network in which one pair in ten has a synapse."""
    neurons = Population("neurons", 150)
    synapses = connect(neurons, neurons, FixedProbability(0.1), Weights(0.0, 0.5), seed=1)
    return Network((neurons,), (synapses,))


def _spikes(network: Network, kernel: KernelName) -> Array:
    recording = simulate(network, steps=30, chains=20, seed=7, kernel=kernel, threads=1)
    names = [population.name for population in network.populations]
    return np.concatenate([recording.states(name) for name in names], axis=2)


CHECKS = (
    Check("random numbers are those that Random123 publishes", check_random_numbers),
    Check("numba and torch give the reference's spikes, bit for bit", check_kernels),
    Check("chains are in each state as often as enumeration says", check_enumeration),
    Check("a stopped run goes on to the same bits", check_going_on),
)
