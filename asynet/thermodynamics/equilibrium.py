"""The equilibrium that stands for a network: that of its symmetric part, with biases kept.

The stationary distribution of a network with asymmetric weights cannot be written down; that of a
network with symmetric weights can (see `partition`). So an asymmetric network is measured by its
symmetric part. When w_ij changes by d, the bias of i changes by -d m_j, m_j the mean activity of j:
each neuron's drive at the mean, its operating point, stays what it was.
"""

from dataclasses import dataclass

import numpy as np

from asynet.network.kernels import make_kernel
from asynet.network.kernels.contract import Kernel
from asynet.network.network import Network
from asynet.network.weights import symmetrised, weight_matrix
from asynet.numerics.laws import softplus
from asynet.thermodynamics.couplings import couplings_of
from asynet.thermodynamics.length import log_weight
from asynet.types import Array
from asynet.walkback.prior import ends_on_visible
from asynet.walkback.smc import Guide

SYMMETRIC_TO = 1e-9  # largest difference of W_ij and W_ji, relative to the largest weight
ITSELF, PART = "the network itself", "the symmetric part of the network, biases kept"


def is_symmetric(network: Network) -> bool:
    """Return whether each synapse has a reciprocal of the same weight.

    Parameters
    ----------
    network : Network
        The network.
    """
    w = weight_matrix(network)
    return bool(np.abs(w - w.T).max(initial=0.0) <= SYMMETRIC_TO * np.abs(w).max(initial=0.0))


def symmetric_part(network: Network, mean: Array | None = None) -> tuple[Network, str]:
    """Return the network if its weights are symmetric, else its symmetric part with biases kept.

    Parameters
    ----------
    network : Network
        The network; it does not change.
    mean : array, shape (N,), optional
        Mean activity, at which each neuron's drive stays what it is; 1/2 by default.

    Returns
    -------
    network : Network
        With symmetric weights.
    what : str
        Which of the two it is, in words.

    Raises
    ------
    ValueError
        One line, if `mean` has another shape, or values that are not finite.
    """
    if is_symmetric(network):
        return network, ITSELF
    m = np.full(network.size, 0.5) if mean is None else np.asarray(mean, np.float64)
    if m.shape != (network.size,) or not np.isfinite(m).all():
        raise ValueError(f"mean: shape {m.shape} is not allowed; must be ({network.size},)")
    return symmetrised(network, m), PART


@dataclass(frozen=True)
class FreeEnergy:
    """Minus the free energy of visible states: ln of what they weigh at equilibrium.

    Parameters
    ----------
    kernel : Kernel
        Of a restricted network with symmetric weights: see `prior.ends_on_visible`.
    """

    kernel: Kernel

    def __call__(self, visible: Array, temperature: float = 1.0) -> Array:
        """Return b.v/T + sum_j ln(1 + exp(a_j(v)/T)), (B,) float64, in nats.

        Parameters
        ----------
        visible : array of {0, 1}, shape (B, n_visible)
            Visible states.
        temperature : float
            T.
        """
        network = self.kernel.network
        name = network.populations[0].name
        state = np.zeros((len(visible), network.size))
        state[:, network.columns(name)] = visible
        zero = np.zeros(network[name].size)
        bias = network.bias.get(name, zero) + (temperature - 1) * network.rest.get(name, zero)
        total: Array = np.asarray(visible, np.float64) @ bias / temperature
        tensor = self.kernel.tensor(state)
        for hidden in network.order[0]:
            a = self.kernel.array(self.kernel.drive(hidden, tensor, temperature))
            total += softplus(a / a.dtype.type(temperature)).sum(axis=1, dtype=np.float64)
        return total


def equilibrium_guide(
    network: Network, mean: Array, temperatures: Array, threads: int | None = None
) -> Guide:
    """Return what guides walks that are resampled: the equilibrium at the temperature of the walk.

    After step t of heating, a state is for the network that cools one that it has just made at
    T_{t+1}; psi_t is the equilibrium of the symmetric part, biases kept, at that temperature.

    Parameters
    ----------
    network : Network
        Spiking neurons. Where several groups have inertia or synapses within, the guide is that of
        a Boltzmann machine, which is not their equilibrium; it is a guide all the same.
    mean : array, shape (N,)
        Mean activity: see `symmetric_part`.
    temperatures : array, shape (K,)
        Those of the walk, from the coldest to the hottest.
    threads : int, optional
        Threads of the kernel.

    References
    ----------
    P. Del Moral, A. Doucet and A. Jasra 2006, Sequential Monte Carlo samplers, section 3.3.
    """
    symmetric = symmetric_part(network, mean)[0]
    later = np.append(temperatures[1:], temperatures[-1]).tolist()
    if ends_on_visible(network) and ends_on_visible(symmetric):
        free = FreeEnergy(make_kernel("numba", symmetric, threads=threads))
        return lambda step, states: free(states, later[step - 1])
    couplings = couplings_of(symmetric)
    return lambda step, states: log_weight(couplings, states, later[step - 1])
