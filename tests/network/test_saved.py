"""A network as an archive: read back whole, and refused in one line where it is damaged."""

import json
import os
import zipfile

import numpy as np
import pytest
from damage import survives

from asynet.errors import UserError
from asynet.network import Network, Population
from asynet.network.connect import FixedProbability, Weights, connect
from asynet.network.saved import network_bytes, read_network

IMPORTS = """
import numpy as np
from asynet.network.saved import network_bytes, read_network
"""
SAME = """
found = read_network(path)
assert network_bytes(found) == network_bytes(read_network(source))
"""


def network():
    v, h = Population("v", 7, "gaussian", 0.5), Population("h", 5)
    half, weights = FixedProbability(0.5), Weights(std=0.1)
    projections = (
        connect(v, h, half, weights, 1, dale=0.5, sparse=False),
        connect(h, v, half, weights, 2, sparse=True, plastic=False),
    )
    bias, rest = {"v": np.arange(7.0)}, {"h": -np.arange(5.0)}
    return Network((v, h), projections, (("h",), ("v",)), 0.75, bias, rest)


def test_what_is_read_is_what_was_saved(tmp_path):
    whole = network()
    path = tmp_path / "network.npz"
    path.write_bytes(network_bytes(whole))
    found = read_network(path)
    assert (found.populations, found.order, found.alpha) == (whole.populations, whole.order, 0.75)
    for one, other in zip(found.projections, whole.projections, strict=True):
        assert (one.pre, one.post, one.plastic) == (other.pre, other.post, other.plastic)
        assert one.sparse == other.sparse
        for what in ("weights", "mask", "signs"):
            a, b = getattr(one, what), getattr(other, what)
            assert (a is None) == (b is None)
            if a is not None:
                dense = [x if isinstance(x, np.ndarray) else x.toarray() for x in (a, b)]
                np.testing.assert_array_equal(*dense)
    np.testing.assert_array_equal(found.bias["v"], whole.bias["v"])
    np.testing.assert_array_equal(found.rest["h"], whole.rest["h"])


def test_a_damaged_archive_is_read_right_or_refused_in_one_line(tmp_path):
    """200 faults at places drawn from fixed seeds."""
    path = tmp_path / "network.npz"
    path.write_bytes(network_bytes(network()))
    good, bad = survives(path, tmp_path / "d", IMPORTS, SAME)
    assert good + bad == 200
    assert bad > 50


def test_what_is_no_network_is_refused(tmp_path):
    path = tmp_path / "network.npz"

    def mistake():
        with pytest.raises(UserError) as caught:
            read_network(path)
        assert str(caught.value).startswith(f"{path}: ")
        assert "\n" not in str(caught.value)
        return str(caught.value)

    assert "No such file" in mistake()
    os.mkfifo(path)
    assert "is a pipe" in mistake()
    path.unlink()
    np.savez(path, weights=np.zeros(3))
    assert "cannot be read as a network" in mistake()
    np.savez(path, network=np.array(json.dumps({"format": "another/1"})))
    assert "format 'another/1' is not 'asynet-network/1'" in mistake()
    np.savez(path, network=np.array([None]))
    assert "cannot be read as a network" in mistake()


def test_a_header_that_declares_more_than_is_there_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "network.npz"
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (100000, 1000000)}\n"
    with zipfile.ZipFile(path, "w") as archive:
        magic = np.lib.format.magic(1, 0)
        archive.writestr("network.npy", magic + len(header).to_bytes(2, "little") + header)
    with pytest.raises(UserError, match="declares 800000000000 bytes, but 0 are there"):
        read_network(path)
