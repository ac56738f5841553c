"""The example is short, stands alone, and computes what the engine and the enumeration compute."""

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from oracle import all_states, number_of, oracle_of, random_network
from tiny import write_mnist

from asynet.network.afferents import Plasticity
from asynet.network.kernels import make_kernel
from asynet.numerics import philox
from asynet.walkback.heat import heat, learn
from asynet.walkback.likelihood import evaluate_bound
from asynet.walkback.prior import Prior
from asynet.walkback.walk import Chains, infer_hidden

ROOT = Path(__file__).parents[2]
PATH = ROOT / "examples" / "walkback_in_80_lines.py"
TEMPERATURES = [1.0, 1.0, 1.5, 2.25]
SIZES = 5, 3


def load():
    spec = importlib.util.spec_from_file_location(PATH.stem, PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


example = load()


class Uniforms:
    """The uniforms that the engine draws in a walk, in the example's order of asking."""

    def __init__(self, chains, steps):
        visible, hidden = (0, SIZES[0]), SIZES
        places = [(0, *hidden)]  # of half-step, first neuron, number of neurons
        for step in range(steps):
            places += [(2 * step + 1, *visible), (2 * step + 2, *hidden)]
        self.drawn = [philox.uniforms(chains.seed, chains.indices, *place) for place in places]

    def random(self, shape, dtype):
        uniforms = self.drawn.pop(0)
        assert (uniforms.shape, uniforms.dtype) == (shape, dtype)
        return uniforms


def networks():
    """Return one network twice: as the engine knows it, and as the example does.

    The example's neurons feel s - m, so that its biases are those of the engine plus W m.
    """
    network = random_network(SIZES, (("b",), ("a",)), ["ab", "ba"], seed=11)
    means = {"v": np.array([0.25, 0.5, 0.75]), "h": np.linspace(0.125, 0.625, SIZES[0])}
    net = {}
    for name, (post, pre, other) in {"v": ("a", "b", "h"), "h": ("b", "a", "v")}.items():
        W = network.projection(post, pre).weights.astype(np.float32)
        m = means[name].astype(np.float32)
        b = (network.bias[post] + W @ m).astype(np.float32)
        r = network.rest[post].astype(np.float32)
        net[name] = example.Group(other=other, W=W, b=b, r=r, m=m)
    return network, net


def digits(n):
    return np.random.default_rng(3).integers(0, 2, (n, SIZES[0])).astype(np.float32)


def test_it_has_80_lines_and_stands_alone():
    source = PATH.read_text()
    assert len(source.splitlines()) <= 80
    imported = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            imported |= {name.name.partition(".")[0] for name in node.names}
        if isinstance(node, ast.ImportFrom):
            imported.add(node.module.partition(".")[0])
    assert imported - set(sys.stdlib_module_names) == {"numpy", "matplotlib"}


def test_it_fires_and_learns_as_the_engine_does():
    """Fed the engine's uniforms, a walk has the same spikes and ends with the same parameters.

    The engine rounds weights and errors to multiples of 2^-16; a walk has four updates a group.
    """
    network, net = networks()
    v, lr, chains = digits(40), 0.5, Chains(7, np.arange(40))
    kernel = make_kernel("reference", network)
    for name, group in {"a": "v", "b": "h"}.items():
        kernel.afferents[name].mean[:] = net[group].m
    before = {name: net[name].W.copy() for name in net}
    state, _ = infer_hidden(kernel, v, chains)
    for moment in heat(kernel, state, TEMPERATURES, chains):
        # Times T: the example weighs each step's log-likelihood by its temperature.
        learn(kernel, moment.lesson, lr * moment.lesson.temperature, Plasticity(0.0, True), 1.0)
        end = moment.heated.after
    v_K, _ = example.heat(net, v, TEMPERATURES, Uniforms(chains, len(TEMPERATURES)), lr)
    np.testing.assert_array_equal(v_K, end[:, : SIZES[0]])
    assert (v_K != v).any()
    for name, group in {"a": "v", "b": "h"}.items():
        onto, own = kernel.afferents[name], net[group]
        np.testing.assert_allclose(own.W, onto.weights.T, rtol=0, atol=1e-4)
        np.testing.assert_allclose(own.b - own.W @ own.m, onto.bias, rtol=0, atol=1e-4)
        assert np.abs(own.W - before[group]).max() > 0.05


def test_one_update_is_the_gradient_of_the_log_probability():
    """By differences of ln p(v_0 | h_0) at T = 1, in float64, one weight and one bias at a time."""
    _, net = networks()
    v, chains, lr = digits(20), Chains(5, np.arange(20)), 1.0
    uniforms = Uniforms(chains, 1)
    h = uniforms.drawn[0] < example.fire(net, "h", {"v": v}, 1, Uniforms(chains, 1))[1]
    s = h - net["v"].m.astype(np.float64)
    W, b = net["v"].W.astype(np.float64), net["v"].b.astype(np.float64)

    def mean_log_prob(W, b):
        return example.log_prob(v, s @ W.T + b).mean()

    example.heat(net, v, [1.0], uniforms, lr)
    for i, j in np.ndindex(W.shape):
        d = np.zeros(W.shape)
        d[i, j] = 1e-5
        slope = (mean_log_prob(W + d, b) - mean_log_prob(W - d, b)) / 2e-5
        assert net["v"].W[i, j] - W[i, j] == pytest.approx(slope, abs=1e-6)
    for i in range(len(b)):
        d = np.zeros(len(b))
        d[i] = 1e-5
        slope = (mean_log_prob(W, b + d) - mean_log_prob(W, b - d)) / 2e-5
        assert net["v"].b[i] - b[i] == pytest.approx(slope, abs=1e-6)


def test_every_walk_is_weighed_as_the_engine_does():
    network, net = networks()
    v, chains = digits(30), Chains(2, 100 + np.arange(30))
    rates = np.linspace(0.3, 0.8, SIZES[0])
    prior = Prior(rates, rates * (1 - rates), np.ones(SIZES[0], bool))
    kernel = make_kernel("reference", network)
    found = evaluate_bound(kernel, prior, v, np.array(TEMPERATURES), 1, chains).log_weights[0]
    v_K, bound = example.heat(net, v, TEMPERATURES, Uniforms(chains, len(TEMPERATURES)))
    bound = bound + example.log_prob(v_K, np.log(rates / (1 - rates)))
    np.testing.assert_allclose(bound, found, rtol=0, atol=1e-4)


def test_its_bound_is_one():
    """4,000 walks from one x: the enumerated expectation, below ln p(x), within 5 standard errors.

    A false alarm has probability below 1e-6.
    """
    network, net = networks()
    oracle, rates = oracle_of(network), np.linspace(0.3, 0.8, SIZES[0])
    x = np.array([1, 0, 0, 1, 1], np.float32)
    ln_p = oracle.log_likelihood(rates, TEMPERATURES)[number_of(x[None])[0]]
    expected = oracle.expected(x, rates, TEMPERATURES).bound
    assert expected < ln_p - 0.01
    rng = np.random.default_rng(4)
    v_K, bound = example.heat(net, np.tile(x, (4000, 1)), TEMPERATURES, rng)
    bound = bound + example.log_prob(v_K, np.log(rates / (1 - rates)))
    error = bound.std() / np.sqrt(4000)
    assert error < 0.1
    assert abs(bound.mean() - expected) < 5 * error


def test_logits_and_log_probabilities_by_hand():
    states = np.array([[1, 0], [1, 1], [0, 0], [1, 0]], np.float32)
    np.testing.assert_allclose(example.logits(states), np.log([3.5 / 1.5, 1.5 / 3.5]), rtol=1e-6)
    assert np.exp(example.log_prob(all_states(3), np.array([0.5, -2.0, 1.0]))).sum() == (
        pytest.approx(1)
    )


def test_it_prints_its_numbers_and_draws_digits(tmp_path):
    write_mnist(tmp_path)
    arguments = [f"data={tmp_path / 'mnist.npz'}", f"png={tmp_path / 'digits.png'}"]
    arguments += ["hidden=5", "walks=8", "examples=20", "seed=2"]
    command = [sys.executable, "-W", "error", PATH, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    bound, baseline = done.stdout.splitlines()
    for line, name in ((bound, "bound"), (baseline, "baseline")):
        assert line.startswith(f"{name}: -")
        assert line.endswith(" nats")
        value, error = (float(x) for x in line.split(": ")[1].removesuffix(" nats").split(" ± "))
        assert -784 < value < 0
        assert 0 < error < 100
    assert (tmp_path / "digits.png").read_bytes().startswith(b"\x89PNG")
