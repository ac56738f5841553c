"""Checks of a study that span its blocks; each raises the mistake that it finds."""

import itertools
from collections.abc import Callable
from typing import Protocol

from asynet.study.data import Data
from asynet.study.evaluate import Evaluate
from asynet.study.network import NetworkBlock
from asynet.study.operator import Operator
from asynet.study.recall import Recall
from asynet.study.record import RecordBlock
from asynet.study.terms import MAX_BYTES, mistake, nearest, shown
from asynet.study.train import Train
from asynet.study.walk import WalkBlock

SPLITS = 10  # of samples, by which the Inception Score is averaged
MOST_FACTORED = 4096  # values whose covariance p* keeps: 134 MB


class Blocks(Protocol):
    """The blocks of a study that have to suit each other."""

    data: Data
    network: NetworkBlock | None
    operator: Operator | None
    walk: WalkBlock
    train: Train
    evaluate: Evaluate
    recall: Recall
    record: RecordBlock


def network_or_operator(study: Blocks) -> None:
    """A study has a network or an operator, and the keys that belong to it."""
    if (study.network is None) == (study.operator is None):
        found = "missing" if study.network is None else "not allowed beside an operator"
        raise mistake("network", f"{found}; a study has either a network or an operator")
    train = study.train
    if study.operator is None:
        if study.walk.destruction == "noise":
            raise mistake("walk.destruction", "'noise' is not allowed with a network")
        if train.objective == "pathwise":
            raise mistake("train.objective", "'pathwise' is not allowed with a network")
        if study.evaluate.t_max_is == "at_most":
            raise mistake("evaluate.t_max_is", "'at_most' is not allowed with a network")
        if train.anchor:
            raise mistake("train.anchor", f"{train.anchor} is not allowed with a network")
        return
    if train.objective == "self":
        for key, asks in (("schedule", "thermodynamic"), ("t_max_is", "at_most")):
            if getattr(study.evaluate, key) == asks:
                problem = f"'{asks}' is not allowed with train.objective: self, which has no bound"
                raise mistake(f"evaluate.{key}", problem)
    if train.rule == "spike":
        raise mistake("train.rule", "'spike' is not allowed with an operator")
    if train.momentum:
        raise mistake("train.momentum", "not allowed with an operator; see optimiser.beta_1")
    if train.symmetry_pull:
        raise mistake("train.symmetry_pull", "not allowed with an operator; it has no synapses")
    if train.anchor and not (study.operator.keeps_bits and train.objective == "walkback"):
        problem = f"{train.anchor} is not allowed; only law: bernoulli with output: residual and"
        raise mistake("train.anchor", f"{problem} objective: walkback has one")
    if study.operator.law == "bernoulli":
        if train.objective == "pathwise":
            problem = "'pathwise' is not allowed; samples of 0 and 1 have no gradient"
            raise mistake("train.objective", problem)
        if study.walk.destruction == "noise":
            problem = "'noise' is not allowed; it is Gaussian, but the operator is bernoulli"
            raise mistake("walk.destruction", problem)


def thermodynamic_training_schedule(study: Blocks) -> None:
    """Re-spacing training temperatures needs walks of one length and no layer that counts."""
    if study.walk.schedule == "geometric":
        return
    key, problem = "walk.schedule", "'thermodynamic' is not allowed"
    if study.walk.replay != "none":
        raise mistake(key, f"{problem} with walk.replay: {study.walk.replay}, which does not heat")
    if study.walk.steps is None:
        raise mistake(key, f"{problem} without walk.steps, the number of temperatures to space")
    if study.train.objective == "self":
        raise mistake(key, f"{problem} with train.objective: self, which has no bound")
    if study.operator is None:
        return
    # Each level has statistics, or a sigma, that belong to its temperature.
    bound = "is of the temperatures that training starts with"
    if study.operator.norm == "per_step":
        raise mistake(key, f"{problem} with operator.norm: per_step, which {bound}")
    if study.operator.sigma_is == "per_temperature":
        raise mistake(key, f"{problem} with operator.sigma_is: per_temperature, which {bound}")


def visible_neurons_suit_the_data(study: Blocks) -> None:
    """The visible population, or the operator, has the data's law and size."""
    data = study.data
    binary = data.name in ("patterns", "population", "array") or data.binarise in (
        "sample",
        "threshold",
    )
    if study.network is not None:
        visible = study.network.populations[study.network.visible]
        key, law = f"network.populations.{study.network.visible}", visible.law
        if visible.size != data.neurons:
            problem = f"{visible.size} is not allowed; examples of {data.name} have"
            raise mistake(f"{key}.size", f"{problem} {data.neurons} values")
        if study.walk.prior != "factorised":
            raise mistake("walk.prior", f"'{study.walk.prior}' is not allowed with a network")
    elif study.operator is not None:
        key, law = "operator", study.operator.law
        if study.operator.kind not in ("mlp", "own") and data.image is None:
            problem = f"'{study.operator.kind}' is not allowed; {data.name} has no images"
            raise mistake("operator.kind", problem)
        if study.operator.sigma_is == "held" and data.image is None:
            problem = f"'held' is not allowed; {data.name} has no images to see noise in"
            raise mistake("operator.sigma_is", problem)
        if study.walk.prior == "dct" and (law == "bernoulli" or data.image is None):
            raise mistake("walk.prior", "'dct' is not allowed; only of gaussian images")
        if study.walk.prior == "low_rank":
            _factors_can_be_fitted(study, law)
    if law == "bernoulli" and not binary:
        problem = f"'bernoulli' is not allowed; {data.name} is real-valued unless binarised"
        raise mistake(f"{key}.law", problem)


def _factors_can_be_fitted(study: Blocks, law: str) -> None:
    """p* of low rank is of Gaussian values, not too many, and has fewer factors than values."""
    values = study.data.neurons
    if law == "bernoulli":
        raise mistake("walk.prior", "'low_rank' is not allowed; only of gaussian values")
    if values > MOST_FACTORED:
        problem = f"'low_rank' is not allowed; {study.data.name} has {values} values"
        raise mistake("walk.prior", f"{problem}, at most {MOST_FACTORED}: use 'dct'")
    if study.walk.rank >= values:
        problem = f"{study.walk.rank} is not allowed; must be below the {values} values"
        raise mistake("walk.rank", f"{problem} of {study.data.name}")


def replayed_walks_were_recorded(study: Blocks) -> None:
    """Only recordings can be replayed, by a network whose every neuron was recorded."""
    replay = study.walk.replay
    if replay == "none":
        return
    if study.data.name != "population":
        problem = f"'{replay}' is not allowed with {study.data.name}"
        raise mistake("walk.replay", f"{problem}; only recordings can be replayed")
    if study.network is None or len(study.network.populations) > 1:
        problem = "is not allowed with hidden neurons, whose activity is not recorded"
        raise mistake("walk.replay", f"'{replay}' {problem}")


def objective_has_what_it_needs(study: Blocks) -> None:
    """Early stopping needs a bound of examples that are held out."""
    if study.train.patience is None:
        return
    if study.data.validation == 0:
        raise mistake("train.patience", "needs validation examples, but data.validation is 0")
    if study.train.objective == "self":
        raise mistake("train.patience", "needs a bound, which train.objective: self does not have")


def inpainting_is_of_images(study: Blocks) -> None:
    """Only images have halves, and only what cools from p* fills them in."""
    if not study.evaluate.inpaint.masks:
        return
    problem = f"{list(study.evaluate.inpaint.masks)} is not allowed"
    if study.data.image is None:
        raise mistake("evaluate.inpaint.masks", f"{problem}; {study.data.name} has no images")
    if study.train.objective == "self":
        problem = f"{problem} with train.objective: self, which cannot cool from noise"
        raise mistake("evaluate.inpaint.masks", problem)


def inception_sees_samples_in_colour(study: Blocks) -> None:
    """Inception's metrics are of colour images, cooled from p*, at least ten of each kind."""
    settings = study.evaluate
    if not settings.inception:
        return
    if study.data.image is None or study.data.image[0] != 3:
        problem = f"true is not allowed; {study.data.name} has no images in colour"
        raise mistake("evaluate.inception", problem)
    if study.train.objective == "self":
        problem = "true is not allowed with train.objective: self, which cannot cool from noise"
        raise mistake("evaluate.inception", problem)
    for key, count in (("evaluate.samples", settings.samples), ("data.limit", study.data.limit)):
        if count is not None and count < SPLITS:
            problem = f"{count} is not allowed with evaluate.inception: true"
            raise mistake(key, f"{problem}; must be at least {SPLITS}")


def recall_is_of_patterns(study: Blocks) -> None:
    """Recall is of stored patterns, by a network of spiking neurons."""
    if not study.recall.stored:
        return
    problem = f"{list(study.recall.stored)} is not allowed"
    if study.data.name != "patterns":
        raise mistake("recall.stored", f"{problem} with {study.data.name}; needs patterns")
    if study.network is None:
        raise mistake("recall.stored", f"{problem} with an operator")
    for name, population in study.network.populations.items():
        if population.law != "bernoulli":
            raise mistake("recall.stored", f"{problem}; {name} must be bernoulli for recall")


def fits_in_memory(study: Blocks) -> None:
    """No single array of the run is beyond any machine that is likely."""
    sizes, weights = {"image": study.data.neurons}, 0
    if study.network is not None:
        sizes = {name: population.size for name, population in study.network.populations.items()}
        projections = study.network.projections
        weights = sum(p.stored_weights(sizes[p.pre], sizes[p.post]) for p in projections)
    elif study.operator is not None and study.operator.kind == "mlp":
        widths = (study.data.neurons, *study.operator.widths, study.data.neurons)
        weights = sum(n * m for n, m in itertools.pairwise(widths))
    copies = 3  # weights, what neurons feel of them, and their velocity
    neurons = sum(sizes.values())
    block = "network.projections" if study.network is not None else "operator.widths"
    needs = {
        block: 4 * copies * weights,
        "data.count": 4 * (study.data.count or 0) * study.data.neurons,
        "recall.stored": 4 * max(study.recall.stored, default=0) * study.data.neurons,
        "recall.cues": 8 * study.recall.cues * neurons if study.recall.stored else 0,
    }
    for block, keys in {"train": ["batch"], "evaluate": ["chains", "samples"]}.items():
        for key in keys:  # two states of float32, before and after a step
            needs[f"{block}.{key}"] = 8 * getattr(getattr(study, block), key) * neurons
    for key, bytes_needed in needs.items():
        if bytes_needed > MAX_BYTES:
            problem = f"needs at least {bytes_needed / 1e9:.0f} GB of memory; at most"
            raise mistake(key, f"{problem} {MAX_BYTES / 1e9:.0f} GB is allowed")


def recorded_populations_are_there(study: Blocks) -> None:
    """What is to be recorded is there."""
    if study.network is None:
        if study.record.drive:
            raise mistake("record.drive", "true is not allowed with an operator")
        return
    neurons, there = study.record.neurons, study.network.populations
    named = {"record.populations": study.record.populations or ()}
    named |= {"record.neurons": tuple(neurons) if isinstance(neurons, dict) else ()}
    for key, names in named.items():
        for name in names:
            if name not in there:
                raise mistake(key, f"{shown(name)} is not a population; {nearest(name, there)}")
    for name, listed in neurons.items() if isinstance(neurons, dict) else ():
        if list(listed) != sorted(set(listed)):
            raise mistake(f"record.neurons.{name}", f"{list(listed)} is not allowed; must increase")
        if listed[-1] >= there[name].size:
            problem = f"{listed[-1]} is not allowed; {name} has neurons 0 to {there[name].size - 1}"
            raise mistake(f"record.neurons.{name}", problem)


CHECKS: tuple[Callable[[Blocks], None], ...] = (
    network_or_operator,
    visible_neurons_suit_the_data,
    thermodynamic_training_schedule,
    replayed_walks_were_recorded,
    objective_has_what_it_needs,
    inpainting_is_of_images,
    inception_sees_samples_in_colour,
    recall_is_of_patterns,
    recorded_populations_are_there,
    fits_in_memory,
)
