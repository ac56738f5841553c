"""Checks that span several blocks of a study; each raises the mistake that it finds."""

import itertools
from collections.abc import Callable

from asynet.study.blocks import Blocks
from asynet.study.check_measures import (
    SELF,
    inception_sees_samples_in_colour,
    inpainting_is_of_images,
    likelihoods_suit_the_model,
)
from asynet.study.operator import Operator
from asynet.study.terms import MAX_BYTES, mistake, nearest, refused, shown

MOST_FACTORED = 4096  # values in an example whose covariance p* can keep: 134 MB


def _network_or_operator(study: Blocks) -> None:
    """Refuse a study without a network or an operator, or with both."""
    if study.network is None and study.operator is None:
        raise mistake("network", "missing; a study must have a network or an operator")
    if study.network is not None and study.operator is not None:
        raise mistake("network", "not allowed together with operator; give one of the two")


def _keys_suit_a_network(study: Blocks) -> None:
    """Refuse keys that only an operator has."""
    if study.network is None:
        return
    if study.walk.destruction == "noise":
        raise refused("walk.destruction", "noise", "with a network", "model")
    if study.train.objective == "pathwise":
        raise refused("train.objective", "pathwise", "with a network", "walkback or self")
    if study.evaluate.t_max_is == "at_most":
        raise refused("evaluate.t_max_is", "at_most", "with a network", "fixed")
    if study.train.anchor:
        raise refused("train.anchor", study.train.anchor, "with a network", "0")
    if study.train.lessons is not None:
        raise refused("train.lessons", study.train.lessons, "with a network", "null")


def _keys_suit_an_operator(study: Blocks) -> None:
    """Refuse keys that only a network has, or another operator."""
    if study.operator is None:
        return
    train, law = study.train, study.operator.law
    if train.objective == "self":
        if study.evaluate.schedule == "thermodynamic":
            raise refused("evaluate.schedule", "thermodynamic", SELF, "geometric")
        if study.evaluate.t_max_is == "at_most":
            raise refused("evaluate.t_max_is", "at_most", SELF, "fixed")
    if train.rule != "rate":
        raise refused("train.rule", train.rule, "with an operator", "rate")
    if train.momentum:
        other = "0 (the momentum of an operator is optimiser.beta_1)"
        raise refused("train.momentum", train.momentum, "with an operator", other)
    if train.symmetry_pull:
        why = "with an operator, which has no synapses"
        raise refused("train.symmetry_pull", train.symmetry_pull, why, "0")
    if train.anchor and not (study.operator.keeps_bits and train.objective != "self"):
        suits = "operator.law: bernoulli, operator.output: residual, train.objective: not self"
        raise refused("train.anchor", train.anchor, "", f"0 except with {suits}")
    codes = bool(study.operator.codes)
    if law == "bernoulli" and train.objective == "pathwise" and not codes:
        why = "with operator.law: bernoulli, whose samples have no gradient, and without codes"
        raise refused("train.objective", "pathwise", why, "walkback or self")
    if codes and law == "gaussian" and train.objective == "pathwise":
        why = "with operator.law: gaussian and codes"
        raise refused("train.objective", "pathwise", why, "walkback or self")
    if train.lessons is not None and train.lessons > (study.walk.steps or 0):
        allowed = "null" if study.walk.steps is None else f"at most walk.steps, {study.walk.steps}"
        raise refused("train.lessons", train.lessons, "", allowed)
    if train.lessons is not None and study.walk.replay != "none":
        raise refused("train.lessons", train.lessons, "with walk.replay", "null")
    direct = law == "bernoulli" and not study.operator.keeps_bits
    if direct and study.walk.destruction == "noise":
        why = "with operator.law: bernoulli and without operator.output: residual"
        raise refused("walk.destruction", "noise", why, "model")


def _opposite_synapses_learn(study: Blocks) -> None:
    """Refuse the reciprocal rule for Gaussian neurons, or where no two projections can share."""
    network, rule = study.network, study.train.rule
    if network is None or not study.train.reciprocal:
        return
    for name, population in network.populations.items():
        if population.law != "bernoulli":
            raise refused("train.rule", rule, f"with gaussian neurons, those of {name}", "rate")
    learn = {(p.pre, p.post) for p in network.projections if p.plastic}
    if not any((post, pre) in learn for pre, post in learn):
        why = "because no two projections that learn join the same populations both ways"
        raise refused("train.rule", rule, why, "rate or spike")


def _ends_are_enough(study: Blocks) -> None:
    """Refuse updates by the ends of walks where the changes of the steps do not telescope."""
    if study.train.updates != "ends":
        return
    why = None
    if study.network is None:
        why = "with an operator"
    elif not study.train.reciprocal:
        why = f"with train.rule: {study.train.rule}; it needs reciprocal or reciprocal_spike"
    elif study.walk.start != "data":
        why = f"with walk.start: {study.walk.start}; it needs data"
    elif study.train.step_weight != "temperature":
        why = "with train.step_weight: one; it needs temperature"
    elif study.walk.ahead != 1:
        why = f"with walk.ahead: {study.walk.ahead}; it needs 1"
    elif study.walk.replay != "none":
        why = f"with walk.replay: {study.walk.replay}"
    elif study.train.objective == "self":
        why = SELF
    if why is not None:
        raise refused("train.updates", "ends", why, "online or batch")


def _training_temperatures_can_move(study: Blocks) -> None:
    """Refuse to re-space training temperatures that a layer or the number of steps depends on."""
    if study.walk.schedule == "geometric":
        return
    why = None
    if study.walk.replay != "none":
        why = f"with walk.replay: {study.walk.replay}, which does not heat"
    elif study.walk.steps is None:
        why = "without walk.steps, the number of temperatures"
    elif study.train.objective == "self":
        why = SELF
    elif (op := study.operator) is not None and op.norm == "per_step" and not op.of_plugin:
        why = "with operator.norm: per_step, which needs fixed temperatures"
    elif study.operator is not None and study.operator.sigma_is == "per_temperature":
        why = "with operator.sigma_is: per_temperature, which needs fixed temperatures"
    if why is not None:
        raise refused("walk.schedule", "thermodynamic", why, "geometric")


def _states_suit_the_data(study: Blocks) -> None:
    """Refuse visible neurons, or an operator, of another size or kind than the data."""
    data = study.data
    if study.network is not None:
        visible = study.network.populations[study.network.visible]
        key, law = f"network.populations.{study.network.visible}", visible.law
        if visible.size != data.neurons:
            size = f"{data.neurons}, the number of values in an example of {data.name}"
            raise refused(f"{key}.size", visible.size, "", size)
        if study.walk.prior != "factorised":
            raise refused("walk.prior", study.walk.prior, "with a network", "factorised")
    elif study.operator is not None:
        key, law = "operator", study.operator.law
        _operator_suits_the_data(study, study.operator)
        _prior_suits_the_data(study, study.operator)
    binary = data.own or data.name in ("patterns", "population")
    if law == "bernoulli" and not binary and data.binarise not in ("sample", "threshold"):
        raise refused(
            f"{key}.law",
            "bernoulli",
            f"with {data.name} and data.binarise: {data.binarise}, whose values are not 0 or 1",
            "gaussian",
        )


def _operator_suits_the_data(study: Blocks, operator: Operator) -> None:
    if study.data.image is not None:
        return
    why = f"with {study.data.name}, which has no images"
    if operator.kind in ("paper_conv", "unet"):
        raise refused("operator.kind", operator.kind, why, "mlp")
    if operator.sigma_is == "held":
        raise refused("operator.sigma_is", "held", why, "fixed, learned or per_temperature")


def _prior_suits_the_data(study: Blocks, operator: Operator) -> None:
    prior, values = study.walk.prior, study.data.neurons
    if prior == "factorised":
        return
    if operator.law == "bernoulli":
        raise refused("walk.prior", prior, "with operator.law: bernoulli", "factorised")
    if prior == "dct" and study.data.image is None:
        why = f"with {study.data.name}, which has no images"
        raise refused("walk.prior", prior, why, "factorised or low_rank")
    if prior == "low_rank" and values > MOST_FACTORED:
        why = f"with {values} values in an example, more than {MOST_FACTORED}"
        raise refused("walk.prior", prior, why, "factorised or dct")
    if prior == "low_rank" and study.walk.rank >= values:
        below = f"less than {values}, the number of values in an example of {study.data.name}"
        raise refused("walk.rank", study.walk.rank, "", below)


def _replayed_walks_were_recorded(study: Blocks) -> None:
    """Refuse to replay what is no recording, or a network with neurons that were not recorded."""
    replay = study.walk.replay
    if replay == "none":
        return
    if study.data.name != "population":
        why = f"with {study.data.name}, which is no recording"
        raise refused("walk.replay", replay, why, "none")
    if study.network is None:
        raise refused("walk.replay", replay, "with an operator", "none")
    if len(study.network.populations) > 1:
        why = "with hidden neurons, whose activity is not recorded"
        raise refused("walk.replay", replay, why, "none")


def _patience_has_a_bound(study: Blocks) -> None:
    """Refuse early stopping without a bound on held-out examples."""
    patience = study.train.patience
    if patience is None:
        return
    if study.data.validation == 0:
        why = "with data.validation: 0, which leaves no validation examples"
        raise refused("train.patience", patience, why, "null")
    if study.train.objective == "self":
        raise refused("train.patience", patience, SELF, "null")


def _recall_is_of_patterns(study: Blocks) -> None:
    """Refuse recall of other data than patterns, or by other models than spiking networks."""
    stored, why = list(study.recall.stored), None
    if not stored:
        return
    if study.data.name != "patterns":
        why = f"with {study.data.name}, because only patterns are stored"
    elif study.network is None:
        why = "with an operator"
    else:
        for name, population in study.network.populations.items():
            if population.law != "bernoulli":
                why = f"with gaussian neurons, such as those of {name}"
    if why is not None:
        raise refused("recall.stored", stored, why, "[]")


def _fits_in_memory(study: Blocks) -> None:
    """Refuse a study one of whose arrays is too large for any machine."""
    sizes, weights = {"image": study.data.neurons}, 0
    if study.network is not None:
        sizes = {name: population.size for name, population in study.network.populations.items()}
        projections = study.network.projections
        weights = sum(p.stored_weights(sizes[p.pre], sizes[p.post]) for p in projections)
    elif study.operator is not None and study.operator.kind == "mlp":
        values, codes = study.data.neurons, study.operator.codes
        layers = [(values + codes, *study.operator.widths, values)]
        if codes:
            layers.append((values, *study.operator.code_widths, codes))
            sizes["code"] = codes
        weights = sum(n * m for widths in layers for n, m in itertools.pairwise(widths))
    copies = 3  # the weights, the kernel's rounded copy of them, and their velocity
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


def _recorded_neurons_exist(study: Blocks) -> None:
    """Refuse to record populations, neurons or pre-activations that the model does not have."""
    if study.network is None:
        if study.record.drive:
            raise refused("record.drive", True, "with an operator", "false")
        return
    neurons, there = study.record.neurons, study.network.populations
    listed = neurons if isinstance(neurons, dict) else {}
    named = {"record.populations": study.record.populations or (), "record.neurons": tuple(listed)}
    for key, names in named.items():
        for name in names:
            if name not in there:
                raise mistake(key, f"{shown(name)} is not a population; {nearest(name, there)}")
    for name, indices in listed.items():
        key, last = f"record.neurons.{name}", there[name].size - 1
        if list(indices) != sorted(set(indices)):
            raise refused(key, list(indices), "", "in increasing order, each index once")
        if indices[-1] > last:
            raise refused(key, indices[-1], "", f"from 0 to {last}, the neurons of {name}")


CHECKS: tuple[Callable[[Blocks], None], ...] = (
    _network_or_operator,
    _keys_suit_a_network,
    _keys_suit_an_operator,
    _states_suit_the_data,
    _opposite_synapses_learn,
    _ends_are_enough,
    _training_temperatures_can_move,
    _replayed_walks_were_recorded,
    _patience_has_a_bound,
    inpainting_is_of_images,
    inception_sees_samples_in_colour,
    _recall_is_of_patterns,
    _recorded_neurons_exist,
    likelihoods_suit_the_model,
    _fits_in_memory,
)
