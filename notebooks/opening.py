"""What every notebook begins with: open a run, or make a small one, and show figures."""

import io
from pathlib import Path

from IPython.display import Image, display
from matplotlib.figure import Figure

import asynet as an

ROOT = Path(__file__).resolve().parents[1]
SMALL = {
    "network.populations.hidden.size": 150,
    "train.epochs": 2,
    "train.validate_every": 0.25,
    "record.weights_every": 0.25,
    "evaluate.judge": False,
    "evaluate.chain_steps": [100],
    "evaluate.is_examples": 40,
    "evaluate.walks": 500,
}


def open_run(path: Path | str | None) -> an.Run:
    """Return a finished run.

    path: its directory. None makes a small run of studies/mnist_stdp_quick.yaml in runs/notebooks,
    in a few minutes, unless it is there already.
    """
    if path is not None:
        return an.open_run(path)
    folder = ROOT / "runs" / "notebooks"
    if (folder / "report.html").exists():
        return an.open_run(folder)
    resume = (folder / "checkpoint").exists()
    return an.run("mnist_stdp_quick", SMALL, out=folder, resume=resume)


def show(figure: Figure) -> None:
    """Show a figure as a small PNG."""
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=110)
    display(Image(png.getvalue()))
