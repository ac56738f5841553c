"""`--dry-run`: show a study with every default, and estimate its memory and time."""

import math
import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from rich.console import Console

from asynet.datasets import Dataset
from asynet.datasets.sources import Streamed
from asynet.evaluation.inception import check_inception
from asynet.evaluation.shipped_judge import shipped_judge
from asynet.report.words import duration
from asynet.run.build import build_trainer
from asynet.run.checkpoint import learned_network
from asynet.run.measure.judges import MOST_REAL, can_be_judged
from asynet.run.measure.parts import fits_a_matrix, weight_metrics
from asynet.run.measure.summary import BASELINE_AT_ONCE
from asynet.run.measure.validation import walks_of_a_validation
from asynet.run.place import kernel_on
from asynet.run.temperatures import space_training, walk_temperatures
from asynet.run.trainer import Trainer, batch_of, temperatures_of
from asynet.run.training import train_walk
from asynet.study.file import study_text
from asynet.study.study import Study
from asynet.thermodynamics.circulation import circulation_of
from asynet.thermodynamics.couplings import couplings_of
from asynet.walkback.heat import heat
from asynet.walkback.likelihood import CHUNK
from asynet.walkback.local_learner import NetworkLearner
from asynet.walkback.schedules import geometric
from asynet.walkback.walk import infer_hidden

TIMED_SECONDS = 1.0  # of training walks, and of scored steps
BRIEF = 2  # steps of heating of an operator, whose whole training walk may take minutes
JUDGE_SECONDS = 15.0  # training the judge of digits, on one core
COLOURS_SECONDS = 40.0  # the same of the judge of colours, at most
INCEPTION_SECONDS = 0.25  # an image, on one core
BYTES_TO_BINARISE = 30  # for each value of which the baseline draws spikes at once


def describe(study: Study, device: str, console: Console) -> None:
    """Print the study with every default, its size, and estimates of its memory and time.

    A few training walks and scored steps are done to time them. Nothing is written to disk.

    Parameters
    ----------
    study : Study
        The study.
    device : str
        cpu or cuda.
    console : Console
        Where it is printed.

    Raises
    ------
    UserError
        As for a run: see `run.run_study`.
    """
    console.print(study_text(study), markup=False)
    if study.evaluate.inception:
        check_inception()
    trainer, startup = _started(study, device)
    for line in _lines(trainer, kernel_on(study, device), device, startup):
        console.print(line, markup=False)


def expected_seconds(study: Study, device: str) -> float:
    """Estimate how long a study takes on this machine, from its own steps.

    Its data are loaded and a few of its walks are done, for some `TIMED_SECONDS`, or a part of one
    that takes longer. The seconds of a walk of mean length times their number are the training.
    Validations and the final numbers are the steps that they walk, times the seconds of a scored
    step. Nothing is written to disk.

    Parameters
    ----------
    study : Study
        The study.
    device : str
        cpu or cuda.

    Returns
    -------
    float
        Seconds, without those of drawing figures.

    Raises
    ------
    UserError
        If its data are not there, as for a run.
    """
    trainer, startup = _started(study, device)
    return startup + sum(_seconds_of(trainer).values())


def _started(study: Study, device: str) -> tuple[Trainer, float]:
    """Build a trainer and let it do a little of each thing; return it and the seconds.

    A validation does the same with other chains; of a network, it needs matrices too.
    """
    started = time.monotonic()
    trainer = build_trainer(study, device)
    network = learned_network(trainer)
    if network is None:
        _brief_walk(trainer, 1)
    else:
        train_walk(trainer)
        weight_metrics(trainer)
        if fits_a_matrix(network):
            circulation_of(couplings_of(network))
    return trainer, time.monotonic() - started


def _brief_walk(trainer: Trainer, heating: int) -> int:
    """Do a training walk with so many steps of heating, and return the number of its steps."""
    before = trainer.progress.temperatures
    trainer.progress.temperatures = geometric(2.0, heating)
    steps = len(temperatures_of(trainer, trainer.progress.walks)[0])
    train_walk(trainer)
    trainer.progress.temperatures = before
    return steps


def _mean_steps(trainer: Trainer) -> tuple[int, float, int]:
    """Return the fewest, mean and most steps of a training walk."""
    sample = np.unique(np.linspace(0, trainer.total_walks - 1, 1000).astype(int))
    steps = np.array([len(temperatures_of(trainer, int(walk))[0]) for walk in sample])
    return int(steps.min()), float(steps.mean()), int(steps.max())


def _validations(trainer: Trainer) -> int:
    gap = max(round(trainer.settings.train.validate_every * trainer.walks_per_epoch), 1)
    return math.ceil(trainer.total_walks / gap) + 1


def _seconds_of(trainer: Trainer) -> dict[str, float]:
    """Estimate the seconds of training, of all validations and of the final numbers."""
    settings, data = trainer.settings, trainer.dataset
    training = trainer.total_walks * _seconds_a_walk(trainer)
    step = _scored_steps(trainer)
    validation = sum(step.seconds(*walk) for walk in walks_of_a_validation(trainer))
    validation += _seconds(lambda: (walk_temperatures(trainer), space_training(trainer)))
    others = [stored for stored in settings.recall.stored if stored != len(data.train)]
    # Networks that store other numbers of patterns are trained on them for the final numbers.
    evaluating = _evaluation_seconds(trainer, step.seconds)
    evaluating += training * sum(others) / len(data.train)
    validating = _validations(trainer) * validation
    return {"training": training, "validating": validating, "evaluating": evaluating}


def _lines(trainer: Trainer, kernel: str, device: str, startup: float) -> Iterator[str]:
    network, data = trainer.dynamics.network, trainer.dataset
    sizes = ", ".join(f"{p.size:,} {p.name}" for p in network.populations)
    yield f"network:  {network.size:,} neurons ({sizes}), {network.n_synapses:,} synapses"
    splits = (f"{len(x):,}" for x in (data.train, data.validation, data.test))
    where = ", read from disk when they are used" if isinstance(data.train, Streamed) else ""
    yield "examples: {} to train, {} to validate, {} to test".format(*splits) + where
    total, (fewest, mean, most) = trainer.total_walks, _mean_steps(trainer)
    yield (
        f"training: {total:,} walks of {trainer.batch} chains, {fewest} to {most} "
        f"steps each, {mean * total:,.0f} in all"
    )
    yield f"compute:  {kernel} kernel on {device}"
    seconds = _seconds_of(trainer)
    yield f"memory:   about {_peak_bytes(trainer) / 1e9:.1f} GB on this machine's processor"
    yield (
        f"time:     about {duration(startup + sum(seconds.values()))}: "
        f"start {duration(startup)}, training {duration(seconds['training'])}, "
        f"{_validations(trainer)} validations {duration(seconds['validating'])}, "
        f"final numbers {duration(seconds['evaluating'])}"
    )
    yield "Nothing was written. Sparser or denser activity later on changes the time."


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _seconds_a_walk(trainer: Trainer) -> float:
    """Time walks of the training, for TIMED_SECONDS, or a part of one; return those of a mean one.

    Walks that grow are taken from all over the training, since what a walk takes whatever its
    length is most of a short one: what a walk and what a step takes are fitted to them.
    """
    mean = _mean_steps(trainer)[1]
    if not isinstance(trainer.learner, NetworkLearner):
        began = time.perf_counter()
        steps = _brief_walk(trainer, BRIEF)
        seconds = (time.perf_counter() - began) / steps * mean
        if seconds > TIMED_SECONDS:
            return seconds
    grow = trainer.settings.walk.growth > 1 and not isinstance(trainer.dataset.train, Streamed)
    first = trainer.progress.walks
    spent, lengths = list[float](), list[int]()
    while not spent or (sum(spent) < TIMED_SECONDS and first + len(spent) < trainer.total_walks):
        if grow:
            trainer.progress.walks = int(_spread(len(spent) + 1) * trainer.total_walks)
        lengths.append(len(temperatures_of(trainer, trainer.progress.walks)[0]))
        spent.append(_seconds(lambda: train_walk(trainer)))
    if not grow:
        return sum(spent) / sum(lengths) * mean
    longer = np.subtract(lengths, np.mean(lengths))
    a_step = float(longer @ spent) / max(float(longer @ longer), 1.0)
    return max(float(np.mean(spent)) + max(a_step, 0.0) * (mean - float(np.mean(lengths))), 0.0)


def _spread(n: int) -> float:
    """Return the n-th of 1/2, 1/4, 3/4, 1/8, ..., of which any first ones are spread over 0..1."""
    backward: int = int(f"{n:b}"[::-1], 2)
    return backward / (1 << n.bit_length())


@dataclass(frozen=True)
class _ScoredSteps:
    """What scored steps take: `fixed` seconds, and `each` seconds for each chain."""

    fixed: float
    each: float

    def seconds(self, chains: int, steps: int, times: int = 1) -> float:
        """Return what so many walks take, CHUNK chains side by side."""
        calls = times * steps * math.ceil(chains / CHUNK)
        return calls * self.fixed + times * steps * chains * self.each


def _scored_steps(trainer: Trainer) -> _ScoredSteps:
    """Time scored steps of one chain and of a batch."""
    fixed, each, many = _seconds_a_scored_step(trainer, 1), 0.0, trainer.batch
    if many > 1:
        each = max(_seconds_a_scored_step(trainer, many) - fixed, 0.0) / (many - 1)
    return _ScoredSteps(fixed, each)


def _evaluation_seconds(trainer: Trainer, walks: Callable[..., float]) -> float:
    """Estimate the final numbers from what `walks` of so many chains and steps take."""
    settings, data = trainer.settings.evaluate, trainer.dataset
    examples, few_examples = (
        min(count, len(data.test)) for count in (settings.examples, settings.is_examples)
    )
    seconds = walks(settings.chains, settings.steps + max(settings.chain_steps, default=0) + 100)
    if trainer.settings.train.objective != "self":
        seconds += walks(min(settings.prior_examples, len(data.train)), settings.steps)
        seconds += walks(examples, settings.steps, settings.bound_walks)
        seconds += walks(few_examples, settings.steps, settings.walks)
        seconds += 2 * walks(few_examples, settings.steps, settings.smc_walks)
        seconds += walks(settings.samples, settings.steps + settings.extra_steps)
        heat = settings.equilibrium
        seconds += walks(heat.chains + heat.reverse, 2 * heat.steps)
    if settings.judge and can_be_judged(data):
        seconds += _seconds_to_train_a_judge(data)
    if settings.inception:
        seconds += INCEPTION_SECONDS * (settings.samples + min(len(data.train), MOST_REAL))
    return seconds


def _seconds_to_train_a_judge(data: Dataset) -> float:
    if data.name != "mnist":
        return COLOURS_SECONDS
    assert data.train_labels is not None
    return JUDGE_SECONDS if shipped_judge(data.train[:], data.train_labels) is None else 0.0


def _seconds_a_scored_step(trainer: Trainer, chains: int) -> float:
    """Time scored steps, the fewer the longer they take; return the seconds of the fastest."""
    visible, walkers = batch_of(trainer, 0)
    walkers = type(walkers)(walkers.seed, walkers.indices[:chains])
    kernel = trainer.dynamics
    state, _ = infer_hidden(kernel, kernel.tensor(visible[:chains]), walkers)

    def act(steps: int) -> None:
        for _ in heat(kernel, state, np.ones(steps), walkers, score=True):
            pass

    steps, spent, found = 1, 0.0, list[float]()
    while not found or (len(found) < 4 and spent < TIMED_SECONDS / 4):
        seconds = _seconds(lambda steps=steps: act(steps))  # type: ignore[misc]
        found.append(seconds / steps)
        spent += seconds
        steps = 20 if 20 * found[-1] < TIMED_SECONDS / 8 else steps
    return min(found)


def _peak_bytes(trainer: Trainer) -> float:
    """Estimate the most memory in use: what was measured up to now, and what evaluation adds."""
    settings, data = trainer.settings.evaluate, trainer.dataset
    # Linux counts in kibibytes, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    now = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    values = BASELINE_AT_ONCE * data.train.shape[1] if data.binarise == "sample" else 0
    walked = max(settings.bound_walks * settings.examples, settings.walks * settings.is_examples)
    half_steps = settings.steps * len(trainer.dynamics.network.order)
    shown = settings.chains * (len(settings.chain_steps) + 2) + 2 * settings.samples
    return float(
        now
        + max(BYTES_TO_BINARISE * values, 4 * 8 * walked * half_steps)
        + 8 * shown * trainer.dynamics.network.size
    )
