"""Recordings of every kind give the number that their states give, and say by which estimator."""

import numpy as np
import pytest
from mistakes import one_line_error
from typer.testing import CliRunner

import asynet as an
from asynet.analysis.from_states import from_pairs
from asynet.cli.app import app

WIDTH = 0.002
# Few transitions make corrections large; the numbers are compared all the same.
pytestmark = pytest.mark.filterwarnings("ignore:extrapolation changes", "ignore:plug-in")


def network(n=3):
    weights = np.random.default_rng(2).normal(0, 1.5, (n, n))
    return an.Network((an.Population("n", n),), (an.Projection("n", "n", weights),))


def driven(steps=2000, n=3):
    """One chain of a network out of equilibrium; the first and the last bin are not silent."""
    states = an.simulate(network(n), steps=steps, chains=1, seed=1).states()[:, 0].astype(int)
    states[[0, -1]] = 1
    return states


def events(states):
    """Return time, neuron of each spike, in the middle of its bin."""
    bins, neurons = np.nonzero(states)
    return (bins + 0.5) * WIDTH, neurons


def write_csv(path, **columns):
    rows = zip(*(np.asarray(values).tolist() for values in columns.values()), strict=True)
    text = [",".join(columns), *(",".join(map(repr, row)) for row in rows)]
    path.write_text("\n".join(text) + "\n")
    return path


def command(*words):
    result = CliRunner().invoke(app, ["irreversibility", *map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def test_a_table_of_events_gives_what_its_states_give(tmp_path):
    states = driven()
    times, neurons = events(states)
    path = write_csv(tmp_path / "a.csv", time=times, neuron=neurons)
    found, expected = an.irreversibility(path, bin=WIDTH), an.irreversibility(states)
    assert found == expected
    assert found.pairs == len(states) - 1


@pytest.mark.filterwarnings("ignore:The 'copy' argument in Quantity")
def test_neo_segments_and_blocks_give_it_too():
    neo = pytest.importorskip("neo", reason="needs the neuro extra")
    parts, block = np.split(driven(), [700, 1500]), neo.Block()
    for part in parts:
        segment, (times, neurons) = neo.Segment(), events(part)
        stop = len(part) * WIDTH
        for unit in range(3):
            segment.spiketrains.append(neo.SpikeTrain(times[neurons == unit], stop, "s"))
        block.segments.append(segment)
    assert an.irreversibility(block.segments[0], bin=WIDTH) == an.irreversibility(parts[0])
    pairs = [np.concatenate([part[cut] for part in parts]) for cut in (slice(-1), slice(1, None))]
    assert an.irreversibility(block, bin=WIDTH) == from_pairs(*pairs)
    with pytest.raises(ValueError, match="bin: missing"):
        an.irreversibility(block)


def test_no_transition_crosses_a_trial(tmp_path):
    """Each trial is 01, 10 and again: turned about, all that is left would run from 10 to 01."""
    states = np.tile([[1, 0], [0, 1]], (200, 1))
    times, neurons = events(states)
    bins = np.repeat(np.arange(200), 2)
    path = write_csv(tmp_path / "a.csv", time=times, neuron=neurons, trial=bins)
    found = an.irreversibility(path, bin=WIDTH)
    assert found.pairs == 200
    assert found == from_pairs(states[::2], states[1::2])
    whole = write_csv(tmp_path / "b.csv", time=times, neuron=neurons)
    assert an.irreversibility(whole, bin=WIDTH).pairs == 399


def test_several_bins_make_a_table(tmp_path):
    times, neurons = events(driven())
    path = write_csv(tmp_path / "a.csv", time=times, neuron=neurons)
    found = an.irreversibility(path, bin=[WIDTH, 2 * WIDTH])
    assert list(found) == [0.002, 0.004]
    assert found[WIDTH] == an.irreversibility(path, bin=WIDTH)
    result = command(path, "--bins", "2ms,0.004")
    assert result.exit_code == 0
    title, header, *rows = result.stdout.splitlines()
    assert "by states alone" in title
    assert header.split() == ["bin", "(s)", "pairs", "estimator", "value", "error", "control"]
    for row, (width, one) in zip(rows[:2], found.items(), strict=True):
        assert row.split()[:3] == [f"{width:g}", f"{one.pairs:,}", "counted"]
        assert f"{one.value.value:.4g}" in row
        assert f"{one.control.value:.3g}" in row
    assert rows[2].startswith("estimator: counted transitions (3 neurons")


def test_the_command_prints_estimator_value_and_control(tmp_path):
    np.save(tmp_path / "a.npy", driven(n=7))
    found = an.irreversibility(tmp_path / "a.npy")
    lines = command(tmp_path / "a.npy").stdout.splitlines()
    assert lines[0] == f"estimator: {found.estimator}"
    assert "a lower bound by maximum entropy (7 neurons, 1999 transitions: too many" in lines[0]
    assert lines[1] == f"entropy production: {found.value}"
    assert lines[2] == f"control, without an arrow of time: {found.control}"


def test_few_transitions_are_not_counted():
    found = an.irreversibility(driven(steps=100))
    assert "too few to count; each possible one 1.5 times" in found.estimator


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("a.csv",), "holds times of spikes; --bins must say how long a bin is"),
        (("a.csv", "--bins", "2mm"), "--bins '2mm': must be lengths, such as 1ms,0.5s"),
        (("a.csv", "--bins", "1ms,"), "--bins '1ms,': must be lengths"),
        (("a.csv", "--bins", "-1ms"), "--bins '-1ms'"),
        (("a.csv", "--bins", "2ms", "--walk", "1"), "--walk 1: is not used"),
        (("a.csv", "--bins", "2ms", "--burn-in", "9"), "--burn-in 9: is not used"),
        (("a.npy", "--bins", "2ms"), "--bins: 0.002 is not used, since states have bins"),
        (("a.csv", "--bins", "1s"), "transitions are too few"),
    ],
)
def test_mistakes_are_one_line(tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    np.save("a.npy", driven(steps=50))
    times, neurons = events(driven(steps=50))
    write_csv(tmp_path / "a.csv", time=times, neuron=neurons)
    result = command(*words)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_arguments_that_are_not_used_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"bin: 0\.1 is not used"):
        an.irreversibility(driven(), bin=0.1)
    np.save(tmp_path / "a.npy", driven())
    with pytest.raises(ValueError, match="burn_in: 5 is not used"):
        an.irreversibility(tmp_path / "a.npy", burn_in=5)
    one_line_error(lambda: an.irreversibility(tmp_path / "no.npy"), "no.npy", "No such file")
