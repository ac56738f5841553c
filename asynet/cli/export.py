"""The command `asynet export`."""

from pathlib import Path
from typing import Annotated

import typer

from asynet.cli.mistakes import mistakes_in_one_line
from asynet.cli.plugin import Plugins

Format = Annotated[
    str, typer.Option(help="Format: nwb, sonata, csv, parquet, or the name of a plugin's export.")
]
Out = Annotated[
    Path | None,
    typer.Option(help="File to make (for sonata: folder); by default one beside the trajectory."),
]
Phases = Annotated[
    list[str] | None,
    typer.Option(help="Only walks of this phase: heating, dream or 'free run'; may be repeated."),
]
Populations = Annotated[
    list[str] | None, typer.Option(help="Only this population; may be repeated.")
]
ChainNumbers = Annotated[
    list[int] | None,
    typer.Option(help="Only this chain of each walk, counted from 0; may be repeated."),
]
Trained = Annotated[
    bool, typer.Option("--trained", help="Only walks that were recorded after training.")
]


def export(
    run: Annotated[Path, typer.Argument(help="A run's directory, or a trajectory.h5.")],
    to: Format,
    out: Out = None,
    phase: Phases = None,
    population: Populations = None,
    chain: ChainNumbers = None,
    trained: Trained = False,
    plugin: Plugins = None,
) -> None:
    """Export recorded spikes, temperatures and weights to NWB, SONATA, CSV or Parquet.

    NWB and Parquet need: pip install 'asynet[neuro]'. docs/spikes.md shows how to read the files,
    docs/plugins.md how to write to a format of your own.
    \f
    In Python, see `export.export_run`.
    """
    with mistakes_in_one_line():
        from asynet.run.export import export_run

        done = export_run(run, to, out, phase or [], population or [], chain or [], trained=trained)
        typer.echo(
            f"Exported: {done.path} ({done.n_trials} trials, {done.n_neurons} neurons, "
            f"{done.n_spikes} spikes)"
        )
