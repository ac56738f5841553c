"""From a study's operator block to an operator with initial weights."""

import numpy as np
import torch

from asynet import plugins, processes
from asynet.datasets import Dataset, image_shape
from asynet.errors import UserError
from asynet.numerics.checks import shown
from asynet.operators.codes import WithCodes
from asynet.operators.contract import Hot, OperatorSettings, Shape
from asynet.operators.held_noise import WithSpread
from asynet.operators.kernel import OperatorKernel
from asynet.operators.mlp import MLP
from asynet.operators.own import OwnModule
from asynet.operators.paper_conv import TABLES, PaperConv
from asynet.operators.shared import SharedOperator
from asynet.operators.sigmas import WithSigmas
from asynet.operators.unet import UNet
from asynet.study.operator import Operator
from asynet.study.parts import part_named
from asynet.study.study import Study
from asynet.study.walk import WalkBlock
from asynet.types import Array
from asynet.walkback.schedules import geometric, heating

RAREST = 1e-3  # of the rates that values are drawn from: no value of an image is certain


def build_operator(
    study: Study,
    dataset: Dataset,
    device: str,
    mean: Array | None = None,
    own: torch.nn.Module | None = None,
) -> OperatorKernel:
    """Return a study's operator with weights drawn from its seed.

    Parameters
    ----------
    study : Study
        The study, which has an operator block.
    dataset : Dataset
        The examples from which it walks; its name chooses the paper's table.
    device : str
        cpu or cuda.
    mean : array, shape (D,), optional
        Mean of the training examples, to which values relax at high temperature; None: 1/2.
    own : torch.nn.Module, optional
        The module of an operator whose kind is `own`, with the weights that it has.

    Returns
    -------
    OperatorKernel
        The operator, on the device.

    Raises
    ------
    UserError
        One line, where the operator does not suit the data, or its module is missing.
    """
    settings, temperatures = study.operator, training_temperatures(study.walk)
    shape, data = image_shape(dataset.shape), dataset.name
    assert settings is not None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(study.seed)
        if settings.kind == "own":
            module = _own(own, dataset.shape)
        elif (part := part_named("operators", settings.kind)) is not None:
            module = _of_plugin(part, settings, dataset.shape)
        else:
            module = make_module(settings, shape, data, len(temperatures))
        if settings.codes:
            encoder = make_encoder(settings, shape, len(temperatures))
        if settings.sigma_is == "held":
            module = WithSpread(module, shape, settings.noise_in == "blocks")
    if settings.sigma_is == "per_temperature":
        module = WithSigmas(module, len(temperatures))
    if settings.codes:
        module = WithCodes(module, encoder, settings.codes)
    optimiser = study.optimiser
    if optimiser.compile and device.startswith("cuda"):
        module.compile()
        if settings.codes:
            encoder.compile()
    rest = None if mean is None else np.clip(mean, RAREST, 1 - RAREST)
    kind = SharedOperator if processes.count() > 1 else OperatorKernel
    return kind(
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


def _own(module: torch.nn.Module | None, shape: tuple[int, ...]) -> torch.nn.Module:
    if module is None:
        problem = "own is not allowed here; its module lives in Python"
        raise UserError(f"operator.kind: {problem}: asynet.open_run(RUN, module=...)")
    return OwnModule(module, shape)


def _of_plugin(part: plugins.Part, block: Operator, shape: tuple[int, ...]) -> torch.nn.Module:
    """Return the module that a plugin makes, once it gives what the study asks it for."""
    made = part(shape, **block.options)
    if not isinstance(made, torch.nn.Module):
        raise UserError(f"operator.kind: {part.name} gives {shown(made)}; must be a torch module")
    module = OwnModule(made, shape)
    try:
        with torch.no_grad():
            states = torch.zeros(2, *image_shape(shape))
            _, sigma = module.eval()(states, Hot(1.0, 0, block.sigma))
    except (ValueError, RuntimeError) as error:
        said = " ".join(str(error).split())
        raise UserError(f"operator.kind: {part.name} fails on shape {shape}: {said}") from error
    if (sigma is not None) != (block.sigma_is == "learned"):
        gives = "gives no F_sigma" if sigma is None else "gives F_sigma"
        only = "except" if sigma is None else "only"
        problem = f"{block.sigma_is} is not allowed; {part.name} {gives}, which goes {only}"
        raise UserError(f"operator.sigma_is: {problem} with learned")
    return module.train()


def operator_settings(block: Operator) -> OperatorSettings:
    """Return the part of a study's operator block that the operator itself needs.

    Parameters
    ----------
    block : Operator
        The operator block.
    """
    return OperatorSettings(
        block.law, block.output, block.alpha, block.sigma, block.noise_in, block.stay
    )


def training_temperatures(walk: WalkBlock) -> np.ndarray:
    """Return the different temperatures of training walks, in increasing order.

    Parameters
    ----------
    walk : WalkBlock
        The walk block of a study. The place of a temperature among them is its level.
    """
    if walk.steps is not None:
        return np.unique(geometric(walk.t_max, walk.steps))
    return heating(0, walk.t_max, walk.factor)


def make_module(settings: Operator, shape: Shape, data: str, levels: int) -> torch.nn.Module:
    """Return the torch module that a study asks for.

    Parameters
    ----------
    settings : Operator
        The operator block of a study.
    shape : tuple of int
        Channels, height and width of an example.
    data : str
        Name of the data set, which chooses the paper's table.
    levels : int
        Number of different training temperatures.

    Raises
    ------
    UserError
        One line, if the kind of module does not suit the shape.

    References
    ----------
    Goyal et al. 2017, Tables 2 to 5, for `paper_conv`.
    """
    heads = 2 if settings.sigma_is == "learned" else 1
    zero = settings.output != "direct"
    if settings.kind == "mlp":
        told, waves, codes = settings.told, settings.waves, settings.codes
        return MLP(shape, settings.widths, settings.norm, levels, heads, zero, told, waves, codes)
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


def make_encoder(settings: Operator, shape: Shape, levels: int) -> torch.nn.Module:
    """Return the torch module that gives the code of an image.

    Parameters
    ----------
    settings : Operator
        The operator block of a study, with codes.
    shape : tuple of int
        Channels, height and width of an example.
    levels : int
        Number of different training temperatures.
    """
    widths = settings.code_widths
    return MLP(shape, widths, settings.norm, levels, 1, False, settings.told, out=settings.codes)
