"""A connection rule of one's own: a function that draws synapses, and checks of what it drew."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from asynet.types import Array

Draw = Callable[[int, int, bool, np.random.Generator], tuple[Any, Any]]


@dataclass(frozen=True)
class OwnRule:
    """Synapses that a function draws.

    Parameters
    ----------
    name : str
        Name of the rule, for messages.
    draw : callable
        n_post, n_pre, alone, rng -> the postsynaptic and the presynaptic neuron of each synapse,
        (n_synapses,) each, in any order. See `draw_pairs` for the arguments.
    """

    name: str
    draw: Draw

    def pairs(
        self, n_post: int, n_pre: int, alone: bool, rng: np.random.Generator
    ) -> tuple[Array, Array]:
        """Draw the synapses, ordered by post, then pre.

        Parameters
        ----------
        n_post, n_pre : int
            Number of neurons that the synapses go to and come from.
        alone : bool
            Whether the two are one population.
        rng : numpy.random.Generator
            What draws them.

        Returns
        -------
        tuple of ndarray of int64, shape (n_synapses,) each
            The postsynaptic and the presynaptic neuron of each synapse.

        Raises
        ------
        ValueError
            If the function gives something else, a neuron that does not exist, a synapse twice, or
            one of a neuron onto itself.
        """
        found = self.draw(n_post, n_pre, alone, rng)
        if not isinstance(found, tuple) or len(found) != 2:
            raise self._refusal("does not give a pair of arrays, post and pre")
        post, pre = (np.asarray(ends) for ends in found)
        for name, ends, size in (("post", post, n_post), ("pre", pre, n_pre)):
            if ends.ndim != 1 or (ends.size and ends.dtype.kind not in "iu"):
                raise self._refusal(f"{name} is {ends.dtype} {ends.shape}, not int (n_synapses,)")
            if ends.size and (ends.min() < 0 or ends.max() >= size):
                outside = ends.min() if ends.min() < 0 else ends.max()
                raise self._refusal(f"{name} has neuron {outside}; must be from 0 to {size - 1}")
        if len(post) != len(pre):
            raise self._refusal(f"post has {len(post)} neurons and pre {len(pre)}")
        post, pre = post.astype(np.int64), pre.astype(np.int64)
        order = np.lexsort((pre, post))
        post, pre = post[order], pre[order]
        again = (np.diff(post) == 0) & (np.diff(pre) == 0)
        if again.any():
            twice = int(again.argmax())
            raise self._refusal(f"the synapse from {pre[twice]} to {post[twice]} is drawn twice")
        if alone and (post == pre).any():
            itself = post[(post == pre).argmax()]
            raise self._refusal(f"neuron {itself} has a synapse onto itself")
        return post, pre

    def _refusal(self, problem: str) -> ValueError:
        return ValueError(f"rule {self.name}: {problem}")
