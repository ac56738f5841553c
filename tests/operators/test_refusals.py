"""Nonsense in, one line out: which argument, which value, what is allowed."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from linear import Linear
from nonsense import NONSENSE, answers_or_refuses

from asynet.operators.blocks import from_blocks, to_blocks
from asynet.operators.contract import OperatorSettings
from asynet.operators.held_noise import WithSpread
from asynet.operators.kernel import OperatorKernel
from asynet.operators.law import Law
from asynet.operators.layers import Normalise
from asynet.operators.learning import AdamSettings
from asynet.operators.mlp import MLP, Waves
from asynet.operators.paper_conv import PaperConv
from asynet.operators.unet import UNet

MODULE, SHAPE = Linear(np.eye(4)), (1, 2, 2)
LEVELS = np.array([1.0, 2.0])


def kernel(settings=OperatorSettings(), shape=SHAPE, temperatures=LEVELS, **named):  # noqa: B008
    return OperatorKernel(MODULE, settings, shape, temperatures, **named)


OF_ONE = {
    "settings: law": OperatorSettings,
    "settings: output": lambda x: OperatorSettings(output=x),
    "settings: alpha": lambda x: OperatorSettings(alpha=x),
    "settings: sigma": lambda x: OperatorSettings(sigma=x),
    "settings: noise_in": lambda x: OperatorSettings(noise_in=x),
    "settings: stay": lambda x: OperatorSettings(stay=x),
    "adam: beta_1": lambda x: AdamSettings(beta_1=x),
    "adam: clip": lambda x: AdamSettings(clip=x),
    "adam: average": lambda x: AdamSettings(average=x),
    "adam: precision": lambda x: AdamSettings(precision=x),
    "adam: online": lambda x: AdamSettings(online=x),
    "kernel: shape": lambda x: kernel(shape=x),
    "kernel: temperatures": lambda x: kernel(temperatures=x),
    "kernel: anchor": lambda x: kernel(anchor=x),
    "kernel: chunk": lambda x: kernel(chunk=x),
    "kernel: rest": lambda x: kernel(rest=x),
    "kernel: temperature": lambda x: kernel().law(torch.zeros(3, 4), x),
    "normalise: kind": lambda x: Normalise(x, 3),
    "normalise: channels": lambda x: Normalise("group", x),
    "waves": lambda x: Waves(3, x),
    "mlp: shape": lambda x: MLP(x, (3,), "none", 1, 1, False),
    "mlp: widths": lambda x: MLP(SHAPE, x, "none", 1, 1, False),
    "mlp: norm": lambda x: MLP(SHAPE, (3,), x, 1, 1, False),
    "mlp: heads": lambda x: MLP(SHAPE, (3,), "none", 1, x, False),
    "unet: shape": lambda x: UNet(x, (3,), 1, "none", 1, 1, False),
    "unet: widths": lambda x: UNet(SHAPE, x, 1, "none", 1, 1, False),
    "unet: blocks": lambda x: UNet(SHAPE, (3,), x, "none", 1, 1, False),
    "paper: table": lambda x: PaperConv(x, "none", 1, 1, False),
    "spread: shape": lambda x: WithSpread(MODULE, x, True),
}


@pytest.mark.parametrize("name", OF_ONE)
@settings(max_examples=40)
@given(value=NONSENSE)
def test_one_argument(name, value):
    answers_or_refuses(OF_ONE[name], value)


WRONG = [
    (lambda: OperatorSettings(law="poisson"), "law: 'poisson' .*gaussian|law: 'poisson' .*bern"),
    (lambda: OperatorSettings(alpha=1.5), "alpha: 1.5 is not allowed"),
    (lambda: AdamSettings(beta_2=1.0), "beta_2: 1.0 is not allowed"),
    (lambda: kernel(temperatures=[1.0, -2.0]), "temperatures: -2.0 .* above 0"),
    (lambda: kernel(rest=np.ones(4)), "rest: .* between 0 and 1"),
    (lambda: kernel(rest=np.ones(3) / 2), r"rest: .*must be .*\(4,\)"),
    (lambda: kernel(hold=True), "hold: .*WithSpread"),
    (lambda: kernel(OperatorSettings("bernoulli", "direct"), pathwise=True), "pathwise: .*bits"),
    (lambda: kernel().evaluate(torch.zeros(2, 3), 1.0), r"state: .*\(2, 3\).*\(B, 4\)"),
    (lambda: kernel().law(torch.zeros(2, 4), 0.0), "temperature: 0.0 is not allowed"),
    (lambda: to_blocks(torch.zeros(1, 3, 8, 6)), r"images: .*\(1, 3, 8, 6\).*multiples of 4"),
    (lambda: from_blocks(torch.zeros(1, 3, 2, 2)), r"coordinates: .*\(1, 3, 2, 2\)"),
    (lambda: Law(torch.zeros(1, 2), None, 1.0).noise_to(torch.zeros(1, 2)), "bits"),
    (lambda: UNet((3, 6, 8), (4, 4, 4), 1, "none", 1, 1, False), "shape: .*halved 2 times"),
]


@pytest.mark.parametrize(("call", "message"), WRONG)
def test_the_line_says_what_is_wrong(call, message):
    with pytest.raises(ValueError, match=message):
        call()
