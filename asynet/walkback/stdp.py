"""The STDP window: what the spike rule does to a synapse, against the lag of its spikes."""

from dataclasses import dataclass

import numpy as np

from asynet.types import Array

FEWEST_CHAINS = 3  # one is left out for the error; the others are each other's baseline


@dataclass(frozen=True)
class Window:
    """Mean weight change at a presynaptic spike against the lag of a postsynaptic one.

    Parameters
    ----------
    lags : ndarray, shape (L,)
        Half-steps, post minus pre, each phase in its own order of time.
    replay, heating : ndarray, shape (L,)
        Mean change in units of eta alpha / T, beyond what pairs of spikes in unrelated chains get.
    replay_stderr, heating_stderr : ndarray, shape (L,)
        Their standard errors over chains, by a jackknife.
    replay_null, heating_null : ndarray, shape (L,)
        What independent coin tosses with the same rates give: at lag +1 what the rule itself does,
        1 - rate and -(1 - rate), and 0 at every other lag. What is beyond it is the network's.
    """

    lags: Array
    replay: Array
    heating: Array
    replay_stderr: Array
    heating_stderr: Array
    replay_null: Array
    heating_null: Array


def stdp_window(pre: Array, post: Array, largest_lag: int = 9) -> Window:
    """Measure the STDP window of one projection in an alternating network's heated walk.

    At each spike of pre[k] the spike rule adds post[k] (in the replay time runs backward, and
    post[k] comes after) and takes away post[k + 1] (in heating). The changes are averaged over
    pairs of spikes by lag. The same mean over pairs whose two spikes are of different chains is
    taken off: it has the same rates, and no coincidences.

    Parameters
    ----------
    pre : ndarray, shape (K, B, n_pre)
        Presynaptic samples, one for each step, of at least three chains.
    post : ndarray, shape (K + 1, B, n_post)
        post[k] was sampled a half-step before pre[k], post[k + 1] a half-step after.
    largest_lag : int
        In half-steps, odd.

    Returns
    -------
    Window
        Mean change at each odd lag up to `largest_lag`; NaN where no pair of spikes has that lag.

    Raises
    ------
    ValueError
        If there are fewer than three chains.
    """
    chains = pre.shape[1]
    if chains < FEWEST_CHAINS:
        raise ValueError(f"pre, post: {chains} chains; must be at least {FEWEST_CHAINS}")
    lags = np.arange(-largest_lag, largest_lag + 1, 2)
    columns = []
    for change, sign in ((post[:-1], -1), (-post[1:], 1)):
        found = [_excess(pre, post, change, int(sign * lag)) for lag in lags]
        mean, stderr, apart = np.array(found).T
        # Both spikes of a pair at lag +1 are those that the rule looks at: its change is +-1.
        null = np.where(lags == 1, -sign - apart, 0.0)
        columns.append((mean, stderr, null))
    (replay, replay_error, replay_null), (heating, heating_error, heating_null) = columns
    return Window(lags, replay, heating, replay_error, heating_error, replay_null, heating_null)


def _excess(pre: Array, post: Array, change: Array, lag: int) -> tuple[float, float, float]:
    """Return the mean of `change` at pairs of spikes beyond that at pairs of unrelated chains.

    A pair is a spike in pre[k] and one in the sample of post that lies `lag` half-steps later in
    the order of heating; lag is odd. Returns it, its standard error, and the mean at unrelated
    pairs.

    References
    ----------
    Efron and Stein 1981, Ann. Statist. 9, 586 (the jackknife).
    """
    steps = len(pre)
    shift = (lag + 1) // 2  # post[k + shift] lies `lag` half-steps after pre[k]
    here = np.arange(max(0, -shift), min(steps, len(post) - shift))
    spikes = pre[here].sum(axis=2, dtype=np.float64)  # (k, B)
    changed = np.asarray(change[here], np.float64)  # (k, B, n)
    other = np.asarray(post[here + shift], np.float64)
    own, pairs = _sums(spikes, changed, other)  # (B,) each
    # All pairs of chains: of this chain's change with the others' spikes, and the other way round.
    all_others, all_spikes = other.sum(axis=1, keepdims=True), spikes.sum(axis=1, keepdims=True)
    given = (spikes[:, :, None] * changed).sum(axis=1, keepdims=True)  # (k, 1, n)
    with_others, pairs_with = _sums(spikes, changed, np.broadcast_to(all_others, other.shape))
    by_others = (given * other).sum(axis=(0, 2))
    pairs_by = (all_spikes[:, :, None] * other).sum(axis=(0, 2))
    apart = np.array([(with_others - own).sum(), (pairs_with - pairs).sum()])
    together = np.array([own.sum(), pairs.sum()])
    with np.errstate(invalid="ignore", divide="ignore"):
        baseline = apart[0] / apart[1]
        excess = together[0] / together[1] - baseline
        left = np.array([with_others + by_others - 2 * own, pairs_with + pairs_by - 2 * pairs])
        rest = together[:, None] - [own, pairs]
        without = rest[0] / rest[1] - (apart[0] - left[0]) / (apart[1] - left[1])
    n = len(without)
    stderr = np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum())
    return float(excess), float(stderr), float(baseline)


def _sums(spikes: Array, change: Array, other: Array) -> tuple[Array, Array]:
    """Return the sum of changes over pairs of spikes, and the number of pairs, (B,) each."""
    summed: Array = (spikes * (other * change).sum(axis=2)).sum(axis=0)
    pairs: Array = (spikes * other.sum(axis=2)).sum(axis=0)
    return summed, pairs
