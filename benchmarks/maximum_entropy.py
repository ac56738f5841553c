"""How much of the entropy production does the maximum entropy bound find, of how many neurons?

    python -m benchmarks.maximum_entropy [RUN] [--out docs/maximum_entropy.png]

Synthetic networks are those of `benchmarks.estimators`, of up to 600 neurons. With a RUN, its
trained network too, all of its neurons and 600 of them. Both populations of a trained network are
updated at once here: two alternating chains then run side by side, so that a step is a half-step
of each group. Its entropy production, known from the weights, is that of the alternating network.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from asynet.api.runs import open_run
from asynet.network import Network
from asynet.network.kernels import make_kernel
from asynet.numerics.estimates import Estimate
from asynet.report.figures.style import ASYMMETRY, GREY, GROUPS, INK, SMALL, new_figure, styled
from asynet.thermodynamics.couplings import couplings_of
from asynet.thermodynamics.exact.markov import exact_irreversibility
from asynet.thermodynamics.from_states.maximum_entropy import maximum_entropy_bound
from asynet.thermodynamics.from_states.transitions import transitions, without_arrow
from asynet.thermodynamics.meter import Meter
from asynet.types import Array
from asynet.walkback.walk import Chains, walk
from benchmarks.estimators import random_network

SIZES, LENGTHS = (5, 10, 50, 200, 600), (1000, 10_000)
CHAINS, BURN_IN, FEW = 100, 50, 600
EXACT_STEPS = 200


@dataclass(frozen=True)
class Row:
    """The bound of one network: how many neurons were seen, pairs, truth, bound, its control."""

    of: str
    seen: int
    length: int
    exact: float
    bound: Estimate
    control: float
    seconds: float


def simulate(network: Network, length: int, start: Array) -> tuple[Array, Array, Array]:
    """Return `length` pairs of states after burn-in, and the last states of the chains."""
    kernel, chains = make_kernel("numba", network), Chains(1, np.arange(len(start)))
    state = walk(kernel, kernel.tensor(start), np.ones(BURN_IN), chains)
    rows = [kernel.array(state).astype(np.uint8)]
    observe = [lambda half: rows.append(kernel.array(half.after).astype(np.uint8))]
    steps = max(length // len(start), 1)
    state = walk(kernel, state, np.ones(steps), chains, steps_done=BURN_IN, observe=observe)
    return *transitions(np.stack(rows)), kernel.array(state)


def exact_value(network: Network, state: Array) -> float:
    """Return the entropy production, nats a step: enumerated, or by the weights."""
    if network.size <= 10:
        return exact_irreversibility(couplings_of(network)).entropy_production
    kernel, meter = make_kernel("numba", network), Meter(couplings_of(network))
    chains = Chains(99, np.arange(len(state)))
    walk(kernel, kernel.tensor(state), np.ones(EXACT_STEPS), chains, observe=[meter])
    return meter.result().identity.value


def row_of(of: str, pairs: tuple[Array, Array], exact: float) -> Row:
    """Return the bound of pairs of states, beside that of copies without an arrow of time."""
    began = time.perf_counter()
    bound = maximum_entropy_bound(*pairs)
    seconds = time.perf_counter() - began
    control = maximum_entropy_bound(*without_arrow(*pairs, 100, 1)).value
    found = Row(of, pairs[0].shape[1], len(pairs[0]), exact, bound, control, seconds)
    print(line(found), flush=True)
    return found


def synthetic(sizes: Sequence[int], lengths: Sequence[int]) -> list[Row]:
    """Measure random networks, all of whose neurons are seen."""
    rows = []
    for n in sizes:
        network = random_network(n)
        before, after, state = simulate(network, max(lengths), np.zeros((CHAINS, n)))
        exact = exact_value(network, state)
        rows += [row_of("synthetic", (before[:m], after[:m]), exact) for m in lengths]
    return rows


def trained(path: Path, lengths: Sequence[int], few: int = FEW) -> list[Row]:
    """Measure the network of a run, all of its neurons and some of them, evenly spaced."""
    run = open_run(path)
    at_once = replace(run.network, order=(tuple(p.name for p in run.network.populations),))
    visible = run.sample(CHAINS).reshape(CHAINS, -1)
    start = np.hstack([visible, np.zeros((CHAINS, at_once.size - visible.shape[1]))])
    before, after, state = simulate(at_once, max(lengths), start)
    exact, rows = exact_value(at_once, state), []
    some = np.linspace(0, at_once.size - 1, min(few, at_once.size)).round().astype(int)
    for columns in (some, np.arange(at_once.size)):
        for m in lengths:
            rows.append(row_of("trained", (before[:m, columns], after[:m, columns]), exact))
    return rows


def line(row: Row) -> str:
    """Return a row of the table."""
    return (
        f"{row.of:10} {row.seen:5} neurons, {row.length:7,} pairs, exact {row.exact:8.3f}: bound "
        f"{row.bound.value:7.3f} ± {row.bound.stderr:.3f}, control {row.control:.3f}, "
        f"{row.bound.value / row.exact:.1%}, {row.seconds:.1f} s"
    )


@styled
def draw(rows: Sequence[Row]) -> Figure:
    """Draw bound over exact value, and both values, against the number of neurons."""
    figure = new_figure(4.4)
    share, nats = figure.subplots(2, 1, sharex=True)
    lengths = sorted({row.length for row in rows})
    for k, length in enumerate(lengths):
        for of, mark in (("synthetic", "o"), ("trained", "D")):
            mine = [row for row in rows if (row.of, row.length) == (of, length)]
            x = [row.seen for row in mine]
            colour = GROUPS[k] if of == "synthetic" else ASYMMETRY
            y = np.array([row.bound.value for row in mine])
            exact = np.array([row.exact for row in mine])
            error = np.array([row.bound.stderr or 0.0 for row in mine])
            style = "-" if k else "--"
            share.errorbar(x, y / exact, error / exact, marker=mark, color=colour, ls=style, ms=4)
            label = f"{of}, {length:,} pairs"
            nats.errorbar(x, y, error, marker=mark, color=colour, ls=style, ms=4, label=label)
    known = sorted({(row.seen, row.exact) for row in rows if row.of == "synthetic"})
    nats.plot(*np.array(known).T, color=INK, linewidth=1, label="exact, synthetic")
    for axes in (share, nats):
        axes.axhline(0, color=GREY, linewidth=0.7)
        axes.set_xscale("log")
    share.axhline(1, color=INK, linewidth=0.9)
    share.set(ylabel="bound over exact")
    nats.set_yscale("symlog", linthresh=0.1)
    nats.set(xlabel="neurons seen", ylabel="nats a step")
    nats.set_ylim(-0.05, 2e3)
    nats.legend(fontsize=SMALL - 1, loc="center", bbox_to_anchor=(0.42, 0.27), ncols=2)
    return figure


def main(
    out: Path,
    run: Path | None = None,
    sizes: Sequence[int] = SIZES,
    lengths: Sequence[int] = LENGTHS,
) -> None:
    """Measure, print and draw."""
    rows = [] if run is None else trained(run, lengths)
    rows += synthetic(sizes, lengths)
    draw(rows).savefig(out)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, nargs="?")
    parser.add_argument("--out", type=Path, default=Path("docs/maximum_entropy.png"))
    parser.add_argument("--lengths", type=int, nargs="+", default=LENGTHS)
    given = parser.parse_args()
    main(given.out, given.run, lengths=given.lengths)
