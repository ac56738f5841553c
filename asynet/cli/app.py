"""The asynet command: run a study, rebuild its report, list its keys, inspect and export spikes.

`python -m asynet.run` is `asynet run`. What goes wrong is said in one line on stderr.
"""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from asynet.cli.analyze import analyze
from asynet.cli.data import data_app
from asynet.cli.evaluate import evaluate
from asynet.cli.keep import keep
from asynet.cli.mistakes import fail, mistakes_in_one_line, out_of_memory, reason
from asynet.cli.sample import sample
from asynet.errors import UserError
from asynet.study.file import read_study
from asynet.study.keys import describe_keys
from asynet.types import Device

# What computes is imported within commands, so that --help and mistakes need not wait for torch.
if TYPE_CHECKING:
    from asynet.study.study import Study

app, run_app = (
    typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    for _ in range(2)
)
app.add_typer(data_app, name="data")
app.command()(sample)
app.command()(analyze)
app.command()(evaluate)
app.command()(keep)


@app.callback(no_args_is_help=True)
def about() -> None:
    """Let networks of stochastic neurons with asymmetric weights sleep and wake.

    They learn by variational walkback (Goyal, Ke, Ganguli, Bengio 2017).

    A study is a YAML file that says which data, which neurons and synapses, and how long to train.
    Running it leaves a directory with the numbers, the spikes and a report to open in a browser.

    \b
      asynet run studies/mnist_stdp_quick.yaml            the first thing to try
      asynet run studies/mnist_stdp.yaml --dry-run        how long would that take?
      asynet keys | less                                  what may a study say?

    Exit status: 0 done; 2 the study, its data or the command is wrong; 1 anything else.
    """


@run_app.command()
@app.command()
def run(
    ctx: typer.Context,
    study: Annotated[Path, typer.Argument(help="The study file.", metavar="STUDY.yaml")],
    overrides: Annotated[
        list[str] | None,
        typer.Argument(
            help="Keys to change, such as train.epochs=2; `asynet keys` lists them all.",
            metavar="KEY=VALUE",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Run directory, new or empty; by default runs/NAME-TIME."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in --out, stopped or killed.")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Show the whole study, its memory and time; write nothing."),
    ] = False,
    device: Annotated[Device, typer.Option(help="Where the torch kernel runs.")] = "auto",
    seed: Annotated[int | None, typer.Option(help="Seed, instead of the study's.")] = None,
) -> None:
    """Run a study: let its network sleep and wake, measure it, and report.

    \b
    Writes a run directory:
      report.html      everything below on one page
      summary.json     the final numbers, with errors and what they were computed on
      figures/*.png    the pictures
      metrics.jsonl    numbers during training, a JSON object a line
      trajectory.h5    spikes of recorded walks, and weights (see asynet inspect)
      study.yaml       the study with every default filled in
      environment.json versions, device, command, duration
      checkpoint/      all state, saved now and then

    Ctrl-C and SIGTERM save and stop. The same command with --out DIR --resume goes on, also after
    a crash or a full disk, and ends with the very same numbers.

    \b
    Examples:
      python -m asynet.run studies/mnist_stdp_quick.yaml
      python -m asynet.run studies/mnist_stdp.yaml train.rule=spike --out runs/spike
      python -m asynet.run studies/mnist_stdp.yaml train.rule=spike --out runs/spike --resume

    \b
    Exit status:
      0  done
      1  stopped, or hindered (a full disk, for example): --resume goes on
      2  the study, its data or the command is wrong, or training goes astray: one line says where
    """
    with mistakes_in_one_line():
        resolved = read_study(study, overrides or [], seed)
        if resume and out is None:
            raise UserError("--resume: say which run with --out DIR")
        if dry_run:
            from asynet.run.dry_run import describe
            from asynet.run.run import CONSOLE, choose_device

            describe(resolved, choose_device(device, resolved.compute.kernel), CONSOLE)
            return
        from asynet.run.directory import default_directory

        where = out or default_directory(resolved)
        words = [str(study), *(overrides or []), "--out", str(where)]
        words += [] if device == "auto" else ["--device", device]
        words += [] if seed is None else ["--seed", str(seed)]
        _run(resolved, where, resume, device, f"{ctx.command_path} {shlex.join(words)}")


def _run(study: "Study", out: Path, resume: bool, device: Device, command: str) -> None:
    from asynet.run.directory import RunDirectory
    from asynet.run.run import run_study

    try:
        typer.echo(f"Report: {run_study(study, out, resume, device, command)}")
    except FloatingPointError as error:
        raise UserError(f"{study.name}: {error}; the checkpoint before it stands") from None
    except (KeyboardInterrupt, OSError, MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not out_of_memory(error):
            raise
        saved = RunDirectory(out).checkpoint.is_file()
        rest = f"saved; go on with: {command} --resume" if saved else "nothing is saved yet"
        fail(f"{reason(error)}; {rest}", 1)


@app.command()
def report(
    directory: Annotated[Path, typer.Argument(help="The run's directory.", metavar="RUN")],
) -> None:
    """Write a run's report.html anew, from what its directory holds.

    Also for a run that is still going on, or was stopped: the page says what is missing.
    """
    with mistakes_in_one_line():
        from asynet.report.page import write_report

        if directory.is_dir() and not (directory / "study.yaml").is_file():
            raise UserError(f"{directory}: holds no run (study.yaml is missing)")
        typer.echo(f"Report: {write_report(directory)}")


@app.command()
def keys() -> None:
    """List every key of a study: its default, what is allowed, what it means.

    NAME stands for the name of a population, 0 for the number of a projection, counted from 0.
    """
    typer.echo(describe_keys())


@app.command()
def export(
    run: Annotated[Path, typer.Argument(help="A run's directory, or a trajectory.h5.")],
    to: Annotated[Literal["nwb", "sonata", "csv", "parquet"], typer.Option(help="Format.")],
    out: Annotated[
        Path | None,
        typer.Option(
            help="File (for sonata: folder) to make; by default one beside the trajectory."
        ),
    ] = None,
    phase: Annotated[
        list[str] | None, typer.Option(help="Only these walks: sleep, cool or run; repeatable.")
    ] = None,
    population: Annotated[
        list[str] | None, typer.Option(help="Only these populations; repeatable.")
    ] = None,
    chain: Annotated[
        list[int] | None, typer.Option(help="Only these chains of each walk, from 0; repeatable.")
    ] = None,
    trained: Annotated[
        bool, typer.Option("--trained", help="Only what was recorded after training.")
    ] = False,
) -> None:
    """Export recorded spikes, temperatures and weights to NWB, SONATA, CSV or Parquet.

    All but csv and sonata need: pip install 'asynet[neuro]'. docs/spikes.md reads them back.
    """
    with mistakes_in_one_line():
        from asynet.run.export import export_run

        done = export_run(run, to, out, phase or [], population or [], chain or [], trained=trained)
        typer.echo(
            f"Exported: {done.path} ({done.n_trials} trials, {done.n_neurons} neurons, "
            f"{done.n_spikes} spikes)"
        )


@app.command()
def inspect(
    file: Annotated[Path, typer.Argument(help="A run's trajectory.h5.", metavar="FILE.h5")],
) -> None:
    """Show what a trajectory holds: populations, recorded walks, snapshots of weights.

    Also of a run that is still going on. `asynet.record.trajectory.Trajectory` reads the rest.
    """
    with mistakes_in_one_line():
        from asynet.cli.inspect import contents
        from asynet.record.trajectory import Trajectory

        with Trajectory(file) as trajectory:
            typer.echo("\n".join(contents(trajectory)))


@app.command()
def irreversibility(
    file: Annotated[Path, typer.Argument(help="A run's trajectory.h5.", metavar="FILE.h5")],
    walk: Annotated[
        int | None, typer.Option(help="Number of the walk; by default the last free run.")
    ] = None,
    burn_in: Annotated[int, typer.Option(min=0, help="First steps to leave out.")] = 50,
) -> None:
    """Measure the entropy that a recorded free run produces, in nats a step.

    In constant memory, however long the walk is; errors account for autocorrelation.
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
