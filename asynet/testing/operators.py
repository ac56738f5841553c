"""The check of an operator."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from asynet.datasets.dataset import image_shape
from asynet.errors import UserError
from asynet.network.kernels.contract import Fire, Teach
from asynet.operators.contract import OperatorSettings
from asynet.operators.kernel import OperatorKernel
from asynet.operators.own import OwnModule
from asynet.plugins import Part
from asynet.testing.part import part_of, require
from asynet.types import Law

TEMPERATURE = 2.0
SAMPLES = 4000
STATES = 4
STEP = 1e-6  # of the differences, in units of a parameter
MOST_ENUMERATED = 10  # bits whose states are all added up


def check_operator(
    operator: Callable[..., Any], shape: Sequence[int], *, law: Law = "gaussian", **options: Any
) -> None:
    """Check an operator: shapes, repeatability, gradient, and the law that it gives.

    The module is checked as it is used outside training, in `eval` mode, after its parameters were
    moved a little at random. Its gradient of ln p(s_{t-1} | s_t) is compared with differences in
    float64, along one random direction for each parameter. The law must have the entropy that its
    4,000 samples show, within 5 standard errors (false alarms: below 1e-6).

    Parameters
    ----------
    operator : callable
        A function with the decorator `plugins.operator`.
    shape : sequence of int
        Shape of one example. Small ones are checked faster.
    law : {"gaussian", "bernoulli"}
        Law of the next state.
    **options
        Options of the operator.

    Raises
    ------
    AssertionError
        One line, for the first thing that is wrong.
    """
    part = part_of(operator, "operators", options)
    try:
        kernel, other = (_kernel(part, tuple(shape), law, options) for _ in range(2))
        states = _states(law, STATES, kernel.network.size)
        _check_repeats(part.name, kernel, other, states)
        _check_gradient(part.name, kernel, law)
        _check_law(part.name, kernel, states[:1])
    except (ValueError, RuntimeError, UserError) as error:
        raise AssertionError(f"{part.name}: {' '.join(str(error).split())}") from error


def _kernel(
    part: Part, shape: tuple[int, ...], law: Law, options: dict[str, Any]
) -> OperatorKernel:
    """Return the operator with weights of a fixed seed, moved so that none of them is 0."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(1)
        module = part(shape, **options)
        require(isinstance(module, torch.nn.Module), part.name, f"gives no module: {module!r}")
        for parameter in module.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    settings = OperatorSettings(law, output="direct", sigma=0.5)
    own = OwnModule(module.eval(), shape)
    return OperatorKernel(own, settings, image_shape(shape), [1.0, TEMPERATURE, 4.0])


def _states(law: Law, count: int, size: int) -> Tensor:
    drawn = torch.from_numpy(np.random.default_rng(1).standard_normal((count, size))).float()
    return drawn if law == "gaussian" else (drawn > 0).float()


def _check_repeats(
    name: str, kernel: OperatorKernel, other: OperatorKernel, states: Tensor
) -> None:
    with torch.no_grad():
        f, f_sigma = kernel.evaluate(states, TEMPERATURE)
        for which, values in (("F_mu", f), ("F_sigma", f_sigma)):
            finite = values is None or values.isfinite().all()
            require(finite, name, f"{which} is not finite")
        again, _ = kernel.evaluate(states, TEMPERATURE)
        require(torch.equal(f, again), name, "the same state gives another F the second time")
        twin, _ = other.evaluate(states, TEMPERATURE)
        require(torch.equal(f, twin), name, "torch's seed alone does not decide its weights")
        alone = torch.cat(
            [kernel.evaluate(state, TEMPERATURE)[0] for state in torch.split(states, 1)]
        )
    off = (f - alone).abs().max().item()
    near = off <= 1e-4 * (1 + f.abs().max().item())
    require(near, name, f"F of a state depends on the other states of the batch, by {off:.2g}")


def _check_gradient(name: str, kernel: OperatorKernel, law: Law) -> None:
    module = kernel.module.double()
    first, target = torch.split(_states(law, 2 * STATES, kernel.network.size).double(), STATES)
    kernel.learning = True

    def objective() -> Tensor:
        found = kernel.respond("image", first, teach=Teach(TEMPERATURE, target)).objective
        assert found is not None, "a kernel that is learning has one"
        total: Tensor = found.sum()
        return total

    parameters = [(key, p) for key, p in module.named_parameters() if p.requires_grad]
    require(parameters, name, "its module has no parameters to learn")
    total = objective()
    require(total.requires_grad, name, "no gradient reaches any parameter")
    gradients = torch.autograd.grad(total, [p for _, p in parameters], allow_unused=True)
    rng = np.random.default_rng(2)
    for (key, parameter), gradient in zip(parameters, gradients, strict=True):
        direction = torch.from_numpy(rng.standard_normal(tuple(parameter.shape)))
        slope = 0.0 if gradient is None else float((gradient * direction).sum())
        with torch.no_grad():
            parameter.add_(STEP * direction)
            above = objective().item()
            parameter.sub_(2 * STEP * direction)
            below = objective().item()
            parameter.add_(STEP * direction)
        differences = (above - below) / (2 * STEP)
        near = abs(slope - differences) <= 1e-4 * (1 + abs(slope) + abs(differences))
        said = f"gradient along a direction of {key.removeprefix('module.')} is {slope:.6g}"
        require(near, name, f"{said}; differences give {differences:.6g}")
    kernel.learning = False
    module.float()


def _check_law(name: str, kernel: OperatorKernel, state: Tensor) -> None:
    """Check that samples of the law have its entropy, and that few bits have probabilities of 1."""
    law = kernel.law(state.expand(SAMPLES, -1), TEMPERATURE)
    if law.std is None:
        x = law.a[0].double() / TEMPERATURE
        entropy = float((torch.nn.functional.softplus(x) - x * torch.sigmoid(x)).sum())
    else:
        entropy = float((law.std[0].double().log() + math.log(2 * math.pi * math.e) / 2).sum())
    chains = np.arange(SAMPLES)
    log_p = law.log_prob(law.sample(Fire(TEMPERATURE, 1, chains, 0)))
    mean, error = -log_p.mean().item(), log_p.std().item() / SAMPLES**0.5
    near = abs(mean - entropy) <= 5 * error + 1e-4 * (1 + abs(entropy))
    said = f"samples have -ln p of {mean:.4g} +- {error:.2g} nats"
    require(near, name, f"{said}; the law's entropy is {entropy:.4g}")
    size = kernel.network.size
    if law.std is None and size <= MOST_ENUMERATED:
        states = (torch.arange(2**size)[:, None] >> torch.arange(size) & 1).float()
        whole = kernel.law(state.expand(len(states), -1), TEMPERATURE).log_prob(states)
        sum_ = whole.exp().sum().item()
        require(abs(sum_ - 1) < 1e-4, name, f"probabilities of all states add up to {sum_:.6g}")
