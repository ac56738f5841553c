"""Draw every figure of a run from what the run measured and recorded."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from asynet import report
from asynet.datasets.batches import examples
from asynet.numerics.streams import Stream
from asynet.record.trajectory import Trajectory
from asynet.report.figures.steps import size_of
from asynet.run.checkpoint import learned_network
from asynet.run.draw_points import draw_points
from asynet.run.measure.parts import fits_a_matrix
from asynet.run.results import Results, some_chains
from asynet.run.temperatures import walk_temperatures
from asynet.run.trainer import Trainer
from asynet.symmetry.history import symmetry_over_training
from asynet.types import Array, Phase
from asynet.walkback.heat import heat
from asynet.walkback.stdp import FEWEST_CHAINS, stdp_window
from asynet.walkback.walk import infer_hidden

SHOWN = 100  # samples in the grid
RASTER_NEURONS = 80  # of each population


def draw_run(
    trainer: Trainer, results: Results, metrics: list[dict[str, Any]], trajectory: Path
) -> Iterator[tuple[str, Figure]]:
    """Yield every figure that a run can show, with the name of its file without the suffix.

    Parameters
    ----------
    trainer : Trainer
        The trained model.
    results : Results
        The final numbers and samples.
    metrics : list of dict
        The lines of metrics.jsonl.
    trajectory : Path
        The trajectory.h5 of the run.
    """
    yield from _learning(metrics, results)
    shape = trainer.dataset.shape
    if len(shape) > 1:
        yield from _images(trainer, results, trajectory, shape)
    elif shape == (2,):
        yield from draw_points(trainer, results, trajectory)
    summary = results.summary
    if "ledger" in summary:
        prior, posterior = (
            summary.get(key, {}).get("value") for key in ("log_prior", "log_posterior")
        )
        yield "ledger", report.ledger(summary["ledger"], prior, posterior)
        size = size_of(summary)
        if size is not None:
            gaussian = summary["gaussian_dct_bits_per_dim"]["value"]
            yield "bits", report.bits_by_step(summary["ledger"], prior, size, gaussian)
    if "gap_ledger" in summary:
        yield (
            "gap",
            report.gap_ledger(
                summary["gap_ledger"], summary["gap"], summary["gap_irreversibility"]
            ),
        )
    followed = [line for line in metrics if "gap" in line]
    if len(followed) > 1:
        yield "gap_over_training", report.gap_over_training(followed)
    if "class_histograms" in summary:
        yield "class_histograms", report.class_histograms(summary["class_histograms"])
    if "recall" in summary:
        yield "patterns_recall", report.recall_curves(summary["recall"])
    network = learned_network(trainer)
    if fits_a_matrix(network) and trainer.settings.record.synapses is None:
        yield from _symmetry(metrics, trajectory)
    yield from _spikes(trainer, trajectory)


def _symmetry(metrics: list[dict[str, Any]], trajectory: Path) -> Iterator[tuple[str, Figure]]:
    seen = [line for line in metrics if "shrinkage" in line]
    if not seen:
        return
    arrays = {key: np.array([line[name] for line in seen]) for key, name in _DISSIPATION.items()}
    with Trajectory(trajectory) as recorded:
        history = symmetry_over_training(recorded)
    arrays |= {"snapshots": history.steps}
    arrays |= {"symmetric": history.symmetric, "antisymmetric": history.antisymmetric}
    yield "dissipation", report.dissipation({"": arrays})


_RATES = ("entropy_production", "shrinkage")
_DISSIPATION = {"steps": "step"} | {n: n for rate in _RATES for n in (rate, f"{rate}_stderr")}


def _learning(metrics: list[dict[str, Any]], results: Results) -> Iterator[tuple[str, Figure]]:
    train = [line for line in metrics if "walkback_log_likelihood" in line]
    validation = [line for line in metrics if "validation_bound" in line]
    if train or validation:
        names = ("factorised_bernoulli", "factorised_gaussian", "gaussian_dct_bits_per_dim")
        rows = (results.summary.get(key) for key in names)
        baseline = next((row["value"] for row in rows if row), None)
        size = size_of(results.summary)
        yield "learning_curves", report.learning_curves(train, validation, baseline, size)
    spaced = [line for line in metrics if "training_temperatures" in line]
    if spaced:
        yield "training_temperatures", report.training_temperatures(spaced)
    seen = [line for line in metrics if "cosine_with_transpose" in line]
    if seen:
        columns = [np.array([line.get(key, np.nan) for line in seen]) for key in _SYMMETRY]
        yield "weight_symmetry", report.weight_symmetry(*columns)


_SYMMETRY = (
    "step",
    "cosine_with_transpose",
    "antisymmetric_over_symmetric",
    "entropy_production",
    "entropy_production_stderr",
)


def _images(
    trainer: Trainer, results: Results, trajectory: Path, shape: tuple[int, ...]
) -> Iterator[tuple[str, Figure]]:
    if results.samples is not None:
        yield "samples", _samples(results.samples, results.probabilities, shape)
    if results.completed:
        sets = {
            f"{mask} known": (found.originals, found.known, found.states)
            for mask, found in results.completed.items()
        }
        yield "inpainting", report.inpainting(sets, shape)
    if results.chain_frames:
        frames = np.stack([states[:8] for states in results.chain_frames.values()], axis=1)
        steps = np.array(list(results.chain_frames))
        yield "long_chain", report.long_chain(frames, steps, shape)
    visible = trainer.dynamics.network.populations[0].name
    with Trajectory(trajectory) as recorded:
        strips, temperatures, phases = [], [], []
        whole = any(p.name == visible and p.size == p.n_total for p in recorded.populations)
        for phase, title in (
            ("heating", "Heating: from an example"),
            ("dream", "Dream: from noise"),
        ):
            walks = [w for w in recorded.walks if w.phase == phase]
            if not walks or not whole:
                continue
            states = recorded.states(walks[-1].index, visible)  # (rows, C, n)
            kept = _changed(recorded, walks[-1].index, visible)
            strips.append(states[kept, 0])
            temperatures.append(recorded.temperatures(walks[-1].index)[kept])
            phases.append((phase, title))
    if strips:
        rows = min(len(strip) for strip in strips)
        picked = [np.linspace(0, len(strip) - 1, rows).round().astype(int) for strip in strips]
        yield (
            "filmstrip",
            report.filmstrip(
                np.stack([strip[p] for strip, p in zip(strips, picked, strict=True)]),
                np.stack([t[p] for t, p in zip(temperatures, picked, strict=True)]),
                shape,
                [title for _, title in phases],
                [phase for phase, _ in phases],
            ),
        )
    network = learned_network(trainer)
    if network is None:
        return
    onto_hidden = [p for p in network.projections if p.pre == visible and p.post != visible]
    if onto_hidden:
        fields = onto_hidden[0].weights
        fields = fields.toarray() if onto_hidden[0].sparse else fields
        yield "receptive_fields", report.receptive_fields(fields, (shape[0], shape[1]))


def _samples(states: Array, probabilities: Array | None, shape: tuple[int, ...]) -> Figure:
    if probabilities is None:
        return report.sample_grid(states[:SHOWN], shape)
    half = SHOWN // 2  # so that the page stays as long
    return report.sample_grid(states[:half], shape, probabilities=probabilities[:half])


def _changed(recorded: Trajectory, walk: int, population: str) -> Array:
    """Return the rows of a walk at which the population was resampled, and the first row."""
    names = [p.name for p in recorded.populations]
    changed = recorded.resampled(walk)[:, names.index(population)].copy()
    changed[0] = True
    return np.flatnonzero(changed)


def _spikes(trainer: Trainer, trajectory: Path) -> Iterator[tuple[str, Figure]]:
    network = trainer.dynamics.network
    if any(p.law != "bernoulli" for p in network.populations):
        return
    with Trajectory(trajectory) as recorded:
        shown = _last_walks(recorded)
        if "heating" in shown:
            yield "raster", _raster(recorded, shown)
    enough = len(trainer.dataset.train) >= FEWEST_CHAINS
    free = all(network.self_free(group) for group in network.order)
    if len(network.populations) == 2 and len(network.order) == 2 and free and enough:
        yield "stdp_window", _stdp(trainer)


def _last_walks(recorded: Trajectory) -> dict[str, int]:
    """Return the index of the last recorded walk of each phase."""
    return {walk.phase: walk.index for walk in recorded.walks}


def _raster(recorded: Trajectory, walks: dict[str, int]) -> Figure:
    """Draw one chain's spikes while it heats, the same in reverse order, and those of a dream."""
    spans = [_span(recorded, walks["heating"], "heating")]
    spans.append(_span(recorded, walks["heating"], "replay"))
    if "dream" in walks:
        spans.append(_span(recorded, walks["dream"], "dream"))
    sizes = [min(RASTER_NEURONS, p.size) for p in recorded.populations]
    return report.raster(spans, sizes, [p.name for p in recorded.populations])


def _span(recorded: Trajectory, walk: int, phase: Phase) -> report.Span:
    """Return the spikes of the first chain of a walk, of some neurons of each population."""
    temperatures = recorded.temperatures(walk)
    times, neurons, offset = [], [], 0
    for population in recorded.populations:
        chosen = np.linspace(0, population.size - 1, min(RASTER_NEURONS, population.size))
        states = recorded.states(walk, population.name)[:, 0, chosen.round().astype(int)]
        fired = states.astype(bool) & _resampled(recorded, walk, population.name)[:, None]
        time, neuron = np.nonzero(fired)
        times.append(time)
        neurons.append(neuron + offset)
        offset += len(chosen)
    when, who = np.concatenate(times), np.concatenate(neurons)
    if phase == "replay":
        when, temperatures = len(temperatures) - 1 - when, temperatures[::-1]
    return report.Span(phase, temperatures, when, who)


def _resampled(recorded: Trajectory, walk: int, population: str) -> Array:
    names = [p.name for p in recorded.populations]
    flags: Array = recorded.resampled(walk)[:, names.index(population)].copy()
    flags[0] = True
    return flags


def _stdp(trainer: Trainer) -> Figure:
    """Draw the STDP window of synapses from hidden to visible neurons, on new heated walks."""
    kernel, visible = trainer.dynamics, trainer.dynamics.network.populations[0].name
    chains = some_chains(trainer, 100, Stream.FIGURES)
    images = trainer.dataset.train[:100]
    chains = type(chains)(chains.seed, chains.indices[: len(images)])
    states = examples(trainer.dataset, images, chains)
    state, _ = infer_hidden(kernel, kernel.tensor(states), chains)
    columns = kernel.network.columns(visible)
    hidden = kernel.network.columns(kernel.network.populations[1].name)
    post, pre = [kernel.array(state)[:, columns]], [kernel.array(state)[:, hidden]]
    for moment in heat(kernel, state, walk_temperatures(trainer), chains):
        assert moment.heated is not None
        after = kernel.array(moment.heated.after)
        if visible in moment.heated.group:
            post.append(after[:, columns])
        else:
            pre.append(after[:, hidden])
    window = stdp_window(np.stack(pre[: len(post) - 1]), np.stack(post))
    return report.stdp_window(
        window.lags,
        window.replay,
        window.heating,
        window.replay_stderr,
        window.heating_stderr,
        window.replay_null,
        window.heating_null,
    )
