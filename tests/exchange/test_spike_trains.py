"""Spikes into bins, from arrays, NWB, SONATA and Neo: the same states whichever they come from."""

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asynet.errors import UserError
from asynet.exchange.spike_files import read_activity
from asynet.exchange.spike_trains import bin_spikes, from_neo, from_trains

WIDTH = 0.002
STATES = np.random.default_rng(1).integers(0, 2, (40, 5)).astype(np.float32)
STATES[-1, 4] = 1  # where a file has no end, the last spike is it
BINS, UNITS = np.nonzero(STATES)
TIMES = (BINS + 0.5) * WIDTH


def write(folder, kind):
    path = folder / f"spikes.{kind.split(':')[0]}"
    if kind == "npy":
        np.save(path, STATES.astype(bool))
    elif kind == "npz":
        np.savez(path, states=STATES)
    elif kind == "npz:times":
        np.savez(path, times=TIMES, units=UNITS)
    elif kind == "nwb":
        order = np.lexsort((TIMES, UNITS))
        with h5py.File(path, "w") as file:
            file["units/spike_times"] = TIMES[order]
            file["units/spike_times_index"] = np.cumsum(np.bincount(UNITS, minlength=5))
    else:
        with h5py.File(path, "w") as file:
            spikes = file.create_group("spikes/cells")
            unit, scale = ("s", 1) if kind == "h5:s" else ("ms", 1000)
            spikes["timestamps"], spikes["node_ids"] = TIMES * scale, UNITS.astype(np.uint64)
            spikes["timestamps"].attrs["units"] = unit
    return path


@pytest.mark.parametrize("kind", ["npy", "npz", "npz:times", "nwb", "h5", "h5:s"])
def test_every_format_gives_the_states_that_were_written(tmp_path, kind):
    width = None if kind in ("npy", "npz") else WIDTH
    found = read_activity(write(tmp_path, kind), width).states
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, STATES)


def test_a_bin_that_states_do_not_use_is_refused(tmp_path):
    for kind in ("npy", "npz"):
        with pytest.raises(UserError, match=r"data\.bin: 0.002 is not used, since states have"):
            read_activity(write(tmp_path, kind), WIDTH)


def test_real_nwb_units(tmp_path):
    pynwb = pytest.importorskip("pynwb")
    from datetime import UTC, datetime

    nwb = pynwb.NWBFile("a test", "0", datetime(2026, 1, 1, tzinfo=UTC))
    for unit in range(5):
        nwb.add_unit(spike_times=TIMES[unit == UNITS])
    path = tmp_path / "real.nwb"
    with pynwb.NWBHDF5IO(path, "w") as io:
        io.write(nwb)
    np.testing.assert_array_equal(read_activity(path, WIDTH).states, STATES)


def test_neo_segments():
    neo = pytest.importorskip("neo")
    segment = neo.Segment()
    for unit in range(5):
        times = TIMES[unit == UNITS] * 1000
        segment.spiketrains.append(neo.SpikeTrain(times, units="ms", t_stop=40 * WIDTH * 1000))
    np.testing.assert_array_equal(from_neo(segment, WIDTH).states, STATES)


@given(
    width=st.sampled_from([0.001, 0.0033, 0.02, 1.0]),
    first=st.integers(-5, 5),
    rows=st.integers(1, 30),
    seed=st.integers(0, 99),
)
def test_bins_are_half_open_and_exact_for_times_on_their_edges(width, first, rows, seed):
    states = np.random.default_rng(seed).integers(0, 2, (rows, 3))
    bins, units = np.nonzero(states)
    start = first * width
    for place in (0.0, 0.5, 0.99):
        times = start + (bins + place) * width
        found = bin_spikes(times, units, 3, width, start, start + rows * width)
        np.testing.assert_array_equal(found, states)


def test_what_is_outside_or_twice_in_a_bin():
    found = bin_spikes([-0.1, 0.1, 0.2, 1.1, 2.5], [0, 0, 0, 1, 1], 2, 1.0, 0.0, 2.9)
    assert found.tolist() == [[1, 0], [0, 1]]
    assert from_trains([np.array([0.5]), np.zeros(0)], 1.0, 0, 1).tolist() == [[1, 0]]
    with pytest.raises(ValueError, match="no whole bin"):
        bin_spikes([0.1], [0], 1, 1.0, 0.0, 0.5)
    with pytest.raises(ValueError, match="units from 0 to 3"):
        bin_spikes([0.1, 0.2], [0, 3], 2, 1.0, 0.0, 1.0)


@pytest.mark.parametrize(
    ("name", "content", "width", "problem"),
    [
        ("a.txt", b"", 1.0, "unknown ending"),
        ("a.npy", None, None, "No such file"),
        ("a.npy", b"nonsense", None, r"cannot be read as \.npy"),
        ("a.npz", b"nonsense", None, r"cannot be read as \.npz"),
        ("a.nwb", b"nonsense", 1.0, r"cannot be read as \.nwb"),
        ("a.h5", b"nonsense", 1.0, r"cannot be read as \.h5"),
        ("a.nwb", b"", None, r"data\.bin must say how long a bin is"),
    ],
)
def test_what_cannot_be_read_is_a_users_mistake(tmp_path, name, content, width, problem):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=problem) as caught:
        read_activity(path, width)
    assert "\n" not in str(caught.value)


def test_arrays_that_are_no_states_are_refused(tmp_path):
    for wrong in (np.full((3, 2), 0.5), np.zeros(4)):
        np.save(tmp_path / "a.npy", wrong)
        with pytest.raises(UserError, match=r"states of 0 and 1, \[bin, neuron\]"):
            read_activity(tmp_path / "a.npy", None)
    np.savez(tmp_path / "a.npz", times=TIMES, units=UNITS)
    with pytest.raises(UserError, match=r"data\.bin must say"):
        read_activity(tmp_path / "a.npz", None)


@pytest.mark.filterwarnings("ignore:The 'copy' argument in Quantity")
@pytest.mark.parametrize("width", [1 / 30000, 1e-3, 0.0033, 0.02, 1.0])
@pytest.mark.parametrize("offset", [0.0, 0.1, 1000.0, 3600.0, 12345.678, 20000.0])
@pytest.mark.parametrize("unit", ["s", "ms"])
def test_spikes_on_edges_fall_into_the_bin_that_they_begin(width, offset, unit):
    """One spike on each edge of 3,000 bins: none is lost, in another bin, or against Elephant.

    Elephant's tolerance of 1e-8 bins is smaller than the rounding of late times, so it is given
    one that is not.
    """
    neo = pytest.importorskip("neo")
    conversion = pytest.importorskip("elephant.conversion")
    import quantities as pq

    n = 3000
    scale = 1000.0 if unit == "ms" else 1.0
    times = (offset + np.arange(n) * width) * scale
    stop = (offset + n * width) * scale
    train = neo.SpikeTrain(times, units=unit, t_start=offset * scale, t_stop=stop)
    segment = neo.Segment()
    segment.spiketrains.append(train)
    found = from_neo(segment, width).states
    assert found.shape == (n, 1)
    assert found.all()
    binned = conversion.BinnedSpikeTrain(train, bin_size=width * pq.s, n_bins=n, tolerance=1e-4)
    np.testing.assert_array_equal(binned.to_bool_array()[0], found[:, 0] == 1)


@pytest.mark.filterwarnings("ignore:The 'copy' argument in Quantity")
@pytest.mark.parametrize("width", [1 / 30000, 1e-3, 1.0])
@pytest.mark.parametrize("offset", [0.0, 1000.0, 20000.0])
def test_spikes_within_bins_agree_with_elephant(width, offset):
    neo = pytest.importorskip("neo")
    conversion = pytest.importorskip("elephant.conversion")
    import quantities as pq

    rng = np.random.default_rng(1)
    places = np.sort(rng.uniform(0.001, 499.999, 400))
    places = places[np.abs(places - np.rint(places)) > 1e-3]
    train = neo.SpikeTrain(
        offset + places * width, units="s", t_start=offset, t_stop=offset + 500 * width
    )
    segment = neo.Segment()
    segment.spiketrains.append(train)
    binned = conversion.BinnedSpikeTrain(train, bin_size=width * pq.s, n_bins=500, tolerance=1e-6)
    found = from_neo(segment, width).states[:, 0]
    np.testing.assert_array_equal(found, binned.to_bool_array()[0])
    assert found.sum() == len(np.unique(np.floor(places)))


def segment_of(trains, start, stop, names=None):
    neo = pytest.importorskip("neo")
    segment = neo.Segment()
    for number, times in enumerate(trains):
        name = None if names is None else names[number]
        train = neo.SpikeTrain(times, units="s", t_start=start, t_stop=stop, name=name)
        segment.spiketrains.append(train)
    return segment


def test_the_segments_of_a_block_are_stretches():
    neo = pytest.importorskip("neo")
    block = neo.Block()
    block.segments.append(segment_of([[1000.05], [1000.15]], 1000.0, 1000.3))
    block.segments.append(segment_of([[5.05], []], 5.0, 5.2))
    found = from_neo(block, 0.1)
    assert found.states.tolist() == [[1, 0], [0, 1], [0, 0], [1, 0], [0, 0]]
    assert found.starts.tolist() == [0, 3]
    assert found.followed.tolist() == [True, True, False, True, False]


def test_only_the_time_that_all_trains_share():
    segment = segment_of([[0.05, 0.35]], 0.0, 0.4)
    segment.spiketrains.extend(list(segment_of([[0.25]], 0.1, 0.3).spiketrains))
    assert from_neo(segment, 0.1).states.tolist() == [[0, 0], [0, 1]]


@pytest.mark.parametrize(
    ("segments", "problem"),
    [
        ([], "a Block without Segments"),
        ([([], 0, 1)], "Segment 0 has no spike trains"),
        ([([[0.1]], 0, 1), ([[0.1], [0.2]], 0, 1)], "Segment 1 has 2 spike trains, not 1"),
        ([([[0.1]], 0, 1, ["a"]), ([[0.1]], 0, 1, ["b"])], "Segment 1 .* other names or order"),
        ([([[0.1]], 0, 1), ([[0.1]], 0.0, 0.15)], "no whole bin"),
    ],
)
def test_blocks_that_are_no_recording(segments, problem):
    neo = pytest.importorskip("neo")
    block = neo.Block()
    block.segments.extend([segment_of(*each) for each in segments])
    with pytest.raises(ValueError, match=problem):
        from_neo(block, 0.5)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (([0.1], [0], 1, 0.0, 0, 1), "bins of 0.0; must be longer than 0"),
        (([0.1], [0], 1, -1.0, 0, 1), "bins of -1.0; must be longer than 0"),
        (([0.1], [0.5], 1, 0.1, 0, 1), "unit 0.5; must be whole numbers"),
        (([0.1, 0.2], [0], 1, 0.1, 0, 1), "must be one for each spike"),
        (([np.inf], [0], 1, 0.1, 0, 1), "a time is not finite"),
        (([0.1], [0], 1, 0.1, 0, np.inf), "must be finite"),
        (([0.1], [0], 1, 1e-9, 0, 1e3), "at most"),
        (([0.1], [0], 1, 1e-7, 1.7e9, 1.7e9 + 1), "too coarse"),
    ],
)
def test_arguments_that_make_no_bins(arguments, problem):
    with pytest.raises(ValueError, match=problem):
        bin_spikes(*arguments)
