"""Checks of what is measured: likelihoods that only some networks have."""

from typing import Protocol

from asynet.study.evaluate import Evaluate
from asynet.study.network import NetworkBlock
from asynet.study.read_keys import changed_keys
from asynet.study.terms import mistake, refused, shown
from asynet.study.train import Train
from asynet.study.walk import WalkBlock

SELF = "with train.objective: self, which has no bound"


class Blocks(Protocol):
    """The blocks of a study that decide what can be measured."""

    network: NetworkBlock | None
    walk: WalkBlock
    train: Train
    evaluate: Evaluate


def likelihoods_suit_the_model(study: Blocks) -> None:
    """Refuse likelihoods, or heating ahead, where the model does not have them.

    Parameters
    ----------
    study : Blocks
        The study.
    """
    settings, walk = study.evaluate, study.walk
    equilibrium = settings.equilibrium
    asked = (
        ("walk.ahead", walk.ahead, 1.0),
        ("evaluate.ahead", settings.ahead, 1.0),
        ("evaluate.smc_walks", settings.smc_walks, 0),
        ("evaluate.equilibrium.steps", equilibrium.steps, 0),
    )
    for key, value, default in asked:
        if value == default:
            continue
        if study.network is None:
            raise refused(key, value, "with an operator", shown(default))
        if key.startswith("evaluate") and study.train.objective == "self":
            raise refused(key, value, SELF, shown(default))
    if walk.ahead != 1 and walk.replay != "none":
        why = f"with walk.replay: {walk.replay}, which does not heat"
        raise refused("walk.ahead", walk.ahead, why, "1.0")
    if study.network is not None and settings.smc_walks:
        _require_spikes(study.network, "evaluate.smc_walks", settings.smc_walks)
    if not equilibrium.steps:
        for key in changed_keys(equilibrium):
            problem = f"{shown(getattr(equilibrium, key))} is not used without"
            key = f"evaluate.equilibrium.{key}"
            raise mistake(key, f"{problem} evaluate.equilibrium.steps; leave it out")
    elif study.network is not None:
        _has_an_equilibrium(study.network, equilibrium.steps)


def _require_spikes(network: NetworkBlock, key: str, value: int) -> None:
    for name, population in network.populations.items():
        if population.law != "bernoulli":
            raise refused(key, value, f"with gaussian neurons, such as those of {name}", "0")


def _has_an_equilibrium(network: NetworkBlock, steps: int) -> None:
    """Refuse networks whose p(x) at equilibrium cannot be written down."""
    key = "evaluate.equilibrium.steps"
    _require_spikes(network, key, steps)
    if network.alpha != 1:
        raise refused(key, steps, f"with network.alpha: {network.alpha:g}", "0")
    names = tuple(network.populations)
    order = network.order
    if order == "synchronous":
        order = (names,)
    elif order == "alternating":
        order = (names[1:], names[:1])
    pairs = {(p.pre, p.post) for p in network.projections}
    if (names[0],) not in order:
        why = f"where {names[0]} is not alone in a group of network.order"
        raise refused(key, steps, why, "0")
    if len(order) > 2:
        raise refused(key, steps, f"with {len(order)} groups in network.order", "0")
    if len(order) == 2 and any(a in group and b in group for a, b in pairs for group in order):
        raise refused(key, steps, "with synapses within a group of network.order", "0")
