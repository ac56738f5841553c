"""Recordings: NWB, Neo, SONATA."""

import json
import warnings
from datetime import UTC, datetime
from pathlib import Path

import h5py
import numpy as np
from mistakes import one_line_error

from asynet.exchange.spike_files import read_activity
from asynet.exchange.spike_trains import from_neo
from files_of_others.rows import row

CASES = Path(__file__).parents[1] / "exchange" / "cases"
# Three neurons, of which the last is silent, over eight bins of 0.1 s; it fires from bin 1 to 6.
TRAINS = ([0.15, 0.25, 0.55], [0.15, 0.65], [])
STATES = np.zeros((8, 3))
for _unit, _times in enumerate(TRAINS):
    STATES[[int(time * 10) for time in _times], _unit] = 1
TIMES = np.array([time for times in TRAINS for time in times])
UNITS = np.repeat([0, 1, 2], [len(times) for times in TRAINS])
WHOLE = [[0.0, 0.8]]


def check(activity, expected, starts=(0,)):
    """Compare the bins and the first bin of each stretch."""
    np.testing.assert_array_equal(activity.states, expected)
    assert activity.starts.tolist() == list(starts)


def nwb(folder, observed=None, trials=(), epochs=(), at=0.0, pack=False, extra=False):
    """Write the trains as units with pynwb, `at` seconds later."""
    import pynwb

    file = pynwb.NWBFile("a test", "0", datetime(2026, 1, 1, tzinfo=UTC))
    if extra:
        file.add_unit_column("quality", "a text")
    for unit, times in enumerate(TRAINS):
        keys = {} if observed is None else {"obs_intervals": np.array(observed[unit]) + at}
        keys |= {"quality": "good"} if extra else {}
        file.add_unit(spike_times=np.array(times) + at, **keys)
    for start, stop in trials:
        file.add_trial(start_time=start + at, stop_time=stop + at)
    for start, stop in epochs:
        file.add_epoch(start_time=start + at, stop_time=stop + at, tags=["task"])
    if pack:
        file.units["spike_times"].target.set_data_io(
            pynwb.H5DataIO, {"compression": "gzip", "chunks": (2,)}
        )
    with pynwb.NWBHDF5IO(folder / "a.nwb", "w") as io:
        io.write(file)
    return folder / "a.nwb"


@row("recording", "pynwb", "units alone", "bins from the first to the last spike; the silent unit")
def units_alone(folder):
    check(read_activity(nwb(folder), 0.1), STATES[1:7])


@row("recording", "pynwb", "`obs_intervals` of 0.8 s", "the silence before and after the spikes")
def observed(folder):
    check(read_activity(nwb(folder, [WHOLE] * 3), 0.1), STATES)


@row("recording", "pynwb", "`obs_intervals` from 3600 s on", "the same bins, and none before them")
def observed_late(folder):
    check(read_activity(nwb(folder, [WHOLE] * 3, at=3600.0), 0.1), STATES)


@row("recording", "pynwb", "`obs_intervals` in Unix time, 1.7e9 s", "the same bins")
def observed_unix(folder):
    check(read_activity(nwb(folder, [WHOLE] * 3, at=1.7e9), 0.1), STATES)


@row("recording", "pynwb", "two `obs_intervals` with a pause", "two stretches")
def paused(folder):
    found = read_activity(nwb(folder, [[[0.0, 0.2], [0.5, 0.8]]] * 3), 0.1)
    check(found, np.concatenate([STATES[:2], STATES[5:]]), (0, 2))


@row("recording", "pynwb", "units observed at different times", "what all of them share")
def observed_apart(folder):
    path = nwb(folder, [[[0.0, 0.6]], [[0.1, 0.8]], [[0.0, 0.8]]])
    check(read_activity(path, 0.1), STATES[1:6])


@row("recording", "pynwb", "trials without `obs_intervals`", "one stretch a trial")
def trials(folder):
    path = nwb(folder, trials=[(0.1, 0.3), (0.5, 0.8)])
    check(read_activity(path, 0.1), np.concatenate([STATES[1:3], STATES[5:]]), (0, 2))


@row("recording", "pynwb", "trials within `obs_intervals`", "stretches cut where a trial begins")
def trials_within(folder):
    path = nwb(folder, [WHOLE] * 3, trials=[(0.0, 0.4), (0.4, 0.8)])
    check(read_activity(path, 0.1), STATES, (0, 4))


@row("recording", "pynwb", "epochs, no trials", "epochs describe and do not cut")
def epochs(folder):
    path = nwb(folder, [WHOLE] * 3, epochs=[(0.0, 0.4), (0.4, 0.8)])
    check(read_activity(path, 0.1), STATES)


@row("recording", "pynwb", "packed spike times, a column of text", "the same bins")
def packed(folder):
    check(read_activity(nwb(folder, [WHOLE] * 3, pack=True, extra=True), 0.1), STATES)


@row("recording", "pynwb", "a file without units", "error: what is missing")
def no_units(folder):
    import pynwb

    file = pynwb.NWBFile("a test", "0", datetime(2026, 1, 1, tzinfo=UTC))
    with pynwb.NWBHDF5IO(folder / "a.nwb", "w") as io:
        io.write(file)
    one_line_error(lambda: read_activity(folder / "a.nwb", 0.1), "units/spike_times is missing")


def segment(start=0.0, stop=0.8, unit="s", factor=1.0, first=0):
    """Return the trains as a Neo Segment."""
    import neo
    import quantities as pq

    scale = getattr(pq, unit)
    found = neo.Segment()
    for index, times in enumerate(TRAINS):
        shifted = (np.array(times) + first) * factor
        ends = {
            "t_start": (start + first) * factor * scale,
            "t_stop": (stop + first) * factor * scale,
        }
        found.spiketrains.append(neo.SpikeTrain(shifted * scale, name=f"n{index}", **ends))
    return found


@row("recording", "neo", "a Segment in seconds", "bins from `t_start` to `t_stop`")
def neo_segment(folder):
    check(from_neo(segment(), 0.1), STATES)


@row("recording", "neo", "a Segment in milliseconds", "the same bins")
def neo_ms(folder):
    check(from_neo(segment(unit="ms", factor=1000), 0.1), STATES)


@row("recording", "neo", "a Segment that starts at 1000 s", "the same bins")
def neo_late(folder):
    check(from_neo(segment(first=1000), 0.1), STATES)


@row("recording", "neo", "a Block of two Segments", "one stretch a Segment")
def neo_block(folder):
    import neo

    block = neo.Block()
    block.segments.extend([segment(), segment(first=20)])
    check(from_neo(block, 0.1), np.tile(STATES, (2, 1)), (0, 8))


@row("recording", "neo", "Segments of other neurons in one Block", "error: other names")
def neo_other(folder):
    import neo
    import pytest

    block = neo.Block()
    other = segment()
    other.spiketrains[0].name = "x"
    block.segments.extend([segment(), other])
    with pytest.raises(ValueError, match="Segment 1 has spike trains of other names or order"):
        from_neo(block, 0.1)


@row("recording", "neo.io.NWBIO", "a Block as NWB", "the spikes of each unit")
def neo_nwb(folder):
    import neo

    block = neo.Block()
    part = segment()
    part.spiketrains.pop()
    block.segments.append(part)
    block.annotate(session_start_time=datetime(2026, 1, 1, tzinfo=UTC), identifier="0")
    block.annotate(session_description="a test")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of pynwb, on how neo calls it
        writer = neo.io.NWBIO(str(folder / "a.nwb"), "w")
        writer.write_all_blocks([block])
        writer.close()
    found, seen = read_activity(folder / "a.nwb", 0.1).states, STATES[:, :2]
    np.testing.assert_array_equal(found[found.any(axis=1)], seen[seen.any(axis=1)])


def sonata(
    folder, ids="node_ids", group="spikes/cells", unit="ms", scale=1000.0, order=None, **keys
):
    """Write the spikes in the layout that libsonata reads."""
    order = np.arange(len(TIMES)) if order is None else order
    with h5py.File(folder / "a.h5", "w") as file:
        spikes = file.create_group(group)
        kinds = keys.pop("dtypes", ("f8", "u8"))
        spikes.create_dataset("timestamps", data=(TIMES * scale)[order].astype(kinds[0]), **keys)
        spikes.create_dataset(ids, data=UNITS[order].astype(kinds[1]), **keys)
        if unit is not None:
            spikes["timestamps"].attrs["units"] = unit
    return folder / "a.h5"


SEEN = STATES[1:7, :2]


@row("recording", "h5py", "SONATA spikes in ms, by neuron", "the bins; libsonata finds as many")
def sonata_ms(folder):
    import libsonata

    path = sonata(folder)
    check(read_activity(path, 0.1), SEEN)
    assert len(libsonata.SpikeReader(str(path))["cells"].get()) == len(TIMES)


@row("recording", "h5py", "SONATA spikes in seconds, by time", "the same bins")
def sonata_s(folder):
    check(read_activity(sonata(folder, unit="s", scale=1, order=np.argsort(TIMES)), 0.1), SEEN)


@row("recording", "h5py", "SONATA's old `/spikes/gids`, no units", "the same bins, in ms")
def sonata_gids(folder):
    check(read_activity(sonata(folder, "gids", "spikes", None), 0.1), SEEN)


@row("recording", "h5py", "SONATA spikes, packed, units as bytes", "the same bins")
def sonata_packed(folder):
    path = sonata(folder, unit=np.bytes_("ms"), compression="gzip", chunks=(2,))
    check(read_activity(path, 0.1), SEEN)


@row("recording", "h5py", "SONATA spikes, big-endian, float32 and int16", "the same bins")
def sonata_big_endian(folder):
    check(read_activity(sonata(folder, dtypes=(">f4", ">i2")), 0.1), SEEN)


@row("recording", "h5py", "SONATA spikes of three populations, one silent", "side by side, by name")
def sonata_several(folder):
    sonata(folder)
    with h5py.File(folder / "a.h5", "r+") as file:
        for name, times in (("axons", [150.0]), ("quiet", [])):
            file[f"spikes/{name}/timestamps"] = np.array(times)
            file[f"spikes/{name}/node_ids"] = np.zeros(len(times), np.uint64)
    check(read_activity(folder / "a.h5", 0.1), np.column_stack([[1, 0, 0, 0, 0, 0], SEEN]))


@row(
    "recording", "h5py", "SONATA spikes with simulation_config.json", "the run's span, silence too"
)
def sonata_config(folder):
    path = sonata(folder)
    config = {"run": {"tstart": 0.0, "tstop": 800.0}, "output": {"spikes_file": "a.h5"}}
    (folder / "simulation_config.json").write_text(json.dumps(config))
    check(read_activity(path, 0.1), STATES[:, :2])


@row("recording", "h5py", "SONATA spikes in minutes", "error: the unit, and those that are read")
def sonata_minutes(folder):
    path = sonata(folder, unit="min")
    one_line_error(lambda: read_activity(path, 0.1), "timestamps in 'min'; ms or s are read")


@row("recording", "bmtk", "SONATA spikes of PoissonSpikeGenerator", "each spike in its bin")
def bmtk_spikes(folder):
    path = CASES / "bmtk_external" / "spikes.h5"
    with h5py.File(path) as file:
        times, nodes = (file[f"spikes/ext/{name}"][:] for name in ("timestamps", "node_ids"))
    first = np.floor(times.min() / 10)
    expected = np.zeros((int(np.floor(times.max() / 10) - first) + 1, 4))
    expected[(np.floor(times / 10) - first).astype(int), nodes] = 1
    check(read_activity(path, 0.01), expected)
