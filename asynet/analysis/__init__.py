"""Analyse a finished run: symmetry, irreversibility, the gap, dreams, steps (`asynet analyze`)."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal

from asynet.analysis.analysis import Analysis, Table
from asynet.analysis.dream_tables import analyse_dreams
from asynet.analysis.irreversibility import analyse_irreversibility
from asynet.analysis.ledger import analyse_ledger
from asynet.analysis.steps import analyse_steps
from asynet.analysis.symmetry import analyse_symmetry
from asynet.errors import UserError
from asynet.files import save_figure
from asynet.run.directory import RunDirectory, open_directory

What = Literal["symmetry", "irreversibility", "ledger", "dreams", "steps"]
PARTS: dict[What, Callable[[RunDirectory], Analysis]] = {
    "symmetry": analyse_symmetry,
    "irreversibility": analyse_irreversibility,
    "ledger": analyse_ledger,
    "dreams": analyse_dreams,
    "steps": analyse_steps,
}
WHEN_ASKED: set[What] = {"steps"}  # parts that take minutes

__all__ = ["PARTS", "Analysis", "Table", "What", "analyse", "save_figures"]


def analyse(
    run: Path, what: What | None, say: Callable[[str], None]
) -> tuple[dict[What, Analysis], dict[What, str]]:
    """Analyse a run.

    Parameters
    ----------
    run : Path
        The run directory.
    what : {"symmetry", "irreversibility", "ledger", "dreams", "steps"}, optional
        One part of the analysis; None: all of them but steps, which takes minutes.
    say : callable
        Is told what is being computed.

    Returns
    -------
    found : dict of str to Analysis
        The parts that the run allows.
    missing : dict of str to str
        Why the other parts have no meaning for it.

    Raises
    ------
    UserError
        One line, if there is no run, or if no part that was asked for has a meaning for it.
    """
    directory = open_directory(run)
    found, missing = dict[What, Analysis](), dict[What, str]()
    for name, part in PARTS.items():
        if what not in (None, name) or (what is None and name in WHEN_ASKED):
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
    """Write the figures of an analysis into the figures folder of a run.

    Parameters
    ----------
    run : Path
        The run directory.
    parts : iterable of Analysis
        The parts of the analysis.

    Returns
    -------
    list of Path
        The files; each is written atomically.
    """
    folder, paths = run / "figures", []
    for part in parts:
        for stem, figure in part.figures.items():
            folder.mkdir(exist_ok=True)
            paths.append(folder / f"{stem}.png")
            save_figure(figure, paths[-1])
    return paths
