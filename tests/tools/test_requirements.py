"""The pinned versions and their hashes: requirements/ is made from constraints.txt by make lock."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PIN = re.compile(r"(?m)^([\w.-]+)==([^\s\\;]+)")


def normal(name):
    return re.sub("[-_.]+", "-", name).lower()


def pins(path):
    return {normal(name): version for name, version in PIN.findall(path.read_text())}


def test_every_pin_is_that_of_constraints_and_has_hashes():
    tested = pins(ROOT / "constraints.txt")
    for name in ("run", "tested", "torch"):
        path = ROOT / "requirements" / f"{name}.txt"
        for package, version in pins(path).items():
            assert tested[package] == version, f"{path.name}: {package}"
    for path in (ROOT / "requirements").glob("*.txt"):
        for block in re.split(r"(?m)^(?=[A-Za-z0-9])", path.read_text())[1:]:
            assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block
            assert "://" not in block


def test_what_pyproject_requires_is_there():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    files = {
        name: pins(ROOT / "requirements" / f"{name}.txt") for name in ("run", "torch", "tested")
    }
    run = files["run"] | files["torch"]
    extras = project["optional-dependencies"]
    for required in project["dependencies"]:
        assert normal(re.match(r"[\w.-]+", required)[0]) in run
    for extra in ("dev", "neuro", "sweep", "docs"):
        for required in extras[extra]:
            assert normal(re.match(r"[\w.-]+", required)[0]) in run | files["tested"]
