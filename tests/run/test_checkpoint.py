"""A checkpoint continues to the very same numbers, or is refused, and is never half written."""

import errno
import os

import numpy as np
import pytest
from safetensors.numpy import save_file
from tiny import assert_same_arrays, tiny

from asynet.errors import UserError
from asynet.network.learned import network_of
from asynet.run.checkpoint import (
    FORMAT,
    read_checkpoint,
    restore,
    save_checkpoint,
    write_atomically,
)
from asynet.run.run import build_trainer
from asynet.run.training import train_walk

GAUSSIAN = (
    "data={name: circle, count: 100}",
    "network.populations.visible={size: 2, law: gaussian}",
    "train.lr=0.01",
)
KINDS = {
    "numba": (),
    "torch": ("compute.kernel=torch",),
    "momentum": ("train.momentum=0.9", "train.updates=batch"),
    "gaussian": GAUSSIAN,
    "without afferents": ("network.populations.other={size: 3}", "network.order=synchronous"),
}


def trainer_of(folder, *overrides):
    return build_trainer(tiny(folder, *overrides), "cpu")


@pytest.fixture
def saved(tmp_path):
    """A trainer after five walks, and the file it was saved to."""
    trainer, path = trainer_of(tmp_path), tmp_path / "checkpoint" / "state.safetensors"
    for _ in range(5):
        train_walk(trainer)
    save_checkpoint(trainer, path)
    return trainer, path


@pytest.mark.parametrize("kind", KINDS)
def test_a_restored_trainer_goes_on_as_the_first(tmp_path, kind):
    first, second = (trainer_of(tmp_path, *KINDS[kind]) for _ in range(2))
    for _ in range(5):
        train_walk(first)
    first.progress.best, first.progress.stale = -3.25, 2
    save_checkpoint(first, tmp_path / "five")
    restore(second, tmp_path / "five")
    assert (second.progress.walks, second.progress.best, second.progress.stale) == (5, -3.25, 2)
    for _ in range(4):
        assert train_walk(first, score=True) == train_walk(second, score=True)
    for trainer, name in ((first, "first"), (second, "second")):
        save_checkpoint(trainer, tmp_path / name)
    one, other = (read_checkpoint(tmp_path / name) for name in ("first", "second"))
    assert_same_arrays(one.arrays, other.arrays)
    assert one.counters == other.counters
    five = read_checkpoint(tmp_path / "five").arrays
    changed = {key for key in five if not np.array_equal(five[key], one.arrays[key])}
    assert {"hidden/weights", "visible/bias", "p_star/sums"} <= changed


def test_a_bound_that_is_not_there_yet(saved, tmp_path):
    trainer, path = saved
    restore(trainer, path)
    assert trainer.progress.best == -np.inf


def test_a_missing_checkpoint(tmp_path):
    with pytest.raises(UserError, match="state: no checkpoint here"):
        read_checkpoint(tmp_path / "state")


def test_any_damage_is_noticed(saved):
    """Bytes from all over the file matter, and so does its length."""
    _, path = saved
    whole = path.read_bytes()
    for position in range(0, len(whole), 7):
        damaged = bytearray(whole)
        damaged[position] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(UserError) as error:
            read_checkpoint(path)
        assert str(error.value).startswith(f"{path}: ")
    for length in {0, 1, 7, 8, 100, len(whole) // 2, len(whole) - 1}:
        path.write_bytes(whole[:length])
        with pytest.raises(UserError, match="damaged"):
            read_checkpoint(path)


def test_another_file_is_no_checkpoint(tmp_path):
    path = tmp_path / "weights.safetensors"
    save_file({"a": np.zeros(3)}, path)
    with pytest.raises(UserError, match="format None is not 'asynet-checkpoint/"):
        read_checkpoint(path)
    save_file({"a": np.zeros(3)}, path, {"format": FORMAT})
    with pytest.raises(UserError, match="damaged"):
        read_checkpoint(path)


def test_a_checkpoint_of_another_network(saved, tmp_path):
    _, path = saved
    larger = trainer_of(tmp_path, "network.populations.hidden.size=9")
    with pytest.raises(UserError, match=r"/weights is of shape \(.*\); this study needs"):
        restore(larger, path)
    other = trainer_of(tmp_path, "network.populations.other={size: 1}", "network.order=synchronous")
    with pytest.raises(UserError, match="other/weights is missing"):
        restore(other, path)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30, 200.0])
def test_weights_that_cannot_be_used_are_not_saved(saved, value):
    trainer, path = saved
    before = path.read_bytes()
    trainer.dynamics.afferents["hidden"].weights[:] = value
    trainer.dynamics.upload()
    with pytest.raises(FloatingPointError, match=r"training walk 5: weights onto .*hidden"):
        save_checkpoint(trainer, path)
    assert path.read_bytes() == before


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "file"
    write_atomically(path, b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    assert path.read_bytes() == b"old"


def test_network_of_returns_what_was_learned(saved, tmp_path):
    trainer, path = saved
    network = network_of(trainer.dynamics.network, trainer.dynamics.afferents)
    arrays = read_checkpoint(path).arrays
    np.testing.assert_array_equal(
        network.projection("hidden", "visible").weights, arrays["hidden/weights"].T
    )
    np.testing.assert_array_equal(network.bias["visible"], arrays["visible/bias"])
    before = trainer.dynamics.network.projection("hidden", "visible").weights
    assert not np.array_equal(network.projection("hidden", "visible").weights, before)
    network.bias["visible"][:] = 7  # a copy
    assert not (trainer.dynamics.afferents["visible"].bias == 7).any()
