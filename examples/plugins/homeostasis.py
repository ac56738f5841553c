"""The walkback rule with homeostasis: each neuron's bias drives its mean rate to a target.

    asynet run STUDY.yaml --plugin examples.plugins.homeostasis

with, in the study: train: {rule: homeostasis, options: {target: 0.2, only: hidden}, ...}
"""

from asynet import plugins


@plugins.rule
def homeostasis(seen, *, target=0.1, strength=2.0, memory=0.01, only=None):
    """Learn as `rule: rate` does, and raise the bias of neurons that fire less than `target`.

    strength: change of the bias for each unit of rate that is missing, in units of the learning
    rate. memory: share of each new step in the running mean of the rate. only: name of the one
    population that is regulated; by default all are.
    """
    if not 0 < target < 1:
        raise ValueError(f"target: {target} is not allowed; must be between 0 and 1")
    wanted = 0.0
    if only is None or only == seen.population:
        rate = seen.running_mean("rate", seen.past, memory)  # (n_post,)
        # Changes come times alpha / T; homeostasis is to be as strong in hot steps as in cold ones.
        wanted = strength * (target - rate) * seen.temperature / seen.alpha
    return {
        "replay": (seen.past, seen.pre),  # j fires, then i: potentiation
        "heating": (-seen.predicted, seen.pre),  # j fires, and i was expected: depression
        "bias": seen.past - seen.predicted + wanted,
    }
