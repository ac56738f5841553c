"""From a study to a trainer: its data, its network, and the kernel that computes it."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch

from asynet import processes
from asynet.datasets import Dataset, load
from asynet.datasets.arrays import SPLITS
from asynet.datasets.sources import Streamed, mean_of
from asynet.errors import UserError
from asynet.network.kernels import make_kernel
from asynet.network.kernels.shared import SharedKernel
from asynet.network.network import Network
from asynet.operators.learning import AdamSettings, OperatorLearner
from asynet.run.build_network import build_network
from asynet.run.build_operator import build_operator
from asynet.run.place import kernel_on, threads_for
from asynet.run.settings import Settings
from asynet.run.trainer import Trainer
from asynet.study.operator import Optimiser
from asynet.study.parts import part_named
from asynet.study.study import Study
from asynet.study.train import Train
from asynet.types import Array
from asynet.walkback.local_learner import LocalRule, NetworkLearner
from asynet.walkback.own_rule import OwnRule


@dataclass(frozen=True)
class Given:
    """What is handed over in Python, because no study file can hold it or it is in memory.

    Parameters
    ----------
    dataset : Dataset, optional
        The examples that the study's data block stands for.
    network : Network, optional
        The network that the study's network block stands for, before training.
    module : torch.nn.Module, optional
        F of an operator whose kind is `own`: see `operators.contract.Module`.
    """

    dataset: Dataset | None = None
    network: Network | None = None
    module: torch.nn.Module | None = None


def build_trainer(study: Study, device: str, given: Given | None = None) -> Trainer:
    """Load the data, build the network or operator, and lay it out for its kernel.

    Parameters
    ----------
    study : Study
        What to build.
    device : str
        cpu or cuda.
    given : Given, optional
        What is taken as it is, and not built from the study.

    Returns
    -------
    Trainer
        The trainer, before its first walk.

    Raises
    ------
    UserError
        One line, for data, files of weights or an operator that cannot be used.
    """
    given = given or Given()
    if study.compute.threads is not None:
        torch.set_num_threads(study.compute.threads)
    dataset = load(study.data, study.seed) if given.dataset is None else given.dataset
    dataset = _with_law(study, dataset)
    if study.operator is not None:
        mean = _mean(dataset) if study.operator.rest == "data" else None
        operator = build_operator(study, dataset, device, mean, given.module)
        batch = min(study.train.batch, len(dataset.train))
        if batch < processes.count():
            problem = f"{batch} is not allowed with {processes.count()} processes"
            raise UserError(f"train.batch: {problem}, each of which needs an example")
        adam = adam_settings(study.optimiser, study.train)
        return Trainer(operator, OperatorLearner(operator, adam), dataset, Settings.of(study))
    assert study.network is not None, "a study has a network or an operator"
    of_data = "data" in (study.network.visible_bias, study.network.rest)
    mean = _mean(dataset) if of_data else np.zeros(dataset.train.shape[1])
    network = build_network(study.network, study.seed, mean, given.network)
    kernel = make_kernel(kernel_on(study, device), network, device, threads_for(study))
    if processes.count() > 1:
        kernel = SharedKernel(kernel)
    learner = NetworkLearner(kernel, local_rule(study.train), own_rule(study.train))

    def anew(stored: int) -> Trainer:
        data = study.data.model_copy(update={"count": stored})
        return build_trainer(study.model_copy(update={"data": data}), "cpu")

    return Trainer(kernel, learner, dataset, Settings.of(study), anew)


def _with_law(study: Study, dataset: Dataset) -> Dataset:
    """Refuse examples of other values than 0 and 1 where spiking neurons would see them.

    Those on disk are refused when they are read.
    """
    if not study.data.own or dataset.binarise in ("sample", "threshold"):
        return dataset
    if study.network is not None:
        law = study.network.populations[study.network.visible].law
    else:
        assert study.operator is not None, "a study has a network or an operator"
        law = study.operator.law
    if law != "bernoulli":
        return dataset
    on_disk = dict[str, Any]()
    for name in SPLITS:
        split = getattr(dataset, name)
        if isinstance(split, Streamed):
            on_disk[name] = replace(split, spikes=True)
        elif not np.isin(split, (0, 1)).all():
            problem = "the examples hold other values than 0 and 1, and neurons spike"
            raise UserError(f"data.binarise: none is not allowed; {problem}: sample or threshold")
    return replace(dataset, **on_disk)


def local_rule(block: Train) -> LocalRule:
    """Return the part of a study's train block that a network's learner needs.

    Parameters
    ----------
    block : Train
        The train block.
    """
    return LocalRule(
        block.momentum,
        block.centre,
        block.updates,
        block.weight_decay,
        block.symmetry_pull,
        block.reciprocal,
        block.prediction == "spike",
    )


def own_rule(block: Train) -> OwnRule | None:
    """Return the plugin's learning rule that a study names; None for one of asynet's.

    Parameters
    ----------
    block : Train
        The train block.
    """
    part = part_named("rules", block.rule)
    if part is None:
        return None
    return OwnRule(block.rule, partial(part, **block.options), part.sample)


def adam_settings(block: Optimiser, train: Train) -> AdamSettings:
    """Return what an operator's learner needs of a study's optimiser and train blocks.

    Parameters
    ----------
    block : Optimiser
        The optimiser block.
    train : Train
        The train block.
    """
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
    """Return the mean of the first training examples as states, in [0, 1] if neurons spike."""
    white = 255 if dataset.train.dtype == np.uint8 else 1
    if dataset.binarise == "threshold":
        return mean_of(dataset.train, white / 2)
    return mean_of(dataset.train) / white
