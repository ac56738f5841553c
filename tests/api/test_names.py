"""What `import asynet as an` gives: every name, quickly, and only those that are documented."""

import subprocess
import sys

import pytest

import asynet as an

NAMES = [name for name in an.__all__ if name != "__version__"]


@pytest.mark.parametrize("name", NAMES)
def test_every_name_has_a_docstring(name):
    found = getattr(an, name)
    assert found.__doc__
    assert len(found.__doc__.splitlines()[0]) > 20
    assert name in dir(an)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'asynet' has no attribute 'trian'"):
        _ = an.trian


def test_importing_it_loads_nothing_large():
    code = (
        "import sys, asynet; "
        "print(*[m for m in ('torch', 'numba', 'numpy', 'scipy', 'h5py') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""


def test_packages_that_are_verbs_stay_packages():
    code = (
        "import asynet as an\n"
        "assert abs(an.symmetry([[0, 1], [1, 0]]).cosine - 1) < 1e-12\n"
        "import asynet.run.build, asynet.symmetry.measure as m\n"
        "from asynet.run import trainer\n"
        "assert an.symmetry([[0, 1], [-1, 0]]).cosine == -1 and m.measure_symmetry\n"
        "assert callable(an.run) and an.run.build\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
