"""The command `asynet run`."""

import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from asynet import processes
from asynet.cli.device import Where
from asynet.cli.mistakes import fail, fail_at_once, mistakes_in_one_line, out_of_memory, reason
from asynet.cli.plugin import Plugins
from asynet.errors import UserError
from asynet.types import Device

# All but the command line is imported within commands, so that --help need not wait for it.
if TYPE_CHECKING:
    from asynet.study.study import Study

GRACE = 3.0  # seconds in which the first process says why the run ends, if it still can

StudyFile = Annotated[
    Path | None,
    typer.Argument(
        help="The study file, or the name of a study: see `asynet studies`. With --resume it may "
        "be left out.",
        metavar="STUDY",
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(
        help="Keys to change, such as train.epochs=2; `asynet keys` lists them all.",
        metavar="KEY=VALUE",
    ),
]
Out = Annotated[
    Path | None, typer.Option(help="Run directory, new or empty; by default runs/NAME-TIME.")
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Continue the run in --out after it was stopped or killed, or prolong it: "
        "train.epochs=40 trains on to 40 epochs.",
    ),
]
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Show the whole study, its memory and time; write nothing."),
]
TensorBoard = Annotated[
    bool,
    typer.Option(
        "--tensorboard",
        help="Write the numbers of training for TensorBoard too: tensorboard --logdir RUN.",
    ),
]
Seed = Annotated[int | None, typer.Option(help="Seed, instead of the study's.")]


def run(
    ctx: typer.Context,
    study: StudyFile = None,
    overrides: Overrides = None,
    out: Out = None,
    resume: Resume = False,
    dry_run: DryRun = False,
    device: Where = "auto",
    seed: Seed = None,
    tensorboard: TensorBoard = False,
    plugin: Plugins = None,
) -> None:
    """Run a study: train its network, measure it, and write a report.

    \b
    Writes a run directory:
      report.html      everything below on one page; there from the first validation on
      summary.json     the final numbers, with errors and what they were computed on
      likelihoods.npz  the likelihoods of single test examples
      figures/*.png    the pictures
      metrics.jsonl    numbers during training, a JSON object a line
      metrics.csv      the same as a table, for a spreadsheet
      trajectory.h5    spikes of recorded walks, and weights (see asynet inspect)
      study.yaml       the study with every default filled in
      environment.json versions, device, command, duration
      checkpoint/      all state, saved now and then
      progress.json    how far the run is; removed when it has ended
      tensorboard/     the numbers during training again, with --tensorboard

    Ctrl-C and SIGTERM save and stop. The same command with --out DIR --resume continues the run,
    also after a crash or a full disk, and ends with the same numbers as without a stop.
    --resume train.epochs=40 trains a stopped or finished run for longer; other keys that change
    its numbers are refused.

    \b
    Examples:
      python -m asynet.run studies/mnist_stdp_quick.yaml
      python -m asynet.run studies/mnist_stdp.yaml train.lr=0.4 --out runs/slow
      python -m asynet.run studies/mnist_stdp.yaml train.lr=0.4 --out runs/slow --resume
      asynet run --resume train.epochs=40 --out runs/slow

    \b
    Exit status:
      0  done
      1  stopped, or hindered (a full disk, for example): --resume continues
      2  the study, its data or the command is wrong, or training diverges: one line says where
    \f
    In Python, see `run.run_study`.
    """
    with mistakes_in_one_line():
        from asynet.study.file import read_study

        resume = resume or _is_restart(out)
        if resume and out is None:
            raise UserError("--resume: needs --out DIR, the directory of the run to continue")
        file, changed = _split(study, overrides or [], out if resume else None)
        of_a_run = out is not None and file == out / "study.yaml"
        resolved = read_study(file, changed, seed, of_a_run)
        if dry_run:
            if processes.is_first():
                _describe(resolved, device)
            return
        from asynet.run.claim import default_directory, drop_if_empty

        first = processes.is_first()
        where = out or (default_directory(resolved) if first else Path())
        words = [ctx.command_path, *_words(study, overrides or [], where, device, seed)]
        words += [f"--plugin {module}" for module in plugin or ()]
        words += ["--tensorboard"] if tensorboard else []
        try:
            _run(resolved, where, resume, device, " ".join(words), tensorboard)
        finally:
            if out is None and first:
                drop_if_empty(where)


def _is_restart(out: Path | None) -> bool:
    """Return whether torchrun has started again a run that has begun."""
    done, most = processes.restarts()
    if most and out is None:
        raise UserError("--out: missing; a run that torchrun is to restart needs a directory")
    return bool(done and out and processes.is_first() and (out / "study.yaml").is_file())


def _split(study: Path | None, overrides: list[str], run: Path | None) -> tuple[Path, list[str]]:
    """Return the study's file and the keys to change; that of a run goes on if none is given."""
    if run is not None and (study is None or ("=" in str(study) and not study.exists())):
        from asynet.run.directory import open_directory

        overrides = overrides if study is None else [str(study), *overrides]
        return open_directory(run).study, overrides
    if study is None:
        what = "missing; give a file, or a name that `asynet studies` lists"
        raise typer.BadParameter(what, param_hint="STUDY")
    from asynet.run.studies import find_study

    return find_study(study), overrides


def _words(
    study: Path | None, overrides: list[str], out: Path, device: Device, seed: int | None
) -> list[str]:
    """Return the arguments that repeat a run, each as a shell needs it."""
    words = [*([] if study is None else [str(study)]), *overrides, "--out", str(out)]
    words += [] if device == "auto" else ["--device", device]
    words += [] if seed is None else ["--seed", str(seed)]
    return [shlex.quote(word) for word in words]


def _describe(study: "Study", device: Device) -> None:
    from asynet.run.dry_run import describe
    from asynet.run.place import choose_device
    from asynet.run.run import CONSOLE

    describe(study, choose_device(device, study), CONSOLE)


def _run(
    study: "Study", out: Path, resume: bool, device: Device, command: str, tensorboard: bool
) -> None:
    from asynet.run.directory import RunDirectory
    from asynet.run.run import run_study

    try:
        page = run_study(study, out, resume, device, command, tensorboard=tensorboard)
        if processes.is_first():
            typer.echo(f"Report: {page}")
    except FloatingPointError as error:
        raise UserError(f"{study.name}: {error}; the last checkpoint is kept") from None
    except (KeyboardInterrupt, OSError, MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not out_of_memory(error):
            raise
        directory, rest = RunDirectory(out), "nothing is saved yet"
        if not processes.is_first():
            if isinstance(error, KeyboardInterrupt):
                time.sleep(GRACE)
            rest = "its last checkpoint is kept; --resume continues"
        elif directory.checkpoint.is_file():
            rest = f"saved; continue with: {command} --resume"
        elif directory.study.is_file():
            rest = f"{rest}; begin again with: {command} --resume"
        from asynet.record.failures import hdf5_has_failed

        line = f"{reason(error)}; {rest}"
        (fail_at_once if hdf5_has_failed() else fail)(line, 1)
