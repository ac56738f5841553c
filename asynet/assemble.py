"""From a study to a trainer: its data, its network, and the kernel that computes it."""

import torch

from asynet.datasets import Dataset, load
from asynet.network.build import build_network
from asynet.network.kernels import make_kernel
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
    network = build_network(study.network, study.seed, _mean(dataset))
    kernel = make_kernel(study.compute.kernel, network, device, study.compute.threads)
    return Trainer(study, dataset, kernel)


def _mean(dataset: Dataset) -> Array:
    images = dataset.train
    mean: Array = (images >= 0.5 if dataset.binarise == "threshold" else images).mean(axis=0)
    return mean
