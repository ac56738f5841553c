"""Run a study: a study file in, a run directory out."""

import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from asynet import processes
from asynet.errors import NotFinite
from asynet.evaluation.inception import check_inception
from asynet.files import save_figure
from asynet.run.build import Given, build_trainer
from asynet.run.checkpoint import hand_on, restore, save_checkpoint, start_with_weights
from asynet.run.claim import claimed, locked
from asynet.run.directory import RunDirectory, fill
from asynet.run.draw import draw_run
from asynet.run.environment import environment
from asynet.run.event_files import EventFiles, check_tensorboard
from asynet.run.follow import Follower
from asynet.run.loop import Stopped, train, train_along
from asynet.run.measure.summary import summarise
from asynet.run.place import choose_device
from asynet.run.recorder import open_trajectory, record_after_training
from asynet.run.resume import Resumed, history, reopen, require_reached, write_changes
from asynet.run.trainer import Trainer
from asynet.study.study import Study
from asynet.types import Device

CONSOLE = Console(highlight=False, soft_wrap=True, quiet=not processes.is_first())


def run_study(
    study: Study,
    out: Path,
    resume: bool = False,
    device: Device = "auto",
    command: str = "",
    given: Given | None = None,
    inputs: Mapping[str, bytes] | None = None,
    tensorboard: bool = False,
) -> Path:
    """Train, evaluate, record and report.

    Where torchrun has started several processes, each calls this, and the first one alone reads
    and writes the run directory.

    Parameters
    ----------
    study : Study
        The study.
    out : Path
        Run directory, new or empty; to continue a run, its directory.
    resume : bool
        Continue the run in `out`, which was stopped or killed at any moment. It ends with the same
        numbers as a run without a stop. A study of another length prolongs it: see
        `resume.LENGTHS`.
    device : {"auto", "cpu", "cuda"}
        Where it is computed: see `place.choose_device`.
    command : str
        What environment.json says the run was started with.
    given : Given, optional
        What is handed over in Python in place of the study's data, network or operator.
    inputs : mapping of str to bytes, optional
        Content of files that the study names, by name; they are put into the run directory.
    tensorboard : bool
        Write the numbers of training for TensorBoard too, into `tensorboard/`.

    Returns
    -------
    Path
        The run directory's report.html.

    Raises
    ------
    UserError
        One line, for a mistake of the user.
    FloatingPointError
        If weights or final numbers overflow.
    Stopped
        At Ctrl-C or SIGTERM, after training was saved in `out`.
    ProcessLost
        If another process of the run has ended.
    """

    def leave() -> None:
        if not processes.lost():  # torchrun stops the processes that are left
            raise Stopped

    # Weights and final numbers are checked themselves, so NumPy need not warn of overflow.
    with _on_signals(leave), np.errstate(over="ignore", invalid="ignore"):
        place = choose_device(device, study)
        if study.evaluate.inception:
            check_inception()
        if tensorboard:
            check_tensorboard()
        processes.join(place)
        if not processes.is_first():
            _accompany(build_trainer(study, place, given))
            return processes.from_first(lambda: out)
        if resume:
            reopen(out, study)  # what is refused need not wait for the data
            trainer = build_trainer(study, place, given)
            with locked(RunDirectory(out)):
                before = reopen(out, study)
                if before.directory.begun:
                    restore(trainer, before.directory.checkpoint)
                else:  # it was stopped before its first checkpoint
                    _take_weights(trainer, study)
                    save_checkpoint(trainer, before.directory.checkpoint)
                require_reached(trainer, before)
                said = environment(study, command, place)
                said["resumed"] = history(before, said, trainer.progress.walks)
                return _go_on(trainer, before.directory, said, before, tensorboard)
        trainer = build_trainer(study, place, given)
        _take_weights(trainer, study)
        with claimed(out) as directory:
            fill(directory, study, inputs)
            save_checkpoint(trainer, directory.checkpoint)
            said = environment(study, command, place)
            return _go_on(trainer, directory, said, None, tensorboard)


def _take_weights(trainer: Trainer, study: Study) -> None:
    """Let an operator start with the weights of another run, if its study says so."""
    operator = study.operator
    if operator is not None and operator.weights is not None:
        start_with_weights(trainer, Path(operator.weights))


def _go_on(
    trainer: Trainer,
    directory: RunDirectory,
    environment: dict[str, Any],
    resumed: Resumed | None,
    tensorboard: bool,
) -> Path:
    """Train to the end, measure, draw and report; return the report."""
    began = time.monotonic() - trainer.progress.seconds
    hand_on(trainer)
    try:
        follower = _train_and_record(trainer, directory, environment, resumed, tensorboard)
        with _told_if_stopped(follower):
            follower.say("measuring")
            _measure_and_draw(trainer, directory)
            environment["duration_seconds"] = round(time.monotonic() - began, 1)
            directory.write_environment(environment)
            return processes.from_first(follower.end)
    except NotFinite as error:
        raise _diverged(error) from None


def _accompany(trainer: Trainer) -> None:
    """Do a process's share of a run that another one writes."""
    stop: list[int] = []
    hand_on(trainer)
    try:
        with _on_signals(lambda: stop.append(1)):
            train_along(trainer, stop)
        if trainer.settings.train.patience is not None:
            hand_on(trainer)
        summarise(trainer, lambda _: None)
    except NotFinite as error:
        raise _diverged(error) from None


def _diverged(error: NotFinite) -> FloatingPointError:
    problem = f"states grow without bound ({error})"
    return FloatingPointError(f"{problem}; a smaller train.lr may help")


@contextmanager
def _told_if_stopped(follower: Follower) -> Iterator[None]:
    """Let the page say that the run was stopped, if the block does not come to its end."""
    try:
        yield
    except BaseException:
        follower.say("stopped")
        raise


@contextmanager
def _events(
    trainer: Trainer, directory: RunDirectory, tensorboard: bool
) -> Iterator[EventFiles | None]:
    """Open TensorBoard's files if they are asked for."""
    if not tensorboard:
        yield None
        return
    lines, seconds = directory.read_metrics(), trainer.progress.seconds
    events = EventFiles(directory.tensorboard, lines, seconds)
    try:
        yield events
    finally:
        try:
            events.close()
        except OSError as error:
            CONSOLE.print(f"the run goes on, but TensorBoard's files are not whole: {error}")


def _train_and_record(
    trainer: Trainer,
    directory: RunDirectory,
    environment: dict[str, Any],
    resumed: Resumed | None,
    tensorboard: bool,
) -> Follower:
    stop: list[int] = []

    def note() -> None:
        stop.append(1)
        if len(stop) > 1 and processes.started() == 1:  # torchrun passes a signal on once more
            raise Stopped

    # Opened first, since it may refuse to continue; the run then stays as it is.
    with open_trajectory(trainer, directory.trajectory) as trajectory:
        directory.keep_metrics_before(trainer.progress.walks)
        directory.write_environment(environment)
        with _events(trainer, directory, tensorboard) as events:
            follower = Follower(trainer, directory, CONSOLE, events)
            follower.begin()  # before the numbers of a shorter run are removed
            if resumed is not None:
                write_changes(resumed, environment["resumed"])
            with _told_if_stopped(follower):
                with _on_signals(note):
                    train(trainer, directory, trajectory, follower, stop, CONSOLE)
                if trainer.settings.train.patience is not None:
                    _take_best(trainer, directory)
                with processes.alone(), _choices_as_before(trainer):
                    record_after_training(trainer, trajectory)
    return follower


@contextmanager
def _choices_as_before(trainer: Trainer) -> Iterator[None]:
    """Forget what the block chooses for heating: the other processes have yet to choose it."""
    before = dict(trainer.piloted), dict(trainer.ahead)
    try:
        yield
    finally:
        if processes.started() > 1:
            trainer.piloted, trainer.ahead = before


def _take_best(trainer: Trainer, directory: RunDirectory) -> None:
    """Go back to the weights with the best validation bound, if there are any."""
    if directory.best.exists():
        walks = trainer.progress.walks
        restore(trainer, directory.best)
        trainer.progress.walks = walks
    hand_on(trainer)


def _measure_and_draw(trainer: Trainer, directory: RunDirectory) -> None:
    with CONSOLE.status("measuring") as status:
        results = summarise(trainer, lambda what: status.update(f"measuring: {what}"))
        directory.write_summary(results.summary)
        directory.write_likelihoods(results.likelihoods)
        status.update("drawing")
        figures = directory.path / "figures"
        figures.mkdir(exist_ok=True)
        metrics = directory.read_metrics()
        with processes.alone():
            for stem, figure in draw_run(trainer, results, metrics, directory.trajectory):
                save_figure(figure, figures / f"{stem}.png")


@contextmanager
def _on_signals(act: Callable[[], None]) -> Iterator[None]:
    """Call `act` at Ctrl-C and at SIGTERM, unless this process was started to ignore them."""

    def handle(*_: object) -> None:
        act()

    if threading.current_thread() is not threading.main_thread():  # signals reach that one alone
        yield
        return
    heard = [s for s in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(s) != signal.SIG_IGN]
    before = {number: signal.signal(number, handle) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
