"""Triton's launches give the bits of the reference.

    python -m pytest tests/network/test_triton.py                     what is compiled
    TRITON_INTERPRET=1 python -m pytest tests/network/test_triton.py  what is computed

Both need Triton, which is not among the tested requirements: it takes 286 MB to download.
"""

import importlib
import importlib.util
import os
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import Phase, given, settings
from kernel_cases import CASES, DENSE, agree, make, network_of, random_states, use
from pretended_gpu import pretended_gpu

from asynet.network import Network, Population, Projection
from asynet.network.afferents import Plasticity
from asynet.network.kernels import Fire, Teach
from asynet.network.kernels.torch_kernel import TorchKernel
from asynet.network.layered import layered
from asynet.walkback.walk import Chains, Clamp, blocks

HERE = importlib.util.find_spec("triton") is not None
INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"
if not HERE:
    pytest.skip("no Triton here", allow_module_level=True)
torch_stretch = importlib.import_module("asynet.network.kernels.torch_stretch")
interpreted = pytest.mark.skipif(not INTERPRETED, reason="needs TRITON_INTERPRET=1")
SPIKING = CASES.filter(lambda case: "gaussian" not in case.laws)
SMALL = replace(DENSE, sizes=(30, 20), batch=5)


@interpreted
@settings(max_examples=12, phases=[Phase.generate])
@given(case=SPIKING)
def test_launches_give_the_bits_of_the_reference(case):
    case = replace(case, batch=min(case.batch, 9))
    network = network_of(case)
    kernel = make("torch", network)
    assert kernel._fused is not None
    agree(case, use(case, make("reference", network)), use(case, kernel), analogue=False)


@interpreted
def test_more_neurons_than_one_program_has_at_hand():
    case = replace(DENSE, sizes=(300, 20), batch=2, masked=True, signed=True)
    network = network_of(case)
    agree(case, use(case, make("reference", network)), use(case, make("torch", network)), False)


@interpreted
@pytest.mark.parametrize("plasticity", [Plasticity(), Plasticity(0.5, True, True)])
def test_other_ways_to_learn(plasticity):
    case = replace(SMALL, plasticity=plasticity, masked=True, fixed=True)
    for one in (case, replace(case, at_once=False)):
        network = network_of(one)
        expected, found = (use(one, make(name, network)) for name in ("reference", "torch"))
        agree(one, expected, found, analogue=False)


@interpreted
@pytest.mark.parametrize("shape", [(30,), (5, 30)])
def test_currents_and_targets_that_are_no_whole_arrays(shape):
    """A slice of the state is a target; one current for all chains, or one for each."""
    network = network_of(replace(SMALL, alpha=0.7))
    rng = np.random.default_rng(3)
    states, current = random_states(network, 5, rng), rng.normal(0, 2, shape)
    found = []
    for name in ("reference", "torch"):
        kernel = make(name, network)
        state, drive = kernel.tensor(states), kernel.tensor(np.flip(current).copy())
        past = kernel.tensor(states[::-1].copy())[:, network.columns("a")]
        fire = Fire(1.7, 2**63 + 5, rng.integers(2**55, 2**56, 5) * 0 + 2**55 + 3, 2**32 - 1)
        answer = kernel.respond("a", state, fire, Teach(2.5, past), True, drive)
        found.append([kernel.array(x) for x in (answer.sample, answer.error)])
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


@interpreted
def test_log_probabilities_are_those_of_the_torch_kernel():
    network = network_of(SMALL)
    states = random_states(network, 5, np.random.default_rng(4))

    def logs(kernel):
        state = kernel.tensor(states)
        teach, fire = Teach(0.3, state[:, :30]), Fire(1.5, 9, np.arange(5), 4)
        answer = kernel.respond("a", state, fire, teach, score=True)
        return torch.stack([answer.log_q, answer.log_p])

    fused, plain = make("torch", network), make("torch", network)
    plain._fused = None
    torch.testing.assert_close(logs(fused), logs(plain), rtol=1e-13, atol=0)


@interpreted
def test_no_drive_is_too_strong():
    """Rates of 0 and 1: exponents beyond 80 are cut off, and no number overflows."""
    weights = np.array([[60.0, -60.0, 0.0]])
    populations = Population("a", 3), Population("b", 1)
    network = Network(populations, (Projection("a", "b", weights),), (("b",), ("a",)))
    found = []
    for name in ("reference", "torch"):
        kernel = make(name, network)
        state = kernel.tensor(np.array([[1.0, 0, 0, 0], [0, 1.0, 0, 0]]))
        fire, teach = Fire(0.01, 1, np.arange(2), 1), Teach(0.01, state[:, 3:])
        answer = kernel.respond("b", state, fire, teach)
        found.append([kernel.array(x) for x in (answer.sample, answer.error)])
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)
    assert found[0][0].ravel().tolist() == [1, 0]


@interpreted
def test_launches_take_what_lies_on_the_gpu_alone(monkeypatch):
    case, network = SMALL, network_of(SMALL)
    expected = use(case, make("reference", network))
    with pretended_gpu(monkeypatch, triton=True):
        kernel = TorchKernel(network, "cuda")
        assert kernel._fused is not None
        agree(case, expected, use(case, kernel), analogue=False)


ORDER = (("b",), ("a",))
HEAT = np.array([1.0, 2.5, 0.7, 1.0, 40.0])


def walked(kernel, clamp=None, drive=None):
    """Return the states after each half-step of a walk in blocks, as bits, and its end."""
    start = kernel.tensor(random_states(kernel.network, 3, np.random.default_rng(1)))
    chains = Chains(2**63 + 5, np.arange(3) * 2**40 + 3)
    found = list(blocks(kernel, start, HEAT, chains, 7, clamp, drive, keep=True))
    return np.concatenate([block.packed for block in found]), kernel.array(found[-1].after)


def given(what, size):
    rng = np.random.default_rng(5)
    held, spikes = rng.random(size) < 0.4, rng.integers(0, 2, (3, size)).astype(float)
    currents = rng.normal(0, 2, (9, 3, size))
    return {
        "free": (None, None),
        "still": (Clamp(held), currents[0, 0]),
        "set": (Clamp(held, spikes), None),
        "changing": (
            lambda step: Clamp(np.roll(held, step), spikes[0] if step % 2 else None),
            lambda step: currents[step],
        ),
    }[what]


@interpreted
@pytest.mark.parametrize("what", ["free", "still", "set", "changing"])
@pytest.mark.parametrize("order", [ORDER, (("a", "b"),)])
def test_a_walk_in_blocks_has_the_bits_of_the_numba_kernel(what, order, monkeypatch):
    monkeypatch.setattr(torch_stretch, "MOST_HALF_STEPS", 4)  # so that a table is filled anew
    network = replace(network_of(replace(SMALL, alpha=0.7)), order=order)
    clamp, drive = given(what, network.size)
    found = [walked(make(name, network), clamp, drive) for name in ("numba", "torch")]
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


@interpreted
def test_a_walk_on_a_gpu_is_recorded_once_and_feels_what_is_learned(monkeypatch):
    monkeypatch.setattr(torch_stretch, "MOST_HALF_STEPS", 4)
    network = replace(network_of(SMALL), order=ORDER)

    def walks(kernel):
        first = walked(kernel)
        for onto in kernel.afferents.values():
            onto.weights[:] *= -0.5
            onto.bias[:] = 0.3
        kernel.upload()
        return [*first, *walked(kernel)]

    expected = walks(make("numba", network))
    with pretended_gpu(monkeypatch, triton=True):
        kernel = TorchKernel(network, "cuda")
        graphs, plain = [], torch.cuda.CUDAGraph
        monkeypatch.setattr(torch.cuda, "CUDAGraph", lambda: graphs.append(plain()) or graphs[-1])
        found = walks(kernel)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)
    (graph,) = graphs
    assert graph.replays == 2 * len(HEAT)
    assert (found[0] != found[2]).any()


class Launches(torch.utils._python_dispatch.TorchDispatchMode):
    """Counts operations that a GPU would have to start."""

    VIEWS = ("aten::slice", "aten::t", "aten::transpose", "aten::permute", "aten::view")
    EMPTY = ("aten::empty", "aten::new_empty", "aten::unbind", "aten::_local_scalar_dense")

    def __init__(self):
        super().__init__()
        self.names = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        if not function._schema.name.startswith(self.VIEWS + self.EMPTY):
            self.names.append(function._schema.name)
        return function(*args, **(kwargs or {}))


@interpreted
def test_a_half_step_is_few_launches(monkeypatch):
    """One product and one launch to answer; one product, one sum and one launch to learn."""
    network = layered(6, 4, seed=1)
    started = []
    for module in ("triton_answer", "triton_learn"):
        name = f"asynet.network.kernels.{module}.launch"
        monkeypatch.setattr(name, lambda kernel, *_: started.append(kernel))
    kernel = make("torch", network)
    state, error = kernel.tensor(np.ones((3, 10))), kernel.tensor(np.zeros((3, 6)))
    fire, teach = Fire(1.0, 1, np.arange(3), 1), Teach(1.0, state[:, :6])
    kernel.respond("visible", state, fire, teach)
    for act, most in (
        (lambda: kernel.respond("visible", state, fire, teach), ["aten::mm"]),
        (
            lambda: kernel.learn("visible", state, error, 0.1, Plasticity(centre=True)),
            ["aten::mm", "aten::sum"],
        ),
    ):
        started.clear()
        with Launches() as launches:
            act()
        copies = {"aten::lift_fresh", "aten::detach", "aten::_to_copy"}  # of the few numbers
        assert [name for name in launches.names if name not in copies] == most
        assert len(started) == 1


FLOATS, DOUBLES, WHOLE = "*fp32", "*fp64", "*i64"
ANSWER = [*[FLOATS] * 6, WHOLE, DOUBLES, WHOLE, FLOATS, FLOATS, DOUBLES, *["i32"] * 8]
FOLLOW = [FLOATS, FLOATS, DOUBLES, DOUBLES, "*i1", "*i8", "*u8", *[FLOATS] * 5, "i32", "i32"]


@pytest.mark.skipif(INTERPRETED, reason="interpreted kernels are not compiled")
@pytest.mark.parametrize("capability", [80, 90, 100])
@pytest.mark.parametrize(
    ("module", "name", "types", "flags"),
    [
        ("triton_answer", "_answer", ANSWER, (True, True, True, True, True, 256)),
        ("triton_answer", "_answer", ANSWER, (True, True, False, False, False, 256)),
        ("triton_learn", "_follow", FOLLOW, (True, True, True, 64, 16)),
        ("triton_learn", "_follow", FOLLOW, (False, False, False, 64, 16)),
    ],
)
def test_what_is_compiled_fuses_no_product_and_rounds_divisions(
    capability, module, name, types, flags
):
    """For GPUs since Ampere, with no GPU at hand: of float32, no fma, and division is IEEE's."""
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    kernel = getattr(importlib.import_module(f"asynet.network.kernels.{module}"), name)
    constants = dict(zip(kernel.arg_names[len(types) :], flags, strict=True))
    signature = dict(zip(kernel.arg_names, types, strict=False)) | dict.fromkeys(
        constants, "constexpr"
    )
    source = ASTSource(kernel, signature=signature, constexprs=constants)
    target = GPUTarget("cuda", capability, 32)
    compiled = triton.compile(source, target=target, options={"enable_fp_fusion": False})
    assert not re.findall(r"fma\S*\.f32", compiled.asm["ptx"])
    assert set(re.findall(r"div\S*\.f32", compiled.asm["ptx"])) <= {"div.rn.f32"}
    fused = triton.compile(source, target=target, options={"enable_fp_fusion": True})
    if name == "_answer":
        assert "div.rn.f32" in compiled.asm["ptx"]
    assert re.findall(r"fma\S*\.f32", fused.asm["ptx"])  # so that the option is what forbids it
