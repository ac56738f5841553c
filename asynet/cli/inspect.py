"""The command `asynet inspect`."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from asynet.cli.mistakes import mistakes_in_one_line
from asynet.types import RecordedPhase

if TYPE_CHECKING:
    from asynet.record.trajectory import Trajectory


def inspect(
    file: Annotated[Path, typer.Argument(help="A run's trajectory.h5.", metavar="FILE.h5")],
) -> None:
    """Show what a trajectory holds: populations, recorded walks, snapshots of weights.

    Works also while the run is going on.
    \f
    In Python, see `trajectory.Trajectory`.
    """
    with mistakes_in_one_line():
        from asynet.record.trajectory import Trajectory

        with Trajectory(file) as trajectory:
            typer.echo("\n".join(_contents(trajectory)))


def _contents(trajectory: "Trajectory") -> Iterator[str]:
    for name, value in trajectory.attributes.items():
        yield f"{name}: {value}"
    yield "populations:"
    for population in trajectory.populations:
        of = "" if population.size == population.n_total else f" of {population.n_total}"
        yield f"  {population.name}: {population.size}{of} {population.law} neurons"
    yield f"walks: {len(trajectory.walks)}"
    for phase in get_args(RecordedPhase):
        walks = [walk for walk in trajectory.walks if walk.phase == phase]
        if walks:
            times = f"{_span([walk.n_steps for walk in walks])} half-steps"
            chains = f"{_span([len(walk.chains) for walk in walks])} chains"
            when = f"after {_span([walk.step for walk in walks])} training walks"
            yield f"  {phase}: {len(walks)} of {times}, {chains}, {when}"
    if not all(walk.ended for walk in trajectory.walks):
        yield "  the last one is not finished"
    steps, whole = trajectory.weight_steps(), trajectory.attributes.get("weights") == "all"
    yield f"snapshots of weights: {len(steps)}"
    if steps:
        yield f"  after {_span(steps)} training walks"
        for name in trajectory.weight_names():
            shape = " x ".join(str(n) for n in trajectory.weight(name, steps[-1]).shape)
            listed = trajectory.synapses(name) is not None
            kind = "" if not listed else " synapses, listed" if whole else " of its synapses"
            yield f"  {name}: {shape}{kind}"


def _span(numbers: list[int]) -> str:
    low, high = min(numbers), max(numbers)
    return str(low) if low == high else f"{low} to {high}"
