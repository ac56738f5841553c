"""The studies that come with asynet, found by name."""

import itertools
from pathlib import Path

from asynet import files
from asynet.errors import UserError
from asynet.study.study import Study


def packaged_studies() -> dict[str, Path]:
    """Return the studies that come with asynet, by name, in alphabetical order.

    In a clone they lie in studies/, beside the package; an installed package has a copy.
    """
    for folder in (files.PACKAGE / "studies", files.PACKAGE.parent / "studies"):
        found = {path.stem: path for path in sorted(folder.glob("*.yaml"))}
        if found:
            return found
    return {}


def find_study(name: str | Path) -> Path:
    """Return the path of a study: a file, or one that comes with asynet, by its name.

    Parameters
    ----------
    name : str or Path
        The path of a YAML file, or a name such as `mnist_stdp_quick`. A path need not exist.

    Raises
    ------
    UserError
        One line, if it looks like a name and no study has it.
    """
    path, known = Path(name), packaged_studies()
    if path.suffix or len(path.parts) != 1 or path.exists():
        return path
    if str(name) not in known:
        there = ", ".join(known)
        raise UserError(f"{name}: no such study; give a file (.yaml) or one of {there}")
    return known[str(name)]


def expectations(path: Path) -> list[str]:
    """Return the comment with which a study begins: how long it took, and what to expect.

    Parameters
    ----------
    path : Path
        The study's file.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    comment = itertools.takewhile(lambda line: line.startswith("#"), lines)
    return [line.removeprefix("#").strip() for line in comment if line != "#"]


def size_of(study: Study) -> str:
    """Return in a few words how many values, neurons or hidden units a study has.

    Parameters
    ----------
    study : Study
        The study.
    """
    if study.network is None:
        return f"operator {study.operator.kind}" if study.operator is not None else "nothing"
    sizes = (f"{p.size:,} {name}" for name, p in study.network.populations.items())
    return " + ".join(sizes)
