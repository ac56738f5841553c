"""What may change when a run goes on, and how the run directory tells of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asynet.errors import UserError
from asynet.files import write_atomically
from asynet.run.directory import RunDirectory, open_directory, read_run
from asynet.run.trainer import Trainer
from asynet.study.file import study_text
from asynet.study.study import Study
from asynet.study.terms import shown

# Blocks and keys that change no number.
FREE = ("compute", "checkpoint", "description", "nwb")
# How long a run trains and how often it looks: they change no walk that is done.
LENGTHS = (
    "train.epochs",
    "train.patience",
    "train.validate_every",
    "record.every",
    "record.weights_every",
)
NAMED = 5  # differences that a message names
ORDER = object()  # stands for the value before where only the order of keys differs


@dataclass(frozen=True)
class Resumed:
    """A run that goes on.

    Parameters
    ----------
    directory : RunDirectory
        Its directory, which need not be locked.
    study : Study
        The study that goes on.
    changes : dict of str to list
        What it changes of the run's length: [before, now], by key.
    """

    directory: RunDirectory
    study: Study
    changes: dict[str, list[Any]]


def reopen(path: Path, study: Study) -> Resumed:
    """Open the directory of a stopped or finished run.

    Parameters
    ----------
    path : Path
        The directory.
    study : Study
        The study that is to continue.

    Returns
    -------
    Resumed
        The run. Its directory is not locked.

    Raises
    ------
    UserError
        One line, if it holds no run, or the run of another study. The keys in LENGTHS may differ,
        and what changes no number: the blocks compute, checkpoint and nwb, and the description.
    """
    try:
        directory = open_directory(path)
    except UserError as error:
        raise UserError(f"--resume: {error}") from None
    before = read_run(directory).model_dump(mode="json")
    now = study.model_dump(mode="json")
    for key in FREE:
        before.pop(key)
        now.pop(key)
    found, other = dict[str, list[Any]](), []
    for key, old, new in _differences(before, now, ""):
        if key in LENGTHS and not (key == "train.patience" and old is None):
            found[key] = [old, new]
        else:
            other.append(_told(key, old, new))
    if other:
        more = f" (and {len(other) - NAMED} more)" if len(other) > NAMED else ""
        problem = f"{path} holds a run of another study: {', '.join(other[:NAMED])}{more}"
        raise UserError(f"--resume: {problem}; may change: {', '.join(LENGTHS)}")
    return Resumed(directory, study, found)


def require_reached(trainer: Trainer, run: Resumed) -> None:
    """Check that a run that goes on has not trained for longer than it now shall.

    Parameters
    ----------
    trainer : Trainer
        As the checkpoint left it.
    run : Resumed
        What `reopen` returned.

    Raises
    ------
    UserError
        One line, if it has.
    """
    done = trainer.progress.walks
    if "train.epochs" in run.changes and done > trainer.total_walks:
        problem = f"{shown(run.study.train.epochs)} is not allowed at this --resume"
        least = f"{done / trainer.walks_per_epoch:g}, which are done"
        raise UserError(f"train.epochs: {problem}; must be at least {least}")


def history(run: Resumed, environment: Mapping[str, Any], walks: int) -> list[dict[str, Any]]:
    """Return what has changed at each resume of a run so far, this one included.

    Parameters
    ----------
    run : Resumed
        What `reopen` returned; its environment.json tells of the resumes before.
    environment : mapping
        What environment.json is going to say.
    walks : int
        Training walks done.

    Returns
    -------
    list of dict
        `after_walks`, `changed` ([before, now], by key) and `numbers_may_differ`: whether the
        numbers may differ in their last digits from those of a run without this resume.

    Raises
    ------
    UserError
        If environment.json is damaged.
    """
    before = run.directory.read_environment()
    told = before.get("resumed", [])
    if not isinstance(told, list) or not all(map(_is_entry, told)):
        raise UserError(f"{run.directory.path}: environment.json: resumed is damaged")
    machine = {
        key: [before[key], environment[key]]
        for key in ("threads", "processes", "kernel", "device")
        if key in before and before[key] != environment[key]
    }
    if not run.changes and not machine:
        return told
    # The sums of a network's kernels do not depend on who adds what; those of torch do.
    exact = {"threads", "processes"} if run.study.network is not None else set()
    entry = {
        "after_walks": walks,
        "changed": run.changes | machine,
        "numbers_may_differ": not set(machine) <= exact,
    }
    return told if told[-1:] == [entry] else [*told, entry]  # a kill may have come in between


def write_changes(run: Resumed, resumed: list[dict[str, Any]]) -> None:
    """Write a study whose length has changed, below comments that say what changed when.

    The final numbers of the shorter run are removed, since they are not those of the study.

    Parameters
    ----------
    run : Resumed
        What `reopen` returned; its directory is locked.
    resumed : list of dict
        What `history` returned.
    """
    if not run.changes:
        return
    lines = []
    for entry in resumed:
        changes = (_told(k, *pair) for k, pair in entry["changed"].items() if k in LENGTHS)
        if said := ", ".join(changes):
            lines.append(f"# Resumed after {entry['after_walks']} walks: {said}\n")
    (run.directory.path / "summary.json").unlink(missing_ok=True)
    run.directory.likelihoods.unlink(missing_ok=True)
    text = "".join(lines) + study_text(run.study, run.directory.path)
    write_atomically(run.directory.study, text.encode())


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("changed"), dict):
        return False
    pairs = entry["changed"].values()
    return "after_walks" in entry and all(isinstance(p, list) and len(p) == 2 for p in pairs)


def _told(key: str, old: Any, new: Any) -> str:
    return f"{key} {new}" if old is ORDER else f"{key} was {shown(old)} and is now {shown(new)}"


def _differences(before: Any, now: Any, key: str) -> Iterator[tuple[str, Any, Any]]:
    """Yield key, value before and value now, for each key that differs."""
    if isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        before, now = dict(enumerate(before)), dict(enumerate(now))
    if not (isinstance(before, dict) and isinstance(now, dict)):
        if before != now:
            yield key, before, now
        return
    inner = False
    for name in [*before, *(n for n in now if n not in before)]:
        for found in _differences(before.get(name), now.get(name), f"{key}.{name}".strip(".")):
            inner = True
            yield found
    if not inner and list(before) != list(now):  # the first population is the visible one
        yield key, ORDER, "come in another order"
