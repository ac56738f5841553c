"""The generator: published answers, its layout, and independence of everything but coordinates."""

import numpy as np
import pytest

from asynet.numerics import compiled_philox, philox
from asynet.numerics.philox import key_words, uniforms

PI = [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344]
ONES = 0xFFFFFFFF
# Known answers that Random123 publishes for philox4x32-10: counter, key, result.
KNOWN = [
    ([0, 0, 0, 0], (0, 0), [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
    ([ONES] * 4, (ONES, ONES), [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
    (PI, (0xA4093822, 0x299F31D0), [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1]),
]


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_known_answers(counter, key, answer):
    assert philox.philox(np.array(counter, np.uint32), key).tolist() == answer


def test_counters_of_any_shape_are_independent():
    counters = np.array([known[0] for known in KNOWN], np.uint32).reshape(3, 1, 4)
    together = philox.philox(counters, (5, 6))
    assert together.shape == (3, 1, 4)
    for counter, block in zip(counters[:, 0], together[:, 0], strict=True):
        np.testing.assert_array_equal(philox.philox(counter, (5, 6)), block)


def by_hand(seed, chain, step, neuron, stream):
    """One uniform in Python integers, from the layout in philox's docstring."""
    block = 16 * (neuron // 64) + neuron % 16
    x = [block, step, chain % 2**32, chain >> 32 | stream << 24]
    k = [seed % 2**32, seed >> 32]
    for _ in range(10):
        p, q = 0xD2511F53 * x[0], 0xCD9E8D57 * x[2]
        x = [q >> 32 ^ x[1] ^ k[0], q % 2**32, p >> 32 ^ x[3] ^ k[1], p % 2**32]
        k = [(k[0] + 0x9E3779B9) % 2**32, (k[1] + 0xBB67AE85) % 2**32]
    return (x[neuron % 64 // 16] >> 8) * 2.0**-24


@pytest.mark.parametrize("seed", [0, 1, 2**32, 2**63 - 1])
def test_every_coordinate_counts_as_the_layout_says(seed):
    chains = np.array([0, 3, 2**32 - 1, 2**32, 2**50 + 7, 2**56 - 1])
    for step, stream in [(0, 0), (1, 3), (2**31 + 5, 1)]:
        drawn = uniforms(seed, chains, step, 10, 130, stream)
        assert drawn.dtype == np.float32
        for row, chain in enumerate(chains.tolist()):
            for neuron in (10, 15, 16, 63, 64, 65, 127, 128, 139):
                expected = by_hand(seed, chain, step, neuron, stream)
                assert drawn[row, neuron - 10] == expected


def test_they_are_multiples_of_their_resolution_below_one():
    drawn = uniforms(1, np.arange(200), 1, 0, 1000).astype(np.float64)
    assert drawn.min() >= 0
    assert drawn.max() < 1
    assert (drawn * 2**24 % 1 == 0).all()


def test_a_chain_does_not_depend_on_the_others():
    chains = np.array([7, 2**40 + 1, 0, 12, 2**33])
    whole = uniforms(3, chains, 9, 0, 100)
    for split in (1, 2, 3):
        parts = [uniforms(3, chains[:split], 9, 0, 100), uniforms(3, chains[split:], 9, 0, 100)]
        np.testing.assert_array_equal(np.concatenate(parts), whole)
    order = np.array([4, 2, 0, 1, 3])
    np.testing.assert_array_equal(uniforms(3, chains[order], 9, 0, 100), whole[order])


@pytest.mark.parametrize(("first", "size"), [(0, 1), (5, 60), (63, 2), (64, 64), (130, 170)])
def test_a_neuron_does_not_depend_on_the_range(first, size):
    whole = uniforms(3, np.arange(4), 2, 0, 300)
    np.testing.assert_array_equal(
        uniforms(3, np.arange(4), 2, first, size), whole[:, first : first + size]
    )


def test_seeds_chains_steps_and_streams_do_not_share_numbers():
    """64 of 2**24 values in each of 47 draws: 3,008 numbers, of which chance repeats about 0.27.

    A shared draw repeats 64; more than 8 repeats by chance have probability below 1e-10.
    """
    draws = [uniforms(1, np.array([0]), 0, 0, 64)]
    draws += [uniforms(1 + 2**k, np.array([0]), 0, 0, 64) for k in range(1, 63, 6)]
    draws += [uniforms(1, np.array([2**k]), 0, 0, 64) for k in range(0, 56, 4)]
    draws += [uniforms(1, np.array([0]), 2**k, 0, 64) for k in range(0, 32, 2)]
    draws += [uniforms(1, np.array([0]), 0, 0, 64, stream) for stream in (1, 2, 3)]
    draws += [uniforms(1, np.array([0]), 0, 64 * 2**k, 64) for k in (0, 10)]
    values = np.concatenate([d[0] for d in draws])
    assert len(values) == 64 * 47
    assert len(values) - len(np.unique(values)) <= 8


def test_streams_have_different_numbers():
    names = ("NEURONS", "NOISE", "DATA", "START")
    assert len({getattr(philox, f"STREAM_{name}") for name in names}) == 4


def test_a_seed_fills_both_words_of_the_key():
    assert key_words(2**63 - 2**32 + 5) == (5, 2**31 - 1)


def test_moments_and_correlations():
    """n = 2**20 draws; each number within 5 standard errors, all seven below 1e-5 together."""
    u = uniforms(11, np.arange(1024), 4, 0, 1024).astype(np.float64)
    later = uniforms(11, np.arange(1024), 5, 0, 1024).astype(np.float64)
    root = np.sqrt(u.size)
    assert abs(u.mean() - 0.5) < 5 * np.sqrt(1 / 12) / root
    # The variance of (u - 1/2)^2 is 1/80 - 1/144.
    assert abs(((u - 0.5) ** 2).mean() - 1 / 12) < 5 * np.sqrt(1 / 80 - 1 / 144) / root
    pairs = {
        "neurons": (u[:, :-1], u[:, 1:]),
        "words": (u[:, :-16], u[:, 16:]),
        "tiles": (u[:, :-64], u[:, 64:]),
        "chains": (u[:-1], u[1:]),
        "steps": (u, later),
    }
    for name, (x, y) in pairs.items():
        correlation = 12 * ((x - 0.5) * (y - 0.5)).mean()
        assert abs(correlation) < 5 / np.sqrt(x.size), name


def test_uniform_over_bins():
    """n = 2**20 draws in 256 bins: chi-square(255) above 379 has probability below 1e-6."""
    u = uniforms(12, np.arange(1024), 1, 0, 1024)
    counts = np.bincount((u * 256).astype(int).ravel(), minlength=256)
    assert ((counts - 4096) ** 2 / 4096).sum() < 379


@pytest.mark.parametrize(("first", "size"), [(0, 1), (5, 60), (63, 2), (64, 64), (130, 170)])
@pytest.mark.parametrize("stream", [0, 2, 3, 255])
def test_the_compiled_loop_gives_the_same_bits(first, size, stream):
    chains = np.array([0, 3, 2**31, 2**32 + 7, 2**56 - 1])
    for seed, step in ((0, 0), (2**64 - 1, 2**32 - 1), (5 + 2**40, 9)):
        where = seed, chains, step, first, size, stream
        np.testing.assert_array_equal(compiled_philox.uniforms(*where), uniforms(*where))
