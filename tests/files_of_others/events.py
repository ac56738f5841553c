"""Recordings: states in NumPy files, and tables of events."""

import numpy as np
from mistakes import one_line_error

from asynet.exchange.spike_files import read_activity
from files_of_others.recordings import SEEN, STATES, TIMES, UNITS, check
from files_of_others.rows import row

ARRAYS = {
    "booleans": lambda: STATES.astype(bool),
    "int8": lambda: STATES.astype(np.int8),
    "big-endian float32": lambda: STATES.astype(">f4"),
    "Fortran order": lambda: np.asfortranarray(STATES.astype(np.uint16)),
}
for _what, _made in ARRAYS.items():

    @row("recording", "numpy", f".npy of states, {_what}", "the states")
    def npy(folder, made=_made):
        np.save(folder / "a.npy", made())
        check(read_activity(folder / "a.npy", None), STATES)


@row("recording", "numpy", "packed .npz of `states` and `starts`", "the states; a stretch a start")
def npz_states(folder):
    np.savez_compressed(folder / "a.npz", states=STATES.astype(bool), starts=np.array([0, 3], "u1"))
    check(read_activity(folder / "a.npz", None), STATES, (0, 3))


@row("recording", "numpy", ".npz of `times`, `units`, `intervals`", "the bins of each interval")
def npz_events(folder):
    np.savez(folder / "a.npz", times=TIMES, units=UNITS.astype(">i2"), intervals=[[0.0, 0.8]])
    check(read_activity(folder / "a.npz", 0.1, 3), STATES)


@row("recording", "numpy", ".npy of states, transposed", "error: which axis is which")
def npy_transposed(folder):
    np.save(folder / "a.npy", STATES.T)
    one_line_error(lambda: read_activity(folder / "a.npy", None), "[bin, neuron]")


def frame():
    """Return the spikes as a DataFrame."""
    import pandas

    return pandas.DataFrame({"time": TIMES, "neuron": UNITS})


def _csv(name, what, **keys):
    @row("recording", "pandas", f"events as {what}", "the bins from the first to the last spike")
    def events(folder):
        path = folder / name
        frame().to_csv(path, **({"index": False} | keys))
        check(read_activity(path, 0.1), SEEN)


_csv("a.csv", "CSV")
_csv("a.tsv", "TSV", sep="\t")
_csv("a.csv", "CSV with semicolons and an index", sep=";", index=True)
_csv("a.csv", "CSV with CRLF and a byte-order mark", lineterminator="\r\n", encoding="utf-8-sig")
_csv("a.csv", "CSV, all of it quoted", quoting=1)
_csv("a.csv", "CSV, neuron before time", columns=["neuron", "time"])


@row("recording", "pandas", "events as CSV with a column `trial`", "one stretch a trial")
def csv_trials(folder):
    frame().assign(trial=[5, 5, 1, 5, 1]).to_csv(folder / "a.csv", index=False)
    found = read_activity(folder / "a.csv", 0.1)
    check(found, np.concatenate([SEEN[4:], SEEN[:2]]), (0, 2))


@row("recording", "pandas", "events as CSV with decimal commas", "error: the column and its text")
def csv_commas(folder):
    frame().to_csv(folder / "a.csv", index=False, sep=";", decimal=",")
    one_line_error(lambda: read_activity(folder / "a.csv", 0.1), "'time'", "'0,15'")


KINDS = {
    "Parquet": {},
    "Parquet, masked Int64 without gaps": {"neuron": "Int64"},
    "Parquet of float32 and uint8": {"time": "float32", "neuron": "uint8"},
}
for _what, _types in KINDS.items():

    @row("recording", "pandas", f"events as {_what}", "the same bins")
    def parquet(folder, types=_types):
        frame().astype(types).to_parquet(folder / "a.parquet")
        check(read_activity(folder / "a.parquet", 0.1), SEEN)


@row("recording", "pandas", "events as Parquet, masked Int64 with a gap", "error: the column")
def parquet_gap(folder):
    import pandas

    units = pandas.array([*UNITS[:-1].tolist(), None], "Int64")
    frame().assign(neuron=units).to_parquet(folder / "a.parquet")
    one_line_error(
        lambda: read_activity(folder / "a.parquet", 0.1), "'neuron': 1 values are missing"
    )
