"""What commands print: to a full device, without a reader, in encodings that lack characters."""

import io
import os
import subprocess
import sys

import pytest

from asynet.cli.output import printed


@pytest.mark.parametrize("words", ["keys", "--help"])
def test_a_full_device_is_one_line(words):
    command = [sys.executable, "-m", "asynet", words]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=-1, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "No space left on device\n")


def test_a_reader_that_has_gone_is_no_mistake(monkeypatch, capsys):
    read, write = os.pipe()
    os.close(read)
    with open(write, "w") as nobody:
        monkeypatch.setattr(sys, "stdout", nobody)
        with pytest.raises(SystemExit) as left, printed():
            print("a line")
    assert left.value.code == 1
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_an_encoding_that_lacks_characters(monkeypatch, encoding):
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding))
    with printed():
        print("Wᵀ to run\udcff")
    assert written.getvalue() == b"W\\u1d40 to run\\udcff\n"
