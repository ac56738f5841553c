"""The tied baseline: the same network with one matrix, trained by contrastive divergence.

python -m benchmarks.tied RUN_DIR

The network of the run with W_hv = W_vh', a restricted Boltzmann machine, starts from the run's
initial W_vh and sees the run's batches. After k steps at T = 1 from (x, h_0), with no heating, it
learns the difference <v_0 h_0> - <v_k h_k> of CD-k, hidden spikes replaced by their rates and both
populations counted relative to their running means (Montavon and Mueller 2012). k is drawn for
each walk like the run's prologue. The rule is `rate`'s own where the matrices are tied, summed
over the walk, so it needs two products a walk to learn instead of two a step.

It differs from the run in more than the tie: `benchmarks.symmetry` changes one thing at a time.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from asynet.network.kernels import Kernel, Teach
from asynet.network.kernels.spike_sums import multiply_spikes
from asynet.numerics import philox
from asynet.numerics.estimates import Estimate
from asynet.run.build import build_trainer
from asynet.run.directory import RunDirectory
from asynet.run.measure.parts import evaluation_prior, measure_bound
from asynet.run.trainer import Trainer, batch_of, grown
from asynet.study.file import read_study
from asynet.types import Array
from asynet.walkback.likelihood import bound_estimate, importance_sampled
from asynet.walkback.schedules import learning_rate
from asynet.walkback.walk import replaced, walk
from benchmarks.kept import Keep, keep

MEAN_RATE = 0.01  # how fast the running means follow, as in `track_mean`


@dataclass
class Machine:
    """One matrix, laid out for a kernel as two; changes in place.

    kernel: its afferents onto hidden and visible neurons are `weights` and its transpose.
    weights: (n_visible, n_hidden). means: running means of visible and hidden rates.
    """

    kernel: Kernel
    visible: str
    hidden: str
    weights: Array
    visible_mean: Array | None = None
    hidden_mean: Array | None = None

    def lay_out(self) -> None:
        """Copy the matrix to both projections."""
        self.kernel.afferents[self.hidden].weights[:] = self.weights
        self.kernel.afferents[self.visible].weights[:] = self.weights.T
        self.kernel.upload()

    def rates(self, state: Array) -> tuple[Array, Array]:
        """Return visible states and hidden rates given them: (B, n_visible), (B, n_hidden)."""
        columns = self.kernel.network.columns(self.hidden)
        silent = Teach(1.0, np.zeros((len(state), columns.stop - columns.start), np.float32))
        error = self.kernel.respond(self.hidden, state, teach=silent).error
        return state[:, self.kernel.network.columns(self.visible)], -error


def machine_of(trainer: Trainer) -> Machine:
    """Tie the two projections of an untrained network."""
    visible, hidden = (p.name for p in trainer.dynamics.network.populations)
    weights = trainer.dynamics.afferents[hidden].weights.copy()
    machine = Machine(trainer.dynamics, visible, hidden, weights)
    machine.lay_out()
    return machine


def contrast(machine: Machine, start: Array, end: Array, lr: float) -> None:
    """Follow the centred CD gradient from data `start` (B, N) and their reconstruction `end`."""
    v0, h0 = machine.rates(start)
    vk, hk = machine.rates(end)
    seen = v0.mean(axis=0), h0.mean(axis=0)
    if machine.visible_mean is None or machine.hidden_mean is None:
        machine.visible_mean, machine.hidden_mean = seen
    machine.visible_mean += MEAN_RATE * (seen[0] - machine.visible_mean)
    machine.hidden_mean += MEAN_RATE * (seen[1] - machine.hidden_mean)
    mu, nu = machine.visible_mean, machine.hidden_mean
    dv, dh = (v0 - vk).mean(axis=0), (h0 - hk).mean(axis=0)
    change = multiply_spikes(v0.T, h0) - multiply_spikes(vk.T, hk)
    change /= len(v0)
    change -= np.outer(mu, dh) + np.outer(dv, nu)  # (n_visible, n_hidden)
    machine.weights += np.float32(lr) * change
    machine.kernel.afferents[machine.visible].bias[:] += lr * (dv - change @ nu)
    machine.kernel.afferents[machine.hidden].bias[:] += lr * (dh - mu @ change)
    machine.lay_out()


def steps_of(trainer: Trainer, number: int) -> int:
    """Return k for a walk: the run's own prologue, and at least 1."""
    chosen = trainer.settings.walk
    u = philox.uniforms(trainer.settings.seed, np.array([number]), 2, 0, 1, philox.STREAM_START)
    return max(int(u[0, 0] * (grown(trainer, chosen.prologue, number) + 1)), 1)


def train(
    trainer: Trainer, lr: float, share: Callable[[int], float], steps: int | None = None
) -> int:
    """Train until `share` of the budget, a function of the walks done, is 1; return the walks.

    steps: k of every walk; None: as `steps_of` draws it.
    """
    machine, number, settings = machine_of(trainer), 0, trainer.settings.train
    while (spent := share(number)) < 1:
        visible, chains = batch_of(trainer, number)
        kernel = machine.kernel
        empty = kernel.tensor(np.zeros((len(visible), kernel.network.size)))
        state = replaced(kernel, empty, {machine.visible: kernel.tensor(visible)})
        temperatures = np.ones(steps or steps_of(trainer, number))
        end = walk(kernel, state, temperatures, chains)
        now = learning_rate(settings.lr_schedule, lr, spent, settings.warmup)
        contrast(machine, state, end, now)
        number += 1
    return number


def measure(trainer: Trainer) -> dict[str, Estimate]:
    """Return the bound and its importance-sampled version as a run's summary computes them."""
    settings, test = trainer.settings.evaluate, trainer.dataset.test
    prior = evaluation_prior(trainer, 5000)
    bound = measure_bound(trainer, prior, test[: settings.examples], settings.bound_walks, 1)
    few = measure_bound(trainer, prior, test[: settings.is_examples], settings.walks, 4)
    return {
        "bound": bound_estimate(bound.log_weights),
        "importance_sampled": importance_sampled(few.log_weights)[0],
    }


def row(name: str, walks: int, seconds: float, numbers: dict[str, Any]) -> str:
    """Return one line of the table."""
    shown = "".join(
        f"{numbers[key]['value']:>12.1f} ± {numbers[key]['stderr']:<5.1f}"
        for key in ("bound", "importance_sampled")
    )
    return f"{name:<34}{walks:>8}{seconds:>10.0f}{shown}"


def numbers_of(
    key: str, walks: int, seconds: float, numbers: dict[str, Any]
) -> dict[str, Estimate | float]:
    """Return a line of the table by the keys of results/tied.json."""
    found: dict[str, Estimate | float] = {f"{key}_walks": walks, f"{key}_seconds": seconds}
    for name in ("bound", "importance_sampled"):
        one = numbers[name]
        found[f"{key}_{name}"] = Estimate(one["value"], one["stderr"], one["n"])
    return found


def main(
    run: Annotated[Path, typer.Argument(help="Run directory to compare with.")],
    seconds: Annotated[
        float | None, typer.Option(help="Time to train; by default what the run took.")
    ] = None,
    lr: Annotated[float, typer.Option(help="Learning rate at the start.")] = 0.1,
    steps: Annotated[
        int | None, typer.Option(help="k of CD-k; by default the run's prologues.")
    ] = None,
    walks: Annotated[
        int | None,
        typer.Option(help="Walks of a second training; by default the run's; 0: none."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed of the tied network; by default the run's.")
    ] = None,
    kept: Keep = None,
) -> None:
    """Print bound and importance-sampled log-likelihood, in nats, of the run and of a tied network.

    The tied one trains twice: for as many seconds, on the run's threads, and for as many walks.
    Measured as in the run's summary.json, ± one standard error over test examples.
    """
    directory = RunDirectory(run)
    study = read_study(directory.study, ["compute.kernel=numba"], seed)
    last = directory.read_metrics()[-1]
    summary = json.loads((run / "summary.json").read_text())
    print(f"{'':<34}{'walks':>8}{'seconds':>10}{'bound':>16}{'importance sampled':>22}")
    print(row("asymmetric, the run", last["step"], last["seconds"], summary))
    found = numbers_of("asymmetric", last["step"], last["seconds"], summary)
    budget = last["seconds"] if seconds is None else seconds
    most = last["step"] if walks is None else walks

    def trained(name: str, key: str, share: Callable[[float, int], float]) -> None:
        trainer = build_trainer(study, "cpu")
        train(build_trainer(study, "cpu"), lr, lambda n: n / 3, steps)  # compiles
        began = time.monotonic()
        done = train(trainer, lr, lambda n: share(time.monotonic() - began, n), steps)
        took = time.monotonic() - began
        numbers = {key: vars(value) for key, value in measure(trainer).items()}
        print(row(name, done, took, numbers), flush=True)
        found.update(numbers_of(key, done, took, numbers))

    trained("tied, equal seconds", "equal_time", lambda elapsed, _: elapsed / budget)
    if most:
        trained("tied, equal walks", "equal_walks", lambda _, number: number / most)
    keep(kept, found)


if __name__ == "__main__":
    typer.run(main)
