"""Archives that unpack to more than their bytes, or than this machine's memory, can hold."""

import struct

import numpy as np
from mistakes import one_line_error

from asynet.record import archives
from asynet.record.archives import read_npz


def test_a_declared_size_that_no_compression_reaches(tmp_path):
    """The sizes in the archive's directory are replaced, as whoever makes a bomb would."""
    path = tmp_path / "a.npz"
    np.savez(path, x=np.zeros(100))
    content = bytearray(path.read_bytes())
    entry = content.index(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = struct.pack("<I", 2**31)
    path.write_bytes(content)
    one_line_error(lambda: read_npz(path), str(path), "x declares 2147483648 bytes, which ")


def test_more_than_memory_holds(tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, x=np.zeros((1000, 1000)))
    assert path.stat().st_size < 10_000
    assert read_npz(path)["x"].shape == (1000, 1000)
    monkeypatch.setattr(archives, "memory", lambda: 7_000_000)
    one_line_error(lambda: read_npz(path), "its arrays have 0.0 GB", "that fit in memory here")
