"""The command `asynet irreversibility`."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from asynet.cli.mistakes import mistakes_in_one_line
from asynet.cli.plugin import Plugins

if TYPE_CHECKING:
    from asynet.analysis.from_states import FromStates

BURN_IN = 50  # steps of a trajectory


def irreversibility(
    file: Annotated[
        Path,
        typer.Argument(
            help="A trajectory.h5; states (.npy, .npz); or spikes (.nwb, SONATA .h5, .npz, .csv, "
            ".parquet).",
            metavar="FILE",
        ),
    ],
    walk: Annotated[
        int | None,
        typer.Option(help="Number of the walk of a trajectory; by default the last free run."),
    ] = None,
    burn_in: Annotated[
        int | None,
        typer.Option(
            min=0,
            show_default=str(BURN_IN),
            help="Number of first steps of a trajectory to leave out of the measurement.",
        ),
    ] = None,
    bins: Annotated[
        str | None,
        typer.Option(help="Lengths of a bin for spike times, such as 2ms or 1ms,2ms,5ms."),
    ] = None,
    plugin: Plugins = None,
) -> None:
    """Measure the entropy production of a recording, in nats a step.

    A run's trajectory is measured by its weights, in constant memory. All else is measured by its
    states alone; what is printed says by which estimator and why, with a control.
    \f
    In Python, see `asynet.irreversibility`.
    """
    with mistakes_in_one_line():
        from asynet.analysis.from_trajectory import is_of_a_run, is_trajectory
        from asynet.errors import UserError

        file = file.expanduser()
        if not is_trajectory(file):
            for option, value in (("--walk", walk), ("--burn-in", burn_in)):
                if value is not None:
                    raise UserError(f"{option} {value}: is not used; {file} is no trajectory")
            _recording(file, bins)
            return
        if bins is not None:
            raise UserError(f"--bins {bins}: is not used; {file} holds states, not spike times")
        left_out = BURN_IN if burn_in is None else burn_in
        if is_of_a_run(file):
            _by_weights(file, walk, left_out)
        else:
            _by_states(file, walk, left_out)


def _by_weights(file: Path, walk: int | None, burn_in: int) -> None:
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


def _by_states(file: Path, walk: int | None, burn_in: int) -> None:
    from asynet.analysis.from_trajectory import from_trajectory

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = from_trajectory(file, walk, burn_in)
    _print(found, caught)


def _recording(file: Path, bins: str | None) -> None:
    from asynet.analysis.bin_widths import table_of, widths_of
    from asynet.analysis.from_states import from_recording

    widths = [None] if bins is None else widths_of(bins)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = [from_recording(file, width, key="--bins") for width in widths]
    if len(found) == 1:
        _print(found[0], caught)
        return
    typer.echo(f"{file}: entropy production in nats a bin, by states alone")
    for line in table_of([width for width in widths if width is not None], found):
        typer.echo(line)
    for how in dict.fromkeys(one.estimator for one in found):
        typer.echo(f"estimator: {how}")
    _print_warnings(caught)


def _print(found: "FromStates", caught: list[warnings.WarningMessage]) -> None:
    if found.source:
        typer.echo(found.source)
    typer.echo(f"estimator: {found.estimator}")
    detected = "" if found.value.value > 0 else " (nothing detected)"
    typer.echo(f"entropy production: {found.value}{detected}")
    typer.echo(f"control, without an arrow of time: {found.control}")
    _print_warnings(caught)


def _print_warnings(caught: list[warnings.WarningMessage]) -> None:
    for message in dict.fromkeys(str(warning.message) for warning in caught):
        typer.echo(f"note: {message}")
