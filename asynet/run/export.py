"""Export what a run recorded to NWB, SONATA, CSV or Parquet, completely or not at all."""

import errno
import os
import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from asynet import plugins
from asynet.errors import UserError
from asynet.exchange.nwb import Metadata, write_nwb
from asynet.exchange.recorded_synapses import read_synapses
from asynet.exchange.selection import Selection, select, stream_events
from asynet.exchange.sonata import write_sonata
from asynet.exchange.tables import write_csv, write_parquet
from asynet.record.append import ROOM
from asynet.record.trajectory import Trajectory
from asynet.run.directory import RunDirectory, read_run
from asynet.study.file import study_text
from asynet.study.study import Study

Format = Literal["nwb", "sonata", "csv", "parquet"]
SUFFIX: dict[str, str] = {"nwb": ".nwb", "sonata": "", "csv": ".csv", "parquet": ".parquet"}
# Bytes that a spike and a synapse take, in the format that takes most.
SPIKE_BYTES: dict[str, int] = {"nwb": 8, "sonata": 17, "csv": 0, "parquet": 0}
SYNAPSE_BYTES: dict[str, int] = {"nwb": 28, "sonata": 92, "csv": 0, "parquet": 0}


@dataclass(frozen=True)
class Exported:
    """What an export wrote.

    Parameters
    ----------
    path : Path
        The file or folder.
    n_trials, n_neurons, n_spikes : int
        How many of each it holds.
    """

    path: Path
    n_trials: int
    n_neurons: int
    n_spikes: int


def export_run(
    run: Path,
    to: str,
    out: Path | None = None,
    phases: Sequence[str] = (),
    populations: Sequence[str] = (),
    chains: Sequence[int] = (),
    trained: bool = False,
) -> Exported:
    """Export a selection of a run directory, or of a trajectory file without one.

    An export that fails leaves nothing behind.

    Parameters
    ----------
    run : Path
        The run directory, or a trajectory file.
    to : {"nwb", "sonata", "csv", "parquet"} or str
        Format, or the name of a plugin's export.
    out : Path, optional
        File, or for SONATA folder, that must not exist; by default spikes.nwb, sonata, spikes.csv
        or spikes.parquet beside the trajectory.
    phases, populations, chains : sequence
        What is exported; all of it if empty: see `selection.select`.
    trained : bool
        Whether to export only walks of the trained network.

    Returns
    -------
    Exported
        What was written.

    Raises
    ------
    UserError
        One line, for a mistake of the user.
    OSError
        If the disk is full.
    """
    path = run / "trajectory.h5" if run.is_dir() else run
    if run.is_dir() and not path.is_file():
        raise UserError(f"{run}: holds no run (trajectory.h5 is missing)")
    place = _place(to, path.parent, out)
    study = _study(path.parent) if run.is_dir() else None
    dt = (study.nwb.dt if study else 1.0) / 1000
    with Trajectory(path) as trajectory:
        selection = select(trajectory, phases, populations, chains, trained, dt)
        n_spikes = sum(len(events.neuron) for events in stream_events(selection))
        partial = place.with_name(f".partial-{os.getpid()}-{place.name}")
        try:
            _require_room(selection, to, place, n_spikes)
            _write(selection, to, partial, study)
            os.replace(partial, place)
        except PermissionError as error:
            raise UserError(f"{place}: cannot be written: {error.strerror}") from None
        except OSError as error:  # HDF5 says at length what one line can say
            raise OSError(error.errno, os.strerror(error.errno or errno.EIO), str(place)) from None
        finally:
            _remove(partial)
    n_neurons = sum(p.size for p in selection.populations)
    return Exported(place, len(selection.trials), n_neurons, n_spikes)


def format_of(to: str) -> plugins.Part | None:
    """Return the plugin's export of this name; None for a format of asynet itself.

    Parameters
    ----------
    to : str
        Name of the format.

    Raises
    ------
    UserError
        If there is no such format, or both asynet and a loaded module have one.
    """
    if to not in SUFFIX:
        if (part := plugins.find("exports", to)) is None:
            raise UserError(f"--to {to}: {plugins.must_be('exports', SUFFIX)}")
        return part
    if (module := plugins.module_of("exports", to)) is not None:
        raise UserError(f"--to {to}: asynet and {module} both have a format of this name")
    return None


def _place(to: str, beside: Path, out: Path | None) -> Path:
    """Return where to write; UserError if it cannot be there."""
    part = format_of(to)
    suffix = SUFFIX[to] if part is None else part.suffix
    place = out or beside / (f"spikes{suffix}" if suffix else to)
    if place.suffix != suffix:
        wanted = f"must end in {suffix}" if suffix else "must be a folder, without suffix"
        raise UserError(f"--out {place}: {wanted} for {to}")
    if place.exists():
        raise UserError(f"{place}: exists already; give another --out")
    if not place.parent.is_dir():
        raise UserError(f"{place}: its folder does not exist")
    return place


def _study(folder: Path) -> Study | None:
    directory = RunDirectory(folder)
    return read_run(directory) if directory.study.is_file() else None


def _write(selection: Selection, to: str, path: Path, study: Study | None) -> None:
    if (part := format_of(to)) is not None:
        part(selection, path)
        if not path.exists():
            raise UserError(f"--to {to}: the plugin wrote nothing to the path that it was given")
        return
    seed = int(selection.trajectory.attributes.get("seed", 0))
    if to == "nwb":
        write_nwb(selection, path, metadata_of(selection, study))
    elif to == "sonata":
        write_sonata(selection, path, seed)
    elif to == "csv":
        write_csv(selection, path)
    else:
        write_parquet(selection, path)


def metadata_of(selection: Selection, study: Study | None) -> Metadata:
    """Return what an NWB file says of a selection.

    Parameters
    ----------
    selection : Selection
        What is exported.
    study : Study, optional
        Its study; without one, the trajectory file alone says what it holds.
    """
    file, attributes = selection.trajectory.path, selection.trajectory.attributes
    name = str(attributes.get("study", file.stem))
    seed = f"seed {attributes['seed']}" if "seed" in attributes else "seed unknown"
    began = attributes.get("began")
    if began is None:  # not every writer says so; no file is older than what it holds
        start = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    else:
        start = datetime.fromisoformat(str(began))
    text = study_text(study) if study else ""
    identity = f"{name} {seed} {start.isoformat()} {text}"
    about = "A simulated network of stochastic neurons that heats, dreams (cools) and runs freely."
    said = study.nwb if study else None
    description = (said.session_description or study.description) if study and said else ""
    return Metadata(
        identifier=str(uuid.uuid5(uuid.NAMESPACE_URL, identity)),
        session_id=name,
        start=start,
        description=description or about,
        experiment=f"{about} Simulated with asynet, {seed}.",
        experimenter=said.experimenter if said else (),
        lab=said.lab if said else "",
        institution=said.institution if said else "",
        subject=said.subject if said else "",
        source=text,
        source_name="study.yaml" if study else "",
        notes=f"{seed}; a half-step lasts {selection.dt * 1000:g} ms",
    )


def _require_room(selection: Selection, to: str, place: Path, n_spikes: int) -> None:
    """Raise OSError if the disk is too full: HDF5 may not survive to say so."""
    n_synapses = sum(len(s.weight) for s in read_synapses(selection.trajectory))
    width = sum(4 * p.size for p in selection.populations if p.law == "gaussian")
    rows = sum(trial.walk.n_steps + 1 for trial in selection.trials)
    names = 400 * (sum(p.size for p in selection.populations) + len(selection.trials))
    spike_bytes, synapse_bytes = SPIKE_BYTES.get(to, 0), SYNAPSE_BYTES.get(to, 0)
    needed = names + n_spikes * spike_bytes + n_synapses * synapse_bytes
    needed += rows * (width + 16 + len(selection.populations)) if spike_bytes else 0
    if shutil.disk_usage(place.parent).free < needed + ROOM:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(place))


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    elif path.exists():  # on a read-only disk there is nothing, and unlink would complain
        path.unlink()
