"""Walks in one compiled call have the bits of half-steps that are taken one by one."""

import numba
import numpy as np
import pytest
from oracle import NETWORKS
from scipy.sparse import csr_array

from asynet.network import Network, Population, Projection
from asynet.network.kernels import make_kernel
from asynet.network.kernels.numba_kernel import cores
from asynet.network.kernels.numba_walk import ABREAST
from asynet.network.kernels.spike_sums import tabulated
from asynet.walkback import blocks as in_blocks
from asynet.walkback.walk import Chains, Clamp, HalfStep, blocks, half_steps, walk

TEMPERATURES = np.array([1.0, 1.0, 0.7, 2.5, 2.5, 1.3, 40.0, 1.0])


def large(order, listed, alpha, seed):
    """Two of three populations are larger than a tile of random numbers, and than a vector."""
    rng, names = np.random.default_rng(seed), "abc"
    size = dict(zip(names, (150, 9, 70), strict=True))
    projections = []
    for post, pre in (pair for pair in ("ab", "ba", "ac", "ca", "cb", "aa", "bc")):
        weights = rng.normal(0, 0.3, (size[post], size[pre]))
        if listed and post != "b":
            shape = size[post], size[pre]
            dense = np.where(rng.random(shape) < 0.2, weights, 0)
            weights = csr_array(dense)
        projections.append(Projection(pre, post, weights))
    some, rest = ({n: rng.normal(0, 1, size[n]) for n in names} for _ in range(2))
    populations = tuple(Population(n, size[n]) for n in names)
    return Network(populations, tuple(projections), order, alpha, some, rest)


CASES = {
    **NETWORKS,
    "groups": large((("c",), ("a",), ("b",)), False, 1.0, 1),
    "groups, listed": large((("b",), ("c",), ("a",)), True, 0.6, 2),
    "at once": large((("a", "b", "c"),), False, 0.8, 3),
    "two at once, listed": large((("b", "c"), ("a",)), True, 1.0, 4),
}


def inputs(what, network, rows):
    """Return the clamp and the drive of a walk."""
    rng, n = np.random.default_rng(5), network.size
    neurons = rng.random(n) < 0.4
    neurons[network.columns(network.populations[0].name)] = what != "still"
    spikes = rng.integers(0, 2, (20, n)).astype(float)
    each = rng.integers(0, 2, (20, rows, n)).astype(float)
    current, currents = rng.normal(0, 2, n), rng.normal(0, 2, (20, rows, n))

    def changing(step):
        state = (None, spikes[step], each[step])[step % 3]
        return Clamp(np.roll(neurons, step), state)

    return {
        "free": (None, None),
        "still": (Clamp(neurons), None),
        "set": (Clamp(neurons, spikes[0]), current),
        "set each": (Clamp(neurons, each[0]), lambda step: currents[step]),
        "changing": (changing, lambda step: current if step % 2 else currents[step]),
        "driven": (None, np.broadcast_to(current, (rows, n))),
    }[what]


@pytest.mark.parametrize("rows", [1, 3, 16])
@pytest.mark.parametrize("what", ["free", "still", "set", "set each", "changing", "driven"])
@pytest.mark.parametrize("kind", CASES)
def test_a_walk_in_one_call_has_the_bits_of_its_half_steps(kind, what, rows, monkeypatch):
    monkeypatch.setattr(in_blocks, "MOST_STEPS_AT_ONCE", 5)  # so that there are two blocks
    network = CASES[kind]
    start = np.random.default_rng(1).integers(0, 2, (rows, network.size)).astype(np.float32)
    clamp, drive = inputs(what, network, rows)
    chains = Chains(2**63 + 5, np.arange(rows) * 2**40 + 3)
    threads = min(2, cores()) if rows == 3 else 1
    kernel, slow = make_kernel("numba", network, threads=threads), make_kernel("reference", network)
    arguments = start, TEMPERATURES, chains, 7
    halves = list(half_steps(slow, *arguments, clamp=clamp, drive=drive))
    found = list(blocks(kernel, *arguments, clamp=clamp, drive=drive, keep=True))
    assert [len(block.temperatures) for block in found] == [5, 3]
    np.testing.assert_array_equal(found[-1].after, halves[-1].after)
    np.testing.assert_array_equal(found[1].before, found[0].after)
    end = walk(kernel, *arguments, clamp=clamp, drive=drive)
    np.testing.assert_array_equal(end, halves[-1].after)
    for population in network.populations:
        bits = np.concatenate([block.bits(population.name) for block in found])
        states = np.unpackbits(bits, axis=2, count=population.size, bitorder="little")
        for half, kept in zip(halves, states, strict=True):
            if population.name in half.group:
                expected = half.after[:, network.columns(population.name)]
            elif half is halves[0]:
                expected = start[:, network.columns(population.name)]
            np.testing.assert_array_equal(kept, expected)


@pytest.mark.parametrize("threads", [1, 2])
def test_threads_share_chains(threads, monkeypatch):
    if threads > cores():
        pytest.skip("needs two cores")
    used = []
    set_threads = numba.set_num_threads
    monkeypatch.setattr(numba, "set_num_threads", lambda n: (used.append(n), set_threads(n)))
    network = CASES["groups"]
    kernel, chains = make_kernel("numba", network, threads=threads), Chains(1, np.arange(7))
    start = np.zeros((7, network.size), np.float32)
    end = walk(kernel, start, np.ones(50), chains)
    assert used[-1] == threads
    one = [walk(kernel, start[:1], np.ones(50), Chains(1, np.array([c])))[0] for c in range(7)]
    np.testing.assert_array_equal(end, one)


def test_a_walk_in_blocks_leaves_its_start_as_it_was_and_may_end_at_once():
    network = CASES["groups"]
    kernel, chains = make_kernel("numba", network), Chains(1, np.arange(2))
    start = np.zeros((2, network.size), np.float32)
    end = walk(kernel, start, np.ones(3), chains)
    assert end.any()
    assert not start.any()
    np.testing.assert_array_equal(walk(kernel, start, [], chains), start)


@pytest.mark.parametrize("kind", ["groups", "at once", "groups, listed"])
@pytest.mark.parametrize("what", ["free", "set each"])
def test_many_chains_whose_sums_are_tabulated_have_the_bits_of_their_half_steps(kind, what):
    network, rows = CASES[kind], ABREAST + 44  # in two parts
    start = np.random.default_rng(1).integers(0, 2, (rows, network.size)).astype(np.float32)
    assert tabulated(start[ABREAST:, network.columns("b")])
    clamp, drive = inputs(what, network, rows)
    arguments = start, TEMPERATURES[:4], Chains(3, np.arange(rows))
    end = walk(make_kernel("numba", network, threads=1), *arguments, clamp=clamp, drive=drive)
    slow = make_kernel("reference", network)
    *_, last = half_steps(slow, *arguments, clamp=clamp, drive=drive)
    np.testing.assert_array_equal(end, last.after)


def test_analogue_neurons_and_the_reference_take_half_steps():
    network = CASES["groups"]
    analogue = Network((Population("a", 3, "gaussian", 1.0),), ())
    slow = make_kernel("numba", analogue)
    assert blocks(slow, np.zeros((1, 3)), [1.0], Chains(1, np.arange(1))) is None
    other = make_kernel("reference", network)
    assert blocks(other, np.zeros((1, network.size)), [1.0], Chains(1, np.arange(1))) is None


def test_what_a_function_of_the_step_gives_is_refused_as_before():
    network = CASES["groups"]
    kernel, chains = make_kernel("numba", network), Chains(1, np.arange(2))
    start = np.zeros((2, network.size), np.float32)
    with pytest.raises(ValueError, match=r"drive at step 2: 64\.0"):
        walk(kernel, start, np.ones(3), chains, drive=lambda t: np.full(network.size, 32.0 * t))
    with pytest.raises(ValueError, match="clamp at step 1"):
        walk(kernel, start, np.ones(3), chains, clamp=lambda t: np.ones(network.size, bool))
    with pytest.raises(ValueError, match="fire: step"):
        walk(kernel, start, np.ones(3), chains, steps_done=2**32 // 3)


class Watch:
    """Counts blocks, and half-steps that it was shown by themselves."""

    def __init__(self):
        self.found, self.halves = [], 0

    def __call__(self, half):
        assert isinstance(half, HalfStep)
        self.halves += 1

    def block(self, block):
        self.found.append(block.packed.shape)


def test_observers_of_blocks_are_given_blocks_where_all_can_take_them():
    network, one = CASES["groups"], Watch()
    kernel, chains = make_kernel("numba", network), Chains(1, np.arange(2))
    start = np.zeros((2, network.size), np.float32)
    walk(kernel, start, np.ones(4), chains, observe=[one])
    assert one.found == [(12, 2, 19 + 2 + 9)]
    assert one.halves == 0
    for observe, clamp in (([one, lambda half: None], None), ([one], Clamp(start[0] > 0, start))):
        one.halves = 0
        walk(kernel, start, np.ones(4), chains, observe=observe, clamp=clamp)
        assert one.halves == 12
    assert len(one.found) == 1
