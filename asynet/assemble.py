"""From a study to a trainer: its data, its network, and the kernel that computes it."""

import torch

from asynet.datasets import Dataset, image_shape, load
from asynet.learner import NetworkLearner
from asynet.network.build import build_network
from asynet.network.kernels import make_kernel
from asynet.operators.build import build_operator
from asynet.operators.learning import OperatorLearner
from asynet.study import Study
from asynet.training import Trainer
from asynet.types import Array


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
        online = study.train.updates == "online"
        return Trainer(
            study,
            dataset,
            operator,
            OperatorLearner(operator, study.optimiser, online, study.train.weight_decay),
        )
    assert study.network is not None, "a study has a network or an operator"
    network = build_network(study.network, study.seed, _mean(dataset))
    kernel = make_kernel(study.compute.kernel, network, device, study.compute.threads)
    return Trainer(study, dataset, kernel, NetworkLearner(kernel, study.train))


def _mean(dataset: Dataset) -> Array:
    images = dataset.train
    mean: Array = (images >= 0.5 if dataset.binarise == "threshold" else images).mean(axis=0)
    return mean
