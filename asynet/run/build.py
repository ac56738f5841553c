"""From a study to a trainer: its data, its network, and the kernel that computes it."""

import torch

from asynet.datasets import Dataset, image_shape, load
from asynet.network.kernels import make_kernel
from asynet.operators.learning import AdamSettings, OperatorLearner
from asynet.run.build_network import build_network
from asynet.run.build_operator import build_operator
from asynet.run.settings import Settings
from asynet.run.trainer import Trainer
from asynet.study.operator import Optimiser
from asynet.study.study import Study
from asynet.study.train import Train
from asynet.types import Array
from asynet.walkback.local_learner import LocalRule, NetworkLearner


def build_trainer(study: Study, device: str) -> Trainer:
    """Load the data, build the network and lay it out for its kernel.

    device: cpu or cuda. Raises UserError for data or a mask that cannot be used.
    """
    if study.compute.threads is not None:
        torch.set_num_threads(study.compute.threads)
    dataset = load(study.data, study.seed)
    if study.operator is not None:
        shape = image_shape(dataset.shape)
        mean = _mean(dataset) if study.operator.rest == "data" else None
        operator = build_operator(study, shape, dataset.name, device, mean)
        adam = adam_settings(study.optimiser, study.train)
        return Trainer(operator, OperatorLearner(operator, adam), dataset, Settings.of(study))
    assert study.network is not None, "a study has a network or an operator"
    network = build_network(study.network, study.seed, _mean(dataset))
    kernel = make_kernel(study.compute.kernel, network, device, study.compute.threads)
    learner = NetworkLearner(kernel, local_rule(study.train))

    def anew(stored: int) -> Trainer:
        data = study.data.model_copy(update={"count": stored})
        return build_trainer(study.model_copy(update={"data": data}), "cpu")

    return Trainer(kernel, learner, dataset, Settings.of(study), anew)


def local_rule(block: Train) -> LocalRule:
    """Return the part of a study's train block that a network's learner needs."""
    return LocalRule(
        block.momentum, block.centre, block.updates, block.weight_decay, block.symmetry_pull
    )


def adam_settings(block: Optimiser, train: Train) -> AdamSettings:
    """Return what an operator's learner needs of a study's optimiser and train blocks."""
    return AdamSettings(
        beta_1=block.beta_1,
        beta_2=block.beta_2,
        clip=block.clip,
        average=block.average,
        precision=block.precision,
        online=train.updates == "online",
        weight_decay=train.weight_decay,
    )


def _mean(dataset: Dataset) -> Array:
    images = dataset.train
    mean: Array = (images >= 0.5 if dataset.binarise == "threshold" else images).mean(axis=0)
    return mean
