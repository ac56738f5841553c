"""Symmetry over training, from the snapshots of a trajectory."""

import numpy as np
import pytest

from asynet.errors import UserError
from asynet.record.trajectory import RecordedPopulation, Trajectory, TrajectoryWriter
from asynet.symmetry.history import (
    projections,
    recorded_synapses,
    snapshot,
    symmetry_over_training,
)

POPULATIONS = [RecordedPopulation("v", 4, "bernoulli"), RecordedPopulation("h", 3, "bernoulli")]
SHAPES = {"h<-v": (3, 4), "v<-h": (4, 3), "bias:v": (4,)}


@pytest.fixture
def recorded(tmp_path):
    """Three snapshots: unrelated, half-way, symmetric; the last two at steps 5 and 9."""
    rng = np.random.default_rng(1)
    up, down = rng.normal(size=(3, 4)), rng.normal(size=(4, 3))
    up[0, 0] = 0  # a synapse that never exists
    with TrajectoryWriter(tmp_path / "t.h5", POPULATIONS, weights=SHAPES) as writer:
        for step, share in ((0, 0.0), (5, 0.5), (9, 1.0), (9, 1.0)):
            back = (1 - share) * down + share * up.T
            writer.weights(step, {"h<-v": up, "v<-h": back, "bias:v": np.ones(4)})
    with Trajectory(tmp_path / "t.h5") as trajectory:
        yield trajectory, up, down


def test_a_snapshot_is_the_whole_matrix(recorded):
    trajectory, up, down = recorded
    expected = np.block([[np.zeros((4, 4)), down], [up, np.zeros((3, 3))]])
    np.testing.assert_allclose(snapshot(trajectory, 0), expected, rtol=1e-6)
    np.testing.assert_array_equal(recorded_synapses(trajectory), expected != 0)
    assert projections(trajectory) == ["h<-v", "v<-h"]


def test_symmetry_over_training_ends_symmetric(recorded):
    trajectory, up, down = recorded
    found = symmetry_over_training(trajectory)
    np.testing.assert_array_equal(found.steps, [0, 5, 9])
    square = (up**2).sum() + (down**2).sum()
    assert found.cosine[0] == pytest.approx(2 * (up * down.T).sum() / square, abs=1e-6)
    assert found.antisymmetric[0] == pytest.approx(np.linalg.norm(up - down.T) / np.sqrt(2))
    assert found.cosine[-1] == pytest.approx(1)
    assert found.antisymmetric[-1] == pytest.approx(0, abs=1e-7)
    assert found.eta[-1] == pytest.approx(1)
    assert (np.diff(found.eta) > 0).all()
    assert found.abscissa[-1] == pytest.approx(np.linalg.norm(up, 2), rel=1e-6)


def test_no_snapshots(tmp_path):
    TrajectoryWriter(tmp_path / "t.h5", POPULATIONS, weights=SHAPES).close()
    with Trajectory(tmp_path / "t.h5") as trajectory, pytest.raises(UserError, match="no weights"):
        symmetry_over_training(trajectory)
