"""The parts of eq. 5: what each half-step of a walk adds to the bound."""

from dataclasses import dataclass

import numpy as np

from asynet.numerics.estimates import mean_estimate
from asynet.types import Array


@dataclass(frozen=True)
class BoundLine:
    """Mean ln p and ln q of one half-step, in nats.

    Parameters
    ----------
    half_step : int
        Its number, from 1.
    temperature : float
        Its T.
    group : str
        The populations that it resamples, joined by +.
    log_p : float
        Mean ln p of walking it back.
    log_q : float or None
        Mean ln q of its sample; None for the last hidden half-step, whose sample the bound does not
        need.
    difference : float
        Mean of ln p - ln q.
    stderr : float
        Standard error of the difference.
    """

    half_step: int
    temperature: float
    group: str
    log_p: float
    log_q: float | None
    difference: float
    stderr: float


@dataclass(frozen=True)
class Bound:
    """The parts of eq. 5.

    The ledger's differences, plus mean `log_prior`, minus mean `log_posterior`, add up to the
    bound.

    Parameters
    ----------
    log_weights : ndarray, shape (walks, n_examples)
        In nats; their mean is the bound.
    ledger : tuple of BoundLine
        One line for each half-step.
    log_prior : float
        Mean ln p*(s_K), in nats.
    log_posterior : float
        Mean ln q(h_0 | x), in nats.
    """

    log_weights: Array
    ledger: tuple[BoundLine, ...]
    log_prior: float
    log_posterior: float


Key = tuple[int, float, str]
Line = tuple[Key, Array, Array]


def ledger_of(parts: dict[Key, list[Array]], restricted: bool) -> tuple[BoundLine, ...]:
    """Return a line for each half-step.

    Parameters
    ----------
    parts : dict of Key to list of array
        ln p and ln q of each half-step, shape (2, some examples) each, in nats.
    restricted : bool
        Whether the last half-step's sample is not needed: see `prior.ends_on_visible`.
    """
    last = max(key[0] for key in parts)
    lines = []
    for (half_step, temperature, group), terms in parts.items():
        log_p, log_q = np.concatenate(terms, axis=1)  # (walks n,) each
        unsampled = restricted and half_step == last
        difference = mean_estimate(log_p - log_q)
        lines.append(
            BoundLine(
                half_step,
                temperature,
                group,
                float(log_p.mean()),
                None if unsampled else float(log_q.mean()),
                difference.value,
                difference.stderr or 0.0,
            )
        )
    return tuple(lines)
