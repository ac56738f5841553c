"""`asynet --help` waits for nothing that computes."""

import subprocess
import sys

import pytest

SLOW = ("torch", "numba", "h5py", "scipy", "numpy", "matplotlib", "yaml", "asynet.study")
CODE = """
import sys
from asynet.__main__ import main
try:
    main()
finally:
    print(*sorted(set({slow}) & set(sys.modules)), file=sys.stderr)
"""


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["data", "--help"]])
def test_help_imports_nothing_slow(words):
    command = [sys.executable, "-c", CODE.format(slow=SLOW), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert "Usage" in done.stdout
    assert done.stderr == "\n"
