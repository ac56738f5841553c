"""The command `asynet irreversibility`."""

from pathlib import Path
from typing import Annotated

import typer

from asynet.cli.mistakes import mistakes_in_one_line
from asynet.cli.plugin import Plugins


def irreversibility(
    file: Annotated[Path, typer.Argument(help="A run's trajectory.h5.", metavar="FILE.h5")],
    walk: Annotated[
        int | None, typer.Option(help="Number of the walk; by default the last free run.")
    ] = None,
    burn_in: Annotated[
        int, typer.Option(min=0, help="Number of first steps to leave out of the measurement.")
    ] = 50,
    plugin: Plugins = None,
) -> None:
    """Measure the entropy production of a recorded free run, in nats a step.

    Needs little memory, however long the walk is. Errors account for autocorrelation.
    \f
    In Python, see `recorded.measure_recorded`.
    """
    with mistakes_in_one_line():
        from asynet.analysis.recorded import measure_recorded
        from asynet.numerics.estimates import measured

        found = measure_recorded(file, walk, burn_in)
        flow, shape = found.dissipation, (found.dissipation.steps, len(found.walk.chains))
        typer.echo(
            f"walk {found.walk.index}: {shape[0]:,} steps, {shape[1]} chains, weights after "
            f"{found.weights_step:,} training walks"
        )
        for name, mean in (
            ("entropy production, log-ratio", flow.log_ratio),
            ("entropy production, identity", flow.identity),
            ("forward entropy", flow.forward_entropy),
        ):
            value, error = measured(mean.value, mean.stderr)
            independent = f"{mean.n / mean.inefficiency:,.0f} independent values"
            typer.echo(f"{name}: {value} ± {error} nats a step ({independent})")
        typer.echo(f"ratio (Goyal et al. 2017, Appendix H): {100 * flow.ratio:.3g} %")
