"""What a run directory says of its model's physics: `asynet analyze`."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal

from asynet.analysis.analysis import Analysis, Table
from asynet.analysis.irreversibility import analyse_irreversibility
from asynet.analysis.ledger import analyse_ledger
from asynet.analysis.symmetry import analyse_symmetry
from asynet.errors import UserError
from asynet.files import save_figure
from asynet.run.directory import RunDirectory, open_directory

What = Literal["symmetry", "irreversibility", "ledger"]
PARTS: dict[What, Callable[[RunDirectory], Analysis]] = {
    "symmetry": analyse_symmetry,
    "irreversibility": analyse_irreversibility,
    "ledger": analyse_ledger,
}

__all__ = ["PARTS", "Analysis", "Table", "What", "analyse", "save_figures"]


def analyse(
    run: Path, what: What | None, say: Callable[[str], None]
) -> tuple[dict[What, Analysis], dict[What, str]]:
    """Return the parts of a run's analysis, and why others have no meaning for it.

    run: its directory. what: one part; None: all. say: is told what is being computed. Raises
    UserError if there is no run, or if none of what was asked for can be had.
    """
    directory = open_directory(run)
    found, missing = dict[What, Analysis](), dict[What, str]()
    for name, part in PARTS.items():
        if what not in (None, name):
            continue
        say(name)
        try:
            found[name] = part(directory)
        except UserError as error:
            missing[name] = str(error)
    if not found:
        raise UserError(next(iter(missing.values())))
    return found, missing


def save_figures(run: Path, parts: Iterable[Analysis]) -> list[Path]:
    """Write the figures into RUN/figures, each at once, whole; return their paths."""
    folder, paths = run / "figures", []
    for part in parts:
        for stem, figure in part.figures.items():
            folder.mkdir(exist_ok=True)
            paths.append(folder / f"{stem}.png")
            save_figure(figure, paths[-1])
    return paths
