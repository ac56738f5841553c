"""Build the wheel and the source distribution, install each, and run what a user runs first.

Both are installed without their dependencies, into new environments that find those of the Python
that runs this script. So nothing is downloaded, but that pyproject.toml names every dependency is
checked apart: by the names that the wheel requires. The exit status is 1 if a step fails.
"""

import os
import subprocess
import sys
import sysconfig
import tempfile
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = "from setuptools import build_meta as b; b.build_{kind}({out!r})"
SHORT = (
    "train.epochs=0.05",
    "train.validation_examples=20",
    "network.populations.hidden={size: 20}",
    "evaluate={steps: 3, examples: 5, bound_walks: 1, is_examples: 2, walks: 2, samples: 10,"
    " extra_steps: 1, chain_steps: [2], chains: 5, judge: false}",
    "record.run_steps=2",
)


def call(what: str, words: list[str], folder: Path) -> str:
    """Run a command, print how long it took, and return its output; end if it fails."""
    began = time.monotonic()
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    print(f"{time.monotonic() - began:6.1f} s  {what}", flush=True)
    if done.returncode:
        sys.exit(f"{what}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def environment(folder: Path) -> Path:
    """Make an environment with this one's libraries, but not its asynet; return its programs."""
    call("make an environment", [sys.executable, "-m", "venv", "--without-pip", "."], folder)
    paths = {name: sysconfig.get_paths()[name] for name in ("purelib", "platlib")}
    (site,) = (folder / "lib").glob("python*/site-packages")
    (site / "libraries.pth").write_text("\n".join(dict.fromkeys(paths.values())) + "\n")
    return folder / "bin"


def install(what: str, file: Path, folder: Path) -> Path:
    """Install a file into an environment of its own; return the folder of its programs."""
    folder.mkdir()
    programs = environment(folder)
    pip = [sys.executable, "-m", "pip", "--python", str(programs / "python"), "install", "-q"]
    pip += ["--no-index", "--no-deps", "--no-build-isolation", "--ignore-installed", str(file)]
    call(f"install the {what}", pip, folder)
    return programs


def installed(programs: Path) -> set[str]:
    """Return the files of the package in an environment."""
    (package,) = (programs.parent / "lib").glob("python*/site-packages/asynet")
    found = {str(path.relative_to(package)) for path in package.rglob("*") if path.is_file()}
    return {name for name in found if "__pycache__" not in name}


def main() -> None:
    """Build, install, run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # From a copy, so that what earlier builds have left does not get in.
        source, out, empty = folder / "source", folder / "dist", folder / "empty"
        out.mkdir()
        empty.mkdir()
        call("copy", ["git", "clone", "-q", str(ROOT), str(source)], ROOT)
        for kind in ("sdist", "wheel"):
            words = [sys.executable, "-c", BUILD.format(kind=kind, out=str(out))]
            call(f"build the {kind}", words, source)
        (wheel,), (sdist,) = out.glob("*.whl"), out.glob("*.tar.gz")
        print(f"{wheel.name}: {wheel.stat().st_size:,} bytes, {sdist.name}: ", end="")
        print(f"{sdist.stat().st_size:,} bytes")
        with zipfile.ZipFile(wheel) as archive:
            names = archive.namelist()
        assert not [n for n in names if n.startswith(("tests/", "docs/"))], "more than the package"
        programs = install("wheel", wheel, folder / "from-wheel")
        other = install("source distribution", sdist, folder / "from-sdist")
        difference = installed(programs) ^ installed(other)
        assert not difference, f"wheel and source distribution differ: {sorted(difference)}"
        asynet = str(programs / "asynet")
        where = call(
            "import",
            [str(programs / "python"), "-c", "import asynet; print(asynet.__file__)"],
            empty,
        )
        assert where.startswith(str(folder)), f"not the wheel is imported, but {where}"
        assert "doctor" in call("asynet --help", [asynet, "--help"], empty)
        assert "mnist_stdp_quick" in call("asynet studies", [asynet, "studies"], empty)
        quick = [asynet, "run", "mnist_stdp_quick"]
        assert "300 hidden" in call("a dry run", [*quick, "--dry-run"], empty)
        call("a short run", [*quick, *SHORT, "--out", "run"], empty)
        assert (empty / "run" / "report.html").stat().st_size > 10_000
        call("asynet test", [asynet, "test"], empty)
    print("wheel and source distribution: passed")


if __name__ == "__main__":
    main()
