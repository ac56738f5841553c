"""Draw the figures of a run on points in the plane."""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from matplotlib.figure import Figure

from asynet import report
from asynet.operators.kernel import OperatorKernel
from asynet.record.trajectory import Trajectory
from asynet.report.figures.field import Panel, grid_of
from asynet.run.results import Results
from asynet.run.trainer import Trainer
from asynet.types import RecordedPhase

MOST_WALKS = 4  # in a panel
MOST_STEPS = 60  # of a free run
PHASES = get_args(RecordedPhase)


def draw_points(
    trainer: Trainer, results: Results, trajectory: Path
) -> Iterator[tuple[str, Figure]]:
    """Yield samples and chains, and walks over an operator's drift. See `draw.draw_run`."""
    others = {} if results.samples is None else {"cooled": results.samples}
    others |= {f"T = 1, {steps:,} steps": s for steps, s in results.chain_frames.items()}
    if others:
        data = trainer.dataset.train[: max(len(s) for s in others.values())]
        yield "points", report.points({"data": data} | others)
    if isinstance(trainer.dynamics, OperatorKernel):
        panels = _panels(trainer, trainer.dynamics, trajectory)
        data = trainer.dataset.train[:1000]
        if panels:
            yield "field", report.walks_in_field(data, grid_of(data), panels)


def _panels(trainer: Trainer, kernel: OperatorKernel, trajectory: Path) -> list[Panel]:
    """Return the last recorded walk of each phase, and the drift half-way to its hottest step.

    With codes there is a drift for each code, and nothing is drawn.
    """
    if len(kernel.network.populations) > 1:
        return []
    panels, grid = [], grid_of(trainer.dataset.train[:1000])
    (population,) = kernel.network.populations
    with Trajectory(trajectory) as recorded:
        if any(p.size != p.n_total for p in recorded.populations):
            return []
        for phase in PHASES:
            walks = [w for w in recorded.walks if w.phase == phase]
            if not walks:
                continue
            states = recorded.states(walks[-1].index, population.name)[: MOST_STEPS + 1]
            hottest = float(recorded.temperatures(walks[-1].index).max())
            law = kernel.law(kernel.tensor(grid), hottest**0.5)
            assert law.std is not None, "points in the plane are Gaussian"
            panels.append(
                Panel(
                    phase,
                    f"{phase}: T = {hottest**0.5:.0f}",
                    states[:, :MOST_WALKS],
                    kernel.array(law.a) - grid,
                    float(law.std.mean()),
                )
            )
    return panels
