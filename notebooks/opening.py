"""What every notebook begins with: open a run, or make a small one, and show figures."""

import io
import subprocess
import sys
from pathlib import Path

from IPython.display import Image, display
from matplotlib.figure import Figure

from asynet.run.build import build_trainer
from asynet.run.checkpoint import restore
from asynet.run.directory import RunDirectory
from asynet.run.trainer import Trainer
from asynet.study.file import read_study

ROOT = Path(__file__).resolve().parents[1]
SMALL = [
    "network.populations.hidden.size=150",
    "train.epochs=2",
    "train.validate_every=0.25",
    "record.weights_every=0.25",
    "evaluate.judge=false",
    "evaluate.chain_steps=[100]",
]


def open_run(path: Path | str | None) -> tuple[RunDirectory, Trainer]:
    """Return a run directory and its trained network.

    path: None makes a small run of studies/mnist_stdp_quick.yaml in runs/notebooks, in less than
    a minute, unless it is there already.
    """
    run = RunDirectory(Path(path) if path is not None else ROOT / "runs" / "notebooks")
    if path is None and not (run.path / "report.html").exists():
        command = [sys.executable, "-m", "asynet.run", "studies/mnist_stdp_quick.yaml", *SMALL]
        command += ["--out", str(run.path), *(["--resume"] if run.checkpoint.exists() else [])]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    trainer = build_trainer(read_study(run.study), "cpu")
    restore(trainer, run.checkpoint)
    return run, trainer


def show(figure: Figure) -> None:
    """Show a figure as a small PNG."""
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=110)
    display(Image(png.getvalue()))
