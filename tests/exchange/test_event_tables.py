"""Events in tables: bins from the first to the last spike, and trials apart."""

import numpy as np
import pytest
from mistakes import one_line_error

from asynet.exchange.spike_files import read_activity


def write(path, text):
    path.write_text(text)
    return path


def stretches(activity):
    return [part.tolist() for part in np.split(activity.states, activity.starts[1:])]


def test_events_are_binned_from_the_first_to_the_last(tmp_path):
    path = write(tmp_path / "a.csv", "neuron,time\n0,3600.15\n1,3600.38\n1,3600.31\n")
    assert stretches(read_activity(path, 0.1)) == [[[1, 0], [0, 0], [0, 1]]]
    assert read_activity(path, 0.1, 3).states.shape == (3, 3)


def test_trials_are_stretches_though_their_times_start_anew(tmp_path):
    rows = ["0.05,0,7", "0.05,1,2", "0.15,1,7", "0.25,0,2"]
    path = write(tmp_path / "a.csv", "\n".join(["time,neuron,trial", *rows]))
    found = read_activity(path, 0.1)
    assert stretches(found) == [[[0, 1], [0, 0], [1, 0]], [[1, 0], [0, 1]]]
    assert found.followed.tolist() == [True, True, False, True, False]


def test_parquet_holds_the_same(tmp_path):
    pandas = pytest.importorskip("pandas", reason="needs the neuro extra")
    rng = np.random.default_rng(1)
    columns = {"time": rng.random(200) * 3, "neuron": rng.integers(0, 4, 200)}
    columns["trial"] = rng.integers(0, 3, 200)
    frame = pandas.DataFrame(columns)
    frame.to_parquet(tmp_path / "a.parquet")
    frame.to_csv(tmp_path / "a.csv", index=False)
    one, two = (read_activity(tmp_path / f"a.{kind}", 0.02) for kind in ("parquet", "csv"))
    np.testing.assert_array_equal(one.states, two.states)
    np.testing.assert_array_equal(one.starts, two.starts)
    assert len(one.starts) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("time,unit\n0.1,0\n", ("column 'unit' is not read", "time, neuron, trial")),
        ("time\n0.1\n", ("column 'neuron' is missing", "there are time")),
        ("time,neuron\n", ("holds no spikes",)),
        ("time,neuron\n0.1,0.5\n", ("column 'neuron'", "whole numbers")),
        ("time,neuron\n0.1,-1\n", ("neuron -1",)),
        ("time,neuron,trial\n0.1,1,a\n", ("column 'trial'", "'a'")),
        ("time,neuron\n0,0\n1e12,0\n", ("data.bin", "bins")),
    ],
)
def test_what_are_no_events(tmp_path, text, words):
    path = write(tmp_path / "a.csv", text)
    one_line_error(lambda: read_activity(path, 0.1), str(path), *words)


def test_a_bin_is_asked_for(tmp_path):
    path = write(tmp_path / "a.csv", "time,neuron\n0.1,0\n")
    one_line_error(lambda: read_activity(path, None), str(path), "data.bin must say")
