"""Generate: cool from p*, run long chains at T = 1, complete clamped states."""

import numpy as np

from asynet.network.kernels import Dynamics
from asynet.numerics import checks
from asynet.types import Array, Tensor
from asynet.walkback.prior import Prior, covered
from asynet.walkback.schedules import MOST_STEPS
from asynet.walkback.walk import Chains, Clamp, Observer, infer_hidden, walk


def start_hot(kernel: Dynamics, prior: Prior, chains: Chains) -> Tensor:
    """Return states (B, N) drawn from p*; neurons that it does not cover are 0, and come next.

    Parameters
    ----------
    kernel : Dynamics
        Whose states.
    prior : Prior
        p*.
    chains : Chains
        The chains' random numbers, B of them.
    """
    state = np.zeros((len(chains.indices), kernel.network.size))
    state[:, covered(kernel.network)] = prior.sample(chains)
    return kernel.tensor(state)


def cool(
    kernel: Dynamics,
    prior: Prior,
    temperatures: Array,
    chains: Chains,
    extra_steps: int = 0,
    observe: tuple[Observer, ...] = (),
) -> Tensor:
    """Return states (B, N) after cooling from p*: the generative process.

    Parameters
    ----------
    kernel : Dynamics
        What cools.
    prior : Prior
        p*.
    temperatures : ndarray, shape (K,)
        Of the heating that is retraced, coldest first.
    chains : Chains
        The chains' random numbers, B of them.
    extra_steps : int
        Further steps at T = 1 (Appendix F).
    observe : tuple of callable
        Each is called with every `HalfStep`.

    References
    ----------
    Goyal et al. 2017, eq. 2 and Appendix F.
    """
    checks.whole("extra_steps", extra_steps, 0, MOST_STEPS)
    state = start_hot(kernel, prior, chains)
    cooling = np.concatenate([temperatures[::-1], np.ones(extra_steps)])
    return walk(kernel, state, cooling, chains, observe=observe)


def complete(
    kernel: Dynamics,
    visible: Array,
    known: Array,
    temperatures: Array,
    chains: Chains,
    extra_steps: int = 0,
    prior: Prior | None = None,
) -> Tensor:
    """Return states (B, N) cooled with part of the visible neurons clamped (inpainting).

    Parameters
    ----------
    kernel : Dynamics
        What cools.
    visible : ndarray, shape (B, n_visible)
        Examples, read where `known` is True.
    known : ndarray of bool, shape (n_visible,)
        Which neurons are clamped.
    temperatures : ndarray, shape (K,)
        As in `cool`.
    chains : Chains
        The chains' random numbers, B of them.
    extra_steps : int
        Further steps at T = 1.
    prior : Prior, optional
        What unknown neurons start from; None: from silence.
    """
    checks.whole("extra_steps", extra_steps, 0, MOST_STEPS)
    n_visible = kernel.network.populations[0].size
    right = isinstance(known, np.ndarray) and known.dtype == np.bool_
    if not right or known.shape != (n_visible,):
        raise checks.refusal("known", known, f"bool of shape ({n_visible},)")
    held = np.zeros(kernel.network.size, bool)
    held[: len(known)] = known
    unknown = np.zeros(len(known)) if prior is None else prior.sample(chains)[:, : len(known)]
    state, _ = infer_hidden(kernel, kernel.tensor(np.where(known, visible, unknown)), chains)
    cooling = np.concatenate([temperatures[::-1], np.ones(extra_steps)])
    return walk(kernel, state, cooling, chains, clamp=Clamp(held))
