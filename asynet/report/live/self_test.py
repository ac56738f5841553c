"""What the page tests itself with: 1,000 steps, and a checksum of asynet's state after each."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from asynet.network.kernels import make_kernel
from asynet.network.network import Network
from asynet.report.live.content import LiveRun
from asynet.report.live.pack import packed, packed_bits
from asynet.types import Array
from asynet.walkback.prior import Prior
from asynet.walkback.walk import Chains, Clamp, HalfStep, walk

STEPS = 1000
LEAST = 10  # steps of a part


@dataclass(frozen=True)
class Part:
    """Steps of the self-test that follow each other.

    Parameters
    ----------
    snapshot : int
        Whose weights they have.
    temperatures : array, shape (n,)
        One for each step.
    held : array of bool, shape (N,)
        Neurons that keep their state.
    """

    snapshot: int
    temperatures: Array
    held: Array


def parts_of(run: LiveRun) -> list[Part]:
    """Return the parts: a dream, free steps, every snapshot, heating, half a picture held.

    Parameters
    ----------
    run : LiveRun
        What the page shows. At most half of the steps heat and cool.
    """
    size, last = run.network.size, len(run.snapshots) - 1
    free = np.zeros(size, bool)
    half = np.arange(size) < run.network.populations[0].size // 2
    cooling = run.cooling[-STEPS // 8 :]
    parts = [Part(last, cooling, free), Part(last, np.ones(20 * LEAST), free)]
    parts += [Part(k, np.ones(LEAST), free) for k in range(last)]
    parts += [
        Part(last, cooling[::-1], free),
        Part(last, np.full(LEAST, cooling[0]), free),
        Part(last, cooling, half),
        Part(last, np.ones(10 * LEAST), half),
    ]
    done = sum(len(part.temperatures) for part in parts)
    return [*parts, Part(last, np.ones(STEPS - done), free)]


def checksums(run: LiveRun, networks: Sequence[Network], parts: Sequence[Part]) -> Array:
    """Return the CRC-32 of the first dream's state after each step, (steps,) uint32.

    Of a state, eight neurons are a byte, the first one its lowest bit.

    Parameters
    ----------
    run : LiveRun
        What the page shows.
    networks : sequence of Network
        The network of each snapshot, with the weights that are in the page.
    parts : sequence of Part
        What is simulated.
    """
    chains = Chains(run.seed, np.array([run.first_chain]))
    kernels = [make_kernel("numba", network, threads=1) for network in networks]
    found: list[int] = []
    groups = len(run.network.order)

    def watch(half: HalfStep) -> None:
        if half.index % groups == 0:
            bits = np.packbits(half.after[0] > 0, bitorder="little")
            found.append(zlib.crc32(bits.tobytes()))

    state = np.zeros((1, run.network.size), np.float32)
    state[:, : len(run.rates)] = first_state(run)
    for part in parts:
        clamp = Clamp(part.held)
        kernel, done = kernels[part.snapshot], len(found)
        state = walk(kernel, state, part.temperatures, chains, done, clamp, observe=[watch])
    return np.array(found, np.uint32)


def first_state(run: LiveRun) -> Array:
    """Return the state from which the first dream starts, (n,), of the neurons p* covers.

    Parameters
    ----------
    run : LiveRun
        What the page shows.
    """
    prior = Prior(run.rates, np.ones(len(run.rates)), np.ones(len(run.rates), bool))
    drawn: Array = prior.sample(Chains(run.seed, np.array([run.first_chain])))[0]
    return drawn


def self_test(run: LiveRun, networks: Sequence[Network]) -> dict[str, Any]:
    """Return the self-test as the page reads it.

    Parameters
    ----------
    run : LiveRun
        What the page shows, with the run's own weights.
    networks : sequence of Network
        The network of each snapshot, with the weights that are in the page.

    Returns
    -------
    dict
        The parts, the checksums, and `own`: the number of the first step after which the run's own
        weights give another state than those of the page; None if they never do.
    """
    parts = parts_of(run)
    expected = checksums(run, networks, parts)
    own = None
    if any(a is not b.network for a, b in zip(networks, run.snapshots, strict=True)):
        unrounded = checksums(run, [one.network for one in run.snapshots], parts)
        differ = np.flatnonzero(unrounded != expected)
        own = int(differ[0]) + 1 if len(differ) else None
    return _described(parts, expected, own)


def as_large(run: LiveRun) -> dict[str, Any]:
    """Return what takes as much room in a page as the self-test of a run.

    Parameters
    ----------
    run : LiveRun
        What the page shows.
    """
    any_sums = np.random.default_rng(0).integers(0, 2**32, STEPS, np.uint32)
    return _described(parts_of(run), any_sums, STEPS)


def _described(parts: Sequence[Part], expected: Array, own: int | None) -> dict[str, Any]:
    described = [
        {
            "snapshot": part.snapshot,
            "temperatures": packed(part.temperatures, "<f8"),
            "held": packed_bits(part.held),
        }
        for part in parts
    ]
    return {"parts": described, "checksums": packed(expected, "<u4"), "own": own}
