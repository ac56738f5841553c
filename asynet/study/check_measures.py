"""Checks of what is measured: images and likelihoods that only some models have."""

from asynet.study.blocks import Blocks
from asynet.study.network import NetworkBlock
from asynet.study.read_keys import changed_keys
from asynet.study.terms import mistake, refused, shown

MOST_NEURONS = 5000  # whose symmetric part is held as one matrix, 200 MB
SPLITS = 10  # parts of the samples, over which the Inception Score is averaged
SELF = "with train.objective: self, which has no bound"


def inpainting_is_of_images(study: Blocks) -> None:
    """Refuse to complete what is no image, or by a model that cannot generate.

    Parameters
    ----------
    study : Blocks
        The study.
    """
    masks = list(study.evaluate.inpaint.masks)
    if masks and study.data.image is None:
        why = f"with {study.data.name}, which has no images"
        raise refused("evaluate.inpaint.masks", masks, why, "[]")
    if masks and study.train.objective == "self":
        why = "with train.objective: self, which cannot generate samples"
        raise refused("evaluate.inpaint.masks", masks, why, "[]")


def inception_sees_samples_in_colour(study: Blocks) -> None:
    """Refuse Inception's scores for other samples than colour images, or for fewer than ten.

    Parameters
    ----------
    study : Blocks
        The study.
    """
    settings = study.evaluate
    if not settings.inception:
        return
    if study.data.image is None or study.data.image[0] != 3:
        why = f"with {study.data.name}, which has no images in colour"
        raise refused("evaluate.inception", True, why, "false")
    if study.train.objective == "self":
        why = "with train.objective: self, which cannot generate samples"
        raise refused("evaluate.inception", True, why, "false")
    for key, count in (("evaluate.samples", settings.samples), ("data.limit", study.data.limit)):
        if count is not None and count < SPLITS:
            raise refused(key, count, "with evaluate.inception: true", f"at least {SPLITS}")


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
        _fits_a_matrix(study.network, "evaluate.smc_walks", settings.smc_walks)
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


def _fits_a_matrix(network: NetworkBlock, key: str, value: int) -> None:
    size = sum(population.size for population in network.populations.values())
    if size > MOST_NEURONS:
        raise refused(key, value, f"with {size} neurons, more than {MOST_NEURONS}", "0")


def _has_an_equilibrium(network: NetworkBlock, steps: int) -> None:
    """Refuse networks whose p(x) at equilibrium cannot be written down."""
    key = "evaluate.equilibrium.steps"
    _require_spikes(network, key, steps)
    _fits_a_matrix(network, key, steps)
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
