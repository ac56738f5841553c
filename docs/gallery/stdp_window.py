"""The STDP window, from nothing but spikes: pairs of a pre- and a postsynaptic spike, by their lag.

python docs/gallery/stdp_window.py    (half a minute on one core)
"""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from asynet import report
from asynet.run.build import build_trainer
from asynet.run.trainer import Trainer
from asynet.run.training import train_to_the_end
from asynet.study.study import Study
from asynet.walkback.heat import heat
from asynet.walkback.local_rule import Window, stdp_window
from asynet.walkback.schedules import geometric
from asynet.walkback.walk import Chains, infer_hidden

CHAINS, STEPS = 2000, 20
STUDY = {
    "data": {"name": "patterns", "count": 30, "size": 80},
    "network": {
        "populations": {"visible": {"size": 80}, "hidden": {"size": 60}},
        "projections": [
            {"pre": "visible", "post": "hidden", "std": 0.05},
            {"pre": "hidden", "post": "visible", "std": 0.05},
        ],
        "order": "alternating",
    },
    "walk": {"prologue": 5, "t_max": 4, "factor": 1.4, "heated": 0.5},
    "train": {"epochs": 1000, "batch": 30, "lr": 0.1, "rule": "spike"},
    "compute": {"threads": 1},
}


def measure(trainer: Trainer) -> Window:
    """Let the trained network fall asleep from its patterns, and average pairs of spikes by lag."""
    kernel, patterns = trainer.dynamics, trainer.dataset.train
    chains = Chains(7, np.arange(CHAINS))
    start = kernel.tensor(np.resize(patterns, (CHAINS, patterns.shape[1])))
    state, _ = infer_hidden(kernel, start, chains)
    visible, hidden = (kernel.network.columns(name) for name in ("visible", "hidden"))
    post, pre = [kernel.array(state)[:, visible]], [kernel.array(state)[:, hidden]]
    for moment in heat(kernel, state, geometric(4.0, STEPS), chains):
        after = kernel.array(moment.heated.after)
        if "visible" in moment.heated.group:
            post.append(after[:, visible])
        else:
            pre.append(after[:, hidden])
    return stdp_window(np.stack(pre[: len(post) - 1]), np.stack(post))


def draw(window: Window) -> Figure:
    """Draw both phases, each in its own order of time."""
    errors = window.waking_stderr, window.sleeping_stderr
    return report.stdp_window(window.lags, window.waking, window.sleeping, *errors)


def main() -> None:
    """Train with bare spikes, measure the window, and save the picture."""
    trainer = build_trainer(Study.model_validate(STUDY), "cpu")
    train_to_the_end(trainer)
    window = measure(trainer)
    for lag, waking, sleeping in zip(window.lags, window.waking, window.sleeping, strict=True):
        print(f"lag {lag:+d} half-steps: waking {waking:+.4f}, sleeping {sleeping:+.4f}")
    draw(window).savefig(Path(__file__).with_suffix(".png"))


if __name__ == "__main__":
    main()
