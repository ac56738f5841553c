"""How far can estimators of irreversibility be trusted that see spikes alone?

    python -m benchmarks.estimators [--out docs/estimators.png]

Synchronous networks of random asymmetric weights, whose entropy production is known: enumerated up
to ten neurons, beyond from a long run with the weights known. Prints mean and spread of each
estimator over the exact value, and draws them; hollow marks are where it warns of its regime.
"""

import argparse
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from asynet.network import Network, Population, Projection
from asynet.network.kernels import make_kernel
from asynet.report.figures.style import GREY, GROUPS, INK, SMALL, new_figure, styled
from asynet.thermodynamics.couplings import couplings_of
from asynet.thermodynamics.exact.markov import exact_irreversibility
from asynet.thermodynamics.from_states.kinetic_ising import kinetic_ising_estimate
from asynet.thermodynamics.from_states.neep import neep
from asynet.thermodynamics.from_states.pairwise import decompose
from asynet.thermodynamics.from_states.transitions import (
    RegimeWarning,
    extrapolated,
    plug_in,
    transitions,
)
from asynet.thermodynamics.from_states.uncertainty import uncertainty_bound
from asynet.thermodynamics.meter import Meter
from asynet.types import Array
from asynet.walkback.walk import Chains, walk

SIZES, LENGTHS = (3, 5, 10, 20, 50), (10**3, 10**4, 10**5, 10**6)
CHAINS, GAIN = 100, 2.0
REPEATS = {10**3: 4, 10**4: 4, 10**5: 3, 10**6: 1}


def pairs_of_four(before: Array, after: Array) -> float:
    """Return what pairs among the first four neurons (or all of three) account for."""
    return float(decompose(before[:, :4], after[:, :4])[:2].sum())


ESTIMATORS: dict[str, Callable[[Array, Array], float]] = {
    "plug-in, extrapolated": lambda x, y: extrapolated(plug_in, x, y),
    "pairs among four neurons (Lynn)": pairs_of_four,
    "uncertainty bound (TUR)": uncertainty_bound,
    "neural bound (NEEP)": lambda x, y: neep(x, y, steps=200, batch=2048).bound,
    "kinetic Ising, identity": kinetic_ising_estimate,
}


@dataclass(frozen=True)
class Row:
    """One estimator on one network: values over exact, (repeats,); warned: of its regime."""

    estimator: str
    size: int
    length: int
    exact: float
    values: Array
    warned: bool
    seconds: float


def random_network(n: int, seed: int = 1) -> Network:
    """Return spins of +-1 with couplings N(0, GAIN^2 / (4 n)), as neurons of 0 and 1."""
    w = np.random.default_rng([n, seed]).normal(0, 2 * GAIN / np.sqrt(n), (n, n))
    np.fill_diagonal(w, 0)
    bias = {"a": -w.sum(axis=1) / 2}
    return Network((Population("a", n),), (Projection("a", "a", w),), (("a",),), bias=bias)


def simulate(network: Network, length: int, seed: int) -> tuple[Array, Array]:
    """Return `length` pairs of states of 100 chains, after 50 steps of burn-in."""
    kernel, chains = make_kernel("numba", network), Chains(seed, np.arange(CHAINS))
    state = walk(kernel, kernel.tensor(np.zeros((CHAINS, network.size))), np.ones(50), chains)
    rows = [state.astype(np.uint8)]
    observe = [lambda half: rows.append(half.after.astype(np.uint8))]
    walk(kernel, state, np.ones(length // CHAINS), chains, steps_done=50, observe=observe)
    return transitions(np.stack(rows))


def exact_value(network: Network) -> float:
    """Return the entropy production, nats a step; of more than ten neurons to about 0.3 %."""
    if network.size <= 10:
        return exact_irreversibility(couplings_of(network)).entropy_production
    kernel, chains = make_kernel("numba", network), Chains(99, np.arange(CHAINS))
    state = walk(kernel, kernel.tensor(np.zeros((CHAINS, network.size))), np.ones(50), chains)
    meter = Meter(couplings_of(network))
    walk(kernel, state, np.ones(1000), chains, steps_done=50, observe=[meter])
    return meter.result().identity.value


def measure(sizes: Sequence[int], lengths: Sequence[int], repeats: int | None = None) -> list[Row]:
    """Run every estimator on every network and length."""
    rows = []
    for n in sizes:
        network = random_network(n)
        exact = exact_value(network)
        for length in lengths:
            times = repeats or REPEATS[length]
            data = [simulate(network, length, seed) for seed in range(1, times + 1)]
            for name, estimate in ESTIMATORS.items():
                began = time.perf_counter()
                with warnings.catch_warnings(record=True) as seen:
                    warnings.simplefilter("always", RegimeWarning)
                    values = np.array([estimate(*pairs) for pairs in data]) / exact
                seconds = (time.perf_counter() - began) / times
                rows.append(Row(name, n, length, exact, values, bool(seen), seconds))
                print(line(rows[-1]), flush=True)
    return rows


def line(row: Row) -> str:
    """Return a row of the table."""
    spread = f"± {row.values.std(ddof=1):.3f}" if len(row.values) > 1 else ""
    mark = "  (warns)" if row.warned else ""
    return (
        f"{row.estimator:32} N = {row.size:2}, {row.length:9,} pairs, exact {row.exact:7.3f}: "
        f"{row.values.mean():7.3f} {spread:8} of it, {row.seconds:5.1f} s{mark}"
    )


@styled
def draw(rows: Sequence[Row]) -> Figure:
    """Draw estimate over exact value against the number of pairs, one panel an estimator."""
    names = list(dict.fromkeys(row.estimator for row in rows))
    sizes = sorted({row.size for row in rows})
    figure = new_figure(1.55 * len(names))
    panels = figure.subplots(len(names), 1, sharex=True, squeeze=False)[:, 0]
    for axes, name in zip(panels, names, strict=True):
        axes.axhline(1, color=INK, linewidth=0.9)
        axes.axhline(0, color=GREY, linewidth=0.7)
        for k, n in enumerate(sizes):
            mine = [row for row in rows if row.estimator == name and row.size == n]
            x = np.array([row.length for row in mine]) * 1.12 ** (k - len(sizes) / 2)
            y = np.array([row.values.mean() for row in mine])
            spread = np.array([row.values.std() for row in mine])
            axes.plot(x, y, color=GROUPS[k], linewidth=1)
            axes.errorbar(x, y, spread, fmt="none", ecolor=GROUPS[k], elinewidth=1)
            for at, height, row in zip(x, y, mine, strict=True):
                inside = "white" if row.warned else GROUPS[k]
                axes.plot(at, height, "o", ms=4.5, color=GROUPS[k], markerfacecolor=inside)
        axes.set_xscale("log")
        axes.set_ylim(-0.15, 1.4)
        axes.set_title(name)
    for k, n in enumerate(sizes):
        at = (0.08 + 0.19 * k, 0.4)
        text = f"N = {n}"
        panels[-1].annotate(text, at, xycoords="axes fraction", color=GROUPS[k], fontsize=SMALL)
    panels[-1].set_xlabel("pairs of states seen; estimate over exact value, hollow: warns")
    return figure


def main(
    out: Path, sizes: Sequence[int] = SIZES, lengths: Sequence[int] = LENGTHS, repeats: int = 0
) -> None:
    """Measure, print and draw."""
    draw(measure(sizes, lengths, repeats or None)).savefig(out)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("docs/estimators.png"))
    main(parser.parse_args().out)
