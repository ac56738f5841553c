"""How alike dreams and replays are, frame by frame, beside dreams whose order is shuffled."""

from dataclasses import dataclass

import numpy as np

from asynet.numerics.estimates import Estimate, mean_estimate, share_estimate
from asynet.types import Array

SURROGATES = 20


@dataclass(frozen=True)
class ReplayScore:
    """The replay score of dreams, and that of their surrogates.

    Parameters
    ----------
    scores : array, shape (D,)
        Of each dream: its similarity with the replay that is most like it, -1 to 1.
    time_shuffled, neuron_shuffled : array, shape (S, D)
        The same of surrogates: the dream's frames in a random order, and its neurons exchanged.
    """

    scores: Array
    time_shuffled: Array
    neuron_shuffled: Array

    @property
    def value(self) -> Estimate:
        """Return the mean score, with its error over dreams."""
        return mean_estimate(self.scores, "", "dreams, each with the replay most like it")

    def excess(self, surrogates: Array) -> Estimate:
        """Return the mean of score less mean surrogate score, with its error over dreams.

        Parameters
        ----------
        surrogates : array, shape (S, D)
            One of the two sets.
        """
        difference = self.scores - surrogates.mean(axis=0)
        on = f"dreams, less {len(surrogates)} surrogates of each"
        return mean_estimate(difference, "", on)

    def above(self, surrogates: Array) -> Estimate:
        """Return the share of dreams that score above all of their surrogates.

        If order or identity meant nothing, it would be 1 / (S + 1).

        Parameters
        ----------
        surrogates : array, shape (S, D)
            One of the two sets.
        """
        on = f"dreams above all {len(surrogates)} surrogates; chance 1 in {len(surrogates) + 1}"
        return share_estimate(self.scores > surrogates.max(axis=0), "", on)


def replay_score(dreams: Array, replays: Array, seed: int = 1) -> ReplayScore:
    """Score how like replays dreams are, as sequences.

    A dream and a replay (heating in reverse order) pass the same temperatures. From each frame the
    mean of the replays at that temperature is taken off, so that firing rates alone count for
    nothing. Their similarity is the mean over frames of the cosine between the two, over neurons.
    A dream's score is the largest similarity with any replay; surrogates are treated alike.

    Parameters
    ----------
    dreams : array, shape (K, D, N)
        D dreams of K frames, hottest first.
    replays : array, shape (K, R, N)
        R replays, at the same temperatures.
    seed : int
        Seed of the surrogates, 20 of each kind for each dream.

    Returns
    -------
    ReplayScore
        Scores of dreams and of surrogates.

    Raises
    ------
    ValueError
        If there are fewer than two replays or frames, or shapes do not fit.
    """
    fits = dreams.ndim == replays.ndim == 3 and dreams.shape[::2] == replays.shape[::2]
    if not fits or min(replays.shape[:2]) < 2 or not dreams.shape[1]:
        shapes = f"{dreams.shape} and {replays.shape}"
        raise ValueError(f"dreams, replays: {shapes}; must be (K, D, N) and (K, R, N), K, R >= 2")
    mean = replays.mean(axis=1, keepdims=True, dtype=np.float64)
    found, templates = _directions(dreams - mean), _directions(replays - mean)
    rng, (frames, _, neurons) = np.random.default_rng(seed), dreams.shape
    scores = _best(found, templates)
    in_time = [_best(found[rng.permutation(frames)], templates) for _ in range(SURROGATES)]
    exchanged = [_best(found[:, :, rng.permutation(neurons)], templates) for _ in range(SURROGATES)]
    return ReplayScore(scores, np.array(in_time), np.array(exchanged))


def _directions(states: Array) -> Array:
    """Return the states as vectors of length 1; 0 stays 0."""
    length = np.linalg.norm(states, axis=2, keepdims=True)
    directions: Array = np.divide(states, length, out=np.zeros_like(states), where=length > 0)
    return directions


def _best(dreams: Array, templates: Array) -> Array:
    """Return the largest mean similarity of each dream with a template, (D,)."""
    similar = np.zeros((dreams.shape[1], templates.shape[1]))
    for frame, template in zip(dreams, templates, strict=True):
        similar += frame @ template.T
    best: Array = similar.max(axis=1) / len(dreams)
    return best


def nearest(states: Array, examples: Array) -> tuple[Array, Array]:
    """Return the root mean square distance from each state to the nearest example, and which it is.

    Parameters
    ----------
    states : array, shape (n, D)
        The states.
    examples : array, shape (m, D)
        What they are compared with.

    Returns
    -------
    distance : array, shape (n,)
        Over the D values; of states of 0 and 1, the root of the share of values that differ.
    index : array of int, shape (n,)
        Which example is nearest.
    """
    x, y = np.asarray(states, np.float64), np.asarray(examples, np.float64)
    squares = (x**2).sum(axis=1)[:, None] + (y**2).sum(axis=1) - 2 * x @ y.T
    index = squares.argmin(axis=1)
    least = np.take_along_axis(squares, index[:, None], axis=1)[:, 0]
    return np.sqrt(np.maximum(least, 0) / x.shape[1]), index
