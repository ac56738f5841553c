"""Run a study: `python -m asynet.run STUDY.yaml` takes a study file to a run directory."""

import shlex
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, Literal

import torch
import typer
from rich.console import Console

from asynet import rundir
from asynet.checkpoint import restore, save_checkpoint
from asynet.datasets import Dataset, load
from asynet.errors import UserError
from asynet.loop import Stopped, train
from asynet.measure import summarise
from asynet.network.build import build_network
from asynet.network.kernels import Kernel, make_kernel
from asynet.recording import open_trajectory, record_after_training
from asynet.report import write_report
from asynet.report.draw import draw_run
from asynet.study import Study
from asynet.study_file import read_study
from asynet.training import Trainer

CONSOLE = Console(highlight=False, soft_wrap=True)
Device = Literal["auto", "cpu", "cuda"]


def build_trainer(study: Study, device: str) -> Trainer:
    """Load the data, build the network and lay it out for its kernel."""
    dataset = load(study.data, study.seed)
    network = build_network(study.network, study.seed, _mean(dataset))
    kernel: Kernel = make_kernel(study.compute.kernel, network, device, study.compute.threads)
    return Trainer(study, dataset, kernel)


def _mean(dataset: Dataset) -> Any:
    images = dataset.train
    if dataset.binarise == "threshold":
        return (images >= 0.5).mean(axis=0)
    return images.mean(axis=0)


def choose_device(wanted: Device, kernel: str) -> str:
    """Return cpu or cuda; UserError if a GPU is asked for that cannot be used."""
    there = torch.cuda.is_available()
    if wanted == "cuda" and not there:
        raise UserError("--device cuda: torch finds no GPU here; cpu and auto are allowed")
    if wanted == "cuda" and kernel != "torch":
        raise UserError(f"--device cuda: compute.kernel is {kernel}; only torch runs on a GPU")
    return "cuda" if kernel == "torch" and there and wanted != "cpu" else "cpu"


def run_study(
    study: Study, out: Path, resume: bool = False, device: Device = "auto", command: str = ""
) -> Path:
    """Train, evaluate, record and report; return the run directory's report.html.

    Raises UserError for what the user can mend, Stopped when asked to stop: the training is then
    saved in `out`.
    """
    place = choose_device(device, study.compute.kernel)
    directory = rundir.reopen(out, study) if resume else None
    trainer = build_trainer(study, place)
    if directory is not None:
        restore(trainer, directory.checkpoint)
        directory.keep_metrics_until(trainer.progress.walks)
    else:
        directory = rundir.create(out, study)
        save_checkpoint(trainer, directory.checkpoint)
    environment = directory.path / "environment.json"
    rundir.write_json(environment, rundir.environment(study, command, place, 0))
    began = time.monotonic() - trainer.progress.seconds
    at = trainer.progress.walks if resume else None
    with _stop_signals() as stop, open_trajectory(trainer, directory.trajectory, at) as trajectory:
        train(trainer, directory, trajectory, stop, CONSOLE)
        if study.train.patience is not None and directory.best.exists():
            walks = trainer.progress.walks
            restore(trainer, directory.best)
            trainer.progress.walks = walks
        record_after_training(trainer, trajectory)
    with CONSOLE.status("measuring") as status:
        results = summarise(trainer, lambda what: status.update(f"measuring: {what}"))
        rundir.write_json(directory.path / "summary.json", results.summary)
        status.update("drawing")
        figures = directory.path / "figures"
        figures.mkdir(exist_ok=True)
        metrics = directory.read_metrics()
        for stem, figure in draw_run(trainer, results, metrics, directory.trajectory):
            figure.savefig(figures / f"{stem}.png")
    seconds = time.monotonic() - began
    rundir.write_json(environment, rundir.environment(study, command, place, seconds))
    return write_report(directory.path)


@contextmanager
def _stop_signals() -> Iterator[list[int]]:
    """Turn Ctrl-C and SIGTERM into an entry of a list; a second one stops at once."""
    caught: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        caught.append(number)
        if len(caught) > 1:
            raise KeyboardInterrupt

    before = {s: signal.signal(s, note) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    study: Annotated[Path, typer.Argument(help="The study file.", metavar="STUDY.yaml")],
    overrides: Annotated[
        list[str] | None,
        typer.Argument(help="Keys to change, such as train.epochs=2.", metavar="[KEY=VALUE]..."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Run directory; by default runs/NAME-TIME.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the stopped run in --out.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the study, its size, memory and time; stop.")
    ] = False,
    device: Annotated[Device, typer.Option(help="Where the torch kernel runs.")] = "auto",
    seed: Annotated[int | None, typer.Option(help="Seed, instead of the study's.")] = None,
) -> None:
    """Let a network of asymmetric neurons sleep and wake, as a study file says.

    Writes a run directory: study.yaml (every default filled in), metrics.jsonl while it trains,
    checkpoint/, trajectory.h5 with spikes and weights, summary.json with the final numbers,
    figures/*.png, and report.html, which shows it all.

    Ctrl-C saves and stops; the same command with --out DIR --resume goes on to the very same
    numbers. Exit status: 0 done; 2 the study, its data or the command is wrong; 1 anything else.

    Examples:

      python -m asynet.run studies/mnist_stdp_quick.yaml

      python -m asynet.run studies/mnist_stdp.yaml train.rule=spike --out runs/spike --seed 2
    """
    command = "python -m asynet.run " + shlex.join(sys.argv[1:])
    try:
        resolved = read_study(study, overrides or [], seed)
        if dry_run:
            from asynet.dryrun import describe

            describe(resolved, choose_device(device, resolved.compute.kernel), CONSOLE)
            return
        if resume and out is None:
            raise UserError("--resume: say which run with --out DIR")
        where = out or rundir.default_directory(resolved)
        report = run_study(resolved, where, resume, device, command)
    except UserError as error:
        CONSOLE.print(str(error), style="red", markup=False)
        raise typer.Exit(2) from None
    except Stopped:
        CONSOLE.print(f"Stopped and saved. Go on with: {_resume_command(command, where)}")
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        CONSOLE.print("Stopped. The last checkpoint stands; --resume goes on from there.")
        raise typer.Exit(1) from None
    CONSOLE.print(f"Report: {report}", markup=False)


def _resume_command(command: str, out: Path) -> str:
    extra = "" if "--out" in command else f" --out {shlex.quote(str(out))}"
    return command + extra + ("" if "--resume" in command else " --resume")


if __name__ == "__main__":
    app()
