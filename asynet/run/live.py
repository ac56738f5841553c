"""Gather from a run directory what the page of its living network shows, and write the page."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from asynet.errors import UserError
from asynet.network.network import Network
from asynet.numerics.streams import Stream
from asynet.record.trajectory import Trajectory
from asynet.report.live import LiveRun, Snapshot, write_live
from asynet.report.live.content import require_livable, require_size
from asynet.run.build import Given, build_trainer
from asynet.run.checkpoint import learned_network, restore
from asynet.run.directory import RunDirectory, open_directory
from asynet.run.measure.parts import evaluation_prior
from asynet.run.results import some_chains
from asynet.run.temperatures import walk_temperatures
from asynet.run.trainer import Trainer
from asynet.study.file import read_study
from asynet.study.study import Study

SNAPSHOTS = 5


def live_run(
    run: Path,
    out: Path | None = None,
    max_bytes: int | None = None,
    snapshots: int = SNAPSHOTS,
) -> tuple[Path, int]:
    """Write the page in which a run's network lives.

    Parameters
    ----------
    run : Path
        The run directory.
    out : Path, optional
        The page; live.html in the run directory by default.
    max_bytes : int, optional
        Largest size of the page; weights are rounded until it fits. None: they are not rounded.
    snapshots : int
        At how many times of the training the page shows the network, at least 1; the first is
        before learning, the last is after it.

    Returns
    -------
    page : Path
        The page.
    bits : int
        Its weights are multiples of 2 to the minus this power; 16 if they are the run's own.

    Raises
    ------
    UserError
        One line, if there is no run, if it trained no network of spiking neurons, or if the network
        is too large.
    """
    directory = open_directory(run)
    study = read_study(directory.study)
    try:
        _require_network(study)
        found = _gather(directory, study, snapshots)
    except UserError as error:
        if str(error).startswith(str(run)):
            raise
        raise UserError(f"{run}: {error}") from None
    page = out or run / "live.html"
    if not page.parent.is_dir():
        raise UserError(f"--out {page}: its folder does not exist")
    return page, write_live(found, page, max_bytes)


def _require_network(study: Study) -> None:
    """Refuse what the study alone shows to be no network for a page, before it is built."""
    if study.operator is not None:
        raise UserError("trained an operator; a live page shows a network of spiking neurons")
    assert study.network is not None, "a study has a network or an operator"
    sizes = {name: p.size for name, p in study.network.populations.items()}
    ends = [(p.pre, p.post) for p in study.network.projections]
    require_size(sizes, ends)


def _gather(directory: RunDirectory, study: Study, count: int) -> LiveRun:
    trainer = build_trainer(study, "cpu", Given())
    first = learned_network(trainer)
    restore(trainer, directory.checkpoint)
    last = learned_network(trainer)
    assert first is not None, "the study has a network"
    assert last is not None, "the study has a network"
    require_livable(last)
    prior = evaluation_prior(trainer, trainer.settings.evaluate.prior_examples)
    chains = some_chains(trainer, 1, Stream.SAMPLE)
    return LiveRun(
        name=study.name,
        description=study.description,
        seed=chains.seed,
        first_chain=int(chains.indices[0]),
        snapshots=_snapshots(directory, trainer, first, last, count),
        rates=prior.mean,
        cooling=walk_temperatures(trainer)[::-1],
        shape=trainer.dataset.shape,
    )


def _snapshots(
    directory: RunDirectory, trainer: Trainer, first: Network, last: Network, count: int
) -> tuple[Snapshot, ...]:
    """Return the network before learning, at recorded times of the training, and after it."""
    walks = trainer.progress.walks
    there = {0: first} | _recorded(directory, last, walks) | {walks: last}
    steps = sorted(there)
    places = np.linspace(len(steps) - 1, 0, min(count, len(steps))).round().astype(int)[::-1]
    return tuple(
        Snapshot(_label(steps[k], walks, trainer.walks_per_epoch), there[steps[k]]) for k in places
    )


def _label(walks: int, of: int, walks_per_epoch: int) -> str:
    if walks == 0:
        return "before learning"
    epochs = walks / walks_per_epoch
    text = f"{epochs:.3g} epoch{'s' if epochs > 1 else ''}"
    return f"after learning, {text}" if walks == of else f"after {text}"


def _recorded(directory: RunDirectory, network: Network, walks: int) -> dict[int, Network]:
    """Return the network at recorded times before the last, where whole matrices were recorded."""
    if not directory.trajectory.is_file():
        return {}
    found = {}
    with Trajectory(directory.trajectory) as trajectory:
        if any(trajectory.synapses(p.name) is not None for p in network.projections):
            return {}
        for step in trajectory.weight_steps():
            if not 0 < step < walks:
                continue
            projections = tuple(
                replace(p, weights=trajectory.weight(p.name, step)) for p in network.projections
            )
            bias = {p.name: trajectory.weight(f"bias:{p.name}", step) for p in network.populations}
            found[step] = replace(network, projections=projections, bias=bias)
    return found
