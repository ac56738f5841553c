"""From a study's operator block to an operator with initial weights."""

import numpy as np
import torch

from asynet.errors import UserError
from asynet.operators.contract import OperatorSettings, Shape
from asynet.operators.held_noise import WithSpread
from asynet.operators.kernel import OperatorKernel
from asynet.operators.mlp import MLP
from asynet.operators.paper_conv import TABLES, PaperConv
from asynet.operators.sigmas import WithSigmas
from asynet.operators.unet import UNet
from asynet.study.operator import Operator
from asynet.study.study import Study
from asynet.study.walk import WalkBlock
from asynet.types import Array
from asynet.walkback.schedules import geometric, heating

RAREST = 1e-3  # of the rates that values are drawn from: no value of an image is certain


def build_operator(
    study: Study, shape: Shape, data: str, device: str, mean: Array | None = None
) -> OperatorKernel:
    """Return a study's operator with weights drawn from its seed.

    shape: of one example. data: its data set, which names the paper's table. mean: (D,) of the
    training examples, where hot values rest; None: at 1/2.
    Raises UserError where the operator does not suit the data.
    """
    settings, temperatures = study.operator, training_temperatures(study.walk)
    assert settings is not None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(study.seed)
        module = make_module(settings, shape, data, len(temperatures))
        if settings.sigma_is == "held":
            module = WithSpread(module, shape, settings.noise_in == "blocks")
    if settings.sigma_is == "per_temperature":
        module = WithSigmas(module, len(temperatures))
    optimiser = study.optimiser
    if optimiser.compile and device.startswith("cuda"):
        module.compile()
    rest = None if mean is None else np.clip(mean, RAREST, 1 - RAREST)
    return OperatorKernel(
        module,
        operator_settings(settings),
        shape,
        temperatures,
        device,
        pathwise=study.train.objective == "pathwise",
        hold=settings.sigma_is == "held" and study.walk.destruction == "model",
        anchor=study.train.anchor,
        rest=rest,
        precision=getattr(torch, optimiser.precision),
    )


def operator_settings(block: Operator) -> OperatorSettings:
    """Return the part of a study's operator block that the mathematics needs."""
    return OperatorSettings(
        block.law, block.output, block.alpha, block.sigma, block.noise_in, block.stay
    )


def training_temperatures(walk: WalkBlock) -> np.ndarray:
    """Return the different temperatures of training walks, increasing: the levels."""
    if walk.steps is not None:
        return np.unique(geometric(walk.t_max, walk.steps))
    return heating(0, walk.t_max, walk.factor)


def make_module(settings: Operator, shape: Shape, data: str, levels: int) -> torch.nn.Module:
    """Return the torch module that a study asks for."""
    heads = 2 if settings.sigma_is == "learned" else 1
    zero = settings.output != "direct"
    if settings.kind == "mlp":
        told, waves = settings.told, settings.waves
        return MLP(shape, settings.widths, settings.norm, levels, heads, zero, told, waves)
    if settings.kind == "paper_conv":
        plain = data.removeprefix("fashion_").removesuffix("_sample")
        table = next((name for name in TABLES if name == plain), None)
        if table is None or TABLES[table].shape != shape:
            problem = f"'paper_conv' is not allowed with {data} {shape}; the paper has"
            known = ", ".join(f"{name} {layers.shape}" for name, layers in TABLES.items())
            raise UserError(f"operator.kind: {problem} {known}")
        return PaperConv(table, settings.norm, levels, heads, zero)
    smallest = 2 ** (len(settings.widths) - 1)
    if shape[1] % smallest or shape[2] % smallest:
        problem = f"{len(settings.widths)} resolutions are not allowed; {shape[1]} x {shape[2]}"
        raise UserError(f"operator.widths: {problem} pixels cannot be halved so often")
    return UNet(shape, settings.widths, settings.blocks, settings.norm, levels, heads, zero)
