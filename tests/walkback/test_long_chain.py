"""Long chains: their noise is the law's, and they take no memory that grows with their steps."""

import tracemalloc

import numpy as np
import pytest
from linear import linear_kernel
from tiny import write_mnist
from typer.testing import CliRunner

from asynet.cli.app import app
from asynet.run.run import run_study
from asynet.study.file import read_study
from asynet.walkback.long_chain import long_chains, looks_at
from asynet.walkback.walk import Chains, walk


def test_when_chains_are_looked_at():
    assert looks_at(1) == [1]
    assert looks_at(10) == [1, 3, 10]
    assert looks_at(5000) == [1, 3, 10, 30, 100, 300, 1000, 3000, 5000]


def test_the_noise_of_a_linear_walk_is_sigma_and_it_walks_as_any_other():
    """2 values of 4,000 chains: within 4 standard errors of sigma, 1 / sqrt(2 n) of it (1e-4)."""
    a, sigma, n = np.array([[0.9, 0.2], [-0.1, 0.5]]), 0.3, 4000
    kernel, chains = linear_kernel(a, sigma), Chains(1, np.arange(n))
    start = kernel.tensor(np.zeros((n, 2)))
    looks = list(long_chains(kernel, start, 12, chains, 2))
    assert [look.steps for look in looks] == [1, 3, 10, 12]
    for look in looks:
        assert abs(look.noise / sigma - 1) < 4 / np.sqrt(2 * 2 * n)
        expected = kernel.array(walk(kernel, start, np.ones(look.steps), chains))
        np.testing.assert_array_equal(look.states, expected)
        assert look.away == pytest.approx(np.sqrt((expected**2).mean()))
    assert looks[0].moved == looks[0].away


def test_a_frozen_chain_has_no_noise():
    kernel = linear_kernel(np.eye(2), 1e-12)
    start = kernel.tensor(np.ones((5, 2)))
    (*_, last) = long_chains(kernel, start, 30, Chains(1, np.arange(5)), 2)
    assert last.noise < 1e-9
    assert last.moved < 1e-9


@pytest.mark.slow
def test_memory_does_not_grow_with_the_steps():
    """The peak of 3,000 steps is that of 30, to within a few looks' states."""
    kernel = linear_kernel(0.5 * np.eye(2), 0.1)

    def peak(steps):
        tracemalloc.start()
        for look in long_chains(kernel, kernel.tensor(np.zeros((500, 2))), steps, CHAINS, 2):
            assert look.steps <= steps
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(3)
    assert peak(3000) < peak(30) + 50_000  # 3,000 states would be 12 MB


CHAINS = Chains(1, np.arange(500))


def test_the_command_prints_the_noise_and_draws_film_strips(tmp_path):
    study = read_study(write_mnist(tmp_path), ["evaluate.judge=false", "train.epochs=1"])
    run = run_study(study, tmp_path / "run").parent
    result = CliRunner().invoke(app, ["sample", str(run), "--n", "3", "--chain", "20"])
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert [line.split()[0] for line in lines[1:5]] == ["1", "3", "10", "20"]
    assert all(0 < float(line.split()[1]) < 0.5 for line in lines[1:5])  # at most that of a coin
    with np.load(run / "chains.npz", allow_pickle=False) as arrays:
        assert arrays["states"].shape == (4, 3, 784)
        assert arrays["steps"].tolist() == [1, 3, 10, 20]
    assert (run / "chains.png").read_bytes().startswith(b"\x89PNG")
    result = CliRunner().invoke(app, ["sample", str(run), "--chain", "20", "--clamp", "top"])
    assert result.exit_code == 2
    assert "--chain: is not allowed with --clamp" in result.output
