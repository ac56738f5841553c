"""Recall from a cue: the upper half of a picture is given, and the network completes it.

python docs/gallery/recall.py    (half a minute on one core)
"""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from asynet.evaluation.recall import likeliest
from asynet.report.figures.style import SMALL, new_figure, styled
from asynet.run.build import build_trainer
from asynet.run.trainer import Trainer
from asynet.run.training import train_to_the_end
from asynet.study.study import Study
from asynet.types import Array

SIDE, FRAMES = 12, (0, 1, 2, 4, 8, 16)
STUDY = {
    "data": {"name": "patterns", "count": 6, "size": SIDE**2},
    "network": {
        "populations": {"neurons": {"size": SIDE**2}},
        "projections": [{"pre": "neurons", "post": "neurons"}],
        "order": "synchronous",
        "alpha": 0.4,
        "visible_bias": "zero",
        "rest": "zero",
    },
    "walk": {"prologue": 1, "t_max": 2, "factor": 1.4, "heated": 0.1},
    "train": {"epochs": 1500, "batch": 100, "lr": 0.1, "centre": False},
    "compute": {"threads": 1},
}


def pictures() -> Array:
    """Return six line drawings of 12 x 12 pixels, (6, 144) of {0, 1}."""
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    radius = np.hypot(x, y)
    shapes = (
        np.abs(radius - 4.5) < 0.9,
        (np.abs(x) < 1) | (np.abs(y) < 1),
        (np.abs(x - y) < 1.2) | (np.abs(x + y) < 1.2),
        np.abs(np.maximum(np.abs(x), np.abs(y)) - 4.5) < 0.6,
        (np.abs(np.abs(x) + np.abs(y) - 5.5) < 0.9),
        (y.astype(int) % 3 == 0) & (np.abs(x) < 5),
    )
    return np.array([shape.ravel() for shape in shapes], np.float32)


def recall(trainer: Trainer, cues: Array) -> Array:
    """Return what the network makes of the cues (6, 144), frame by frame, (frames, 6, 144)."""
    state, frames = trainer.dynamics.tensor(cues), []
    for step in range(max(FRAMES) + 1):
        if step in FRAMES:
            frames.append(trainer.dynamics.array(state).copy())
        state = likeliest(trainer.dynamics, state)
    return np.array(frames)


@styled
def draw(frames: Array, stored: Array) -> Figure:
    """Draw a row for each picture: the cue, the steps from it, and what was stored."""
    figure = new_figure(4.4)
    rows, columns = len(stored), len(frames) + 1
    titles = ["cue", *(f"step {step}" for step in FRAMES[1:]), "stored"]
    for k, axes in enumerate(figure.subplots(rows, columns).ravel()):
        row, column = divmod(k, columns)
        shown = stored[row] if column == len(frames) else frames[column][row]
        axes.imshow(shown.reshape(SIDE, SIDE), cmap="gray_r", vmin=0, vmax=1)
        axes.set(xticks=[], yticks=[])
        axes.spines[["left", "bottom"]].set_visible(False)
        if row == 0:
            axes.set_title(titles[column], fontsize=SMALL, loc="center")
    return figure


def main() -> None:
    """Store the pictures, recall them from their upper halves, and save the picture."""
    trainer = build_trainer(Study.model_validate(STUDY), "cpu")
    stored = pictures()
    trainer.dataset.train[:] = stored
    train_to_the_end(trainer)
    noise = np.random.default_rng(1).integers(0, 2, stored.shape)
    lower = np.arange(SIDE**2) >= SIDE**2 // 2
    cues = np.where(lower, noise, stored).astype(np.float32)
    frames = recall(trainer, cues)
    for step, frame in zip(FRAMES, frames, strict=True):
        wrong = np.abs(frame - stored).mean()
        print(f"step {step}: {wrong:.1%} of the pixels are wrong")
    draw(frames, stored).savefig(Path(__file__).with_suffix(".png"))


if __name__ == "__main__":
    main()
