"""A small-world network: neighbours on a ring, some synapses rewired (Watts and Strogatz 1998).

    asynet run STUDY.yaml --plugin examples.plugins.small_world

with, in the study, a projection such as
{pre: visible, post: visible, rule: small_world, options: {neighbours: 10, rewired: 0.1}}
"""

import numpy as np

from asynet import plugins


@plugins.connection
def small_world(n_post, n_pre, alone, rng, *, neighbours=10, rewired=0.1):
    """Draw `neighbours` synapses onto each neuron, each from a random neuron with p = `rewired`.

    Both populations lie evenly on one ring; the nearest presynaptic neurons come first. Every
    neuron keeps its number of synapses, and all of them come from different neurons.
    """
    if not 1 <= neighbours <= n_pre - alone:
        raise ValueError(f"neighbours: {neighbours} is not allowed; must be 1 to {n_pre - alone}")
    if not 0 <= rewired <= 1:
        raise ValueError(f"rewired: {rewired} is not allowed; must be from 0 to 1")
    nearest = np.arange(neighbours + alone)
    offsets = np.where(nearest % 2, (nearest + 1) // 2, -nearest // 2)  # 0, 1, -1, 2, -2, ...
    offsets = offsets[1:] if alone else offsets  # the first would be the neuron itself
    pre = np.empty((n_post, neighbours), np.int64)
    for post in range(n_post):
        here = post * n_pre // n_post
        near = (here + offsets) % n_pre
        moved = rng.random(neighbours) < rewired
        free = np.setdiff1d(np.arange(n_pre), near if not alone else [*near, post])
        new = rng.choice(free, min(moved.sum(), len(free)), replace=False)
        near[np.flatnonzero(moved)[: len(new)]] = new
        pre[post] = near
    return np.repeat(np.arange(n_post), neighbours), pre.ravel()
