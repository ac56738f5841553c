"""Sweep over settings and seeds from Python."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asynet.api.opened import Run
from asynet.errors import UserError
from asynet.run.studies import find_study
from asynet.sweep.cells import Cell, axis_of, make_cells
from asynet.sweep.page import figure_of, write_page
from asynet.sweep.sweep import Sweep, claim, plan, run_sweep
from asynet.sweep.table import Row, Tables, chosen, tables, write_tables

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

__all__ = ["SweepResult", "sweep"]


class SweepResult:
    """A sweep that was run: its cells, and its numbers with errors over seeds.

    Parameters
    ----------
    swept : Sweep
        The cells, and how each ended.
    found : Tables
        Their numbers.
    """

    def __init__(self, swept: Sweep, found: Tables) -> None:
        self._sweep, self._tables = swept, found

    def __repr__(self) -> str:
        """Return where it is, and how many cells are done."""
        done = sum(outcome.status == "done" for outcome in self._sweep.outcomes.values())
        return f"SweepResult({self.path}, {done} of {len(self._sweep.cells)} cells done)"

    @property
    def path(self) -> Path:
        """Return the directory of the sweep."""
        return self._sweep.out

    @property
    def cells(self) -> list[Row]:
        """Return a row for each cell: see `sweep.table.Tables`."""
        return self._tables.cells

    @property
    def means(self) -> list[Row]:
        """Return a row for each setting and number: see `sweep.table.Tables`."""
        return self._tables.means

    @property
    def failed(self) -> dict[str, str]:
        """Return the one line of every cell that failed, by its name."""
        ended = self._sweep.outcomes.items()
        return {name: outcome.why for name, outcome in ended if outcome.status == "failed"}

    def run(self, setting: Mapping[str, Any] | None = None, seed: int | None = None) -> Run:
        """Return the run of one cell, open.

        Parameters
        ----------
        setting : mapping of str to value, optional
            Values of the keys that vary, such as `{"train.lr": 0.05}`.
        seed : int, optional
            Its seed.

        Raises
        ------
        UserError
            If not exactly one cell has them, or it is not done.
        """
        spelt = {key: axis_of(key, value).values[0] for key, value in (setting or {}).items()}
        found = [cell for cell in self._sweep.cells if _fits(cell, spelt, seed)]
        if len(found) != 1:
            raise UserError(f"run: {len(found)} cells have this setting and seed; must be one")
        return Run(self._sweep.place(found[0]))

    def figure(self, numbers: Sequence[str] | None = None) -> "Figure | None":
        """Return a figure of numbers against the settings; None unless one or two keys vary.

        Parameters
        ----------
        numbers : sequence of str, optional
            Names of numbers in summary.json; by default those at the top of a report.
        """
        return figure_of(self._tables, numbers)

    def to_pandas(self) -> "pandas.DataFrame":
        """Return `means` as a DataFrame.

        Raises
        ------
        UserError
            If pandas is not installed.
        """
        from asynet.sweep.workers import require

        frame: pandas.DataFrame = require("pandas", "to_pandas()").DataFrame(self.means)
        return frame


def _fits(cell: Cell, setting: Mapping[str, str], seed: int | None) -> bool:
    right = all(cell.setting.get(key) == value for key, value in setting.items())
    return right and (seed is None or cell.seed == seed)


def sweep(
    study: str | Path,
    axes: Mapping[str, Any],
    *,
    out: str | Path,
    seeds: Sequence[int] | None = None,
    together: bool = False,
    resume: bool = False,
    workers: int | None = None,
    scheduler: str | None = None,
    slurm: str | None = None,
    against: Mapping[str, Any] | None = None,
) -> SweepResult:
    """Run a study with every combination of some settings: the same as `asynet sweep STUDY`.

    A script that calls this must do so under `if __name__ == "__main__":`, since workers are
    processes that import the script.

    Parameters
    ----------
    study : str or Path
        A study file, or the name of a study that comes with asynet.
    axes : mapping of str to list or value
        Keys of the study and their values, such as `{"train.lr": [0.05, 0.1]}`. What is no list
        holds for every cell; a list as a value is written `[[1, 2]]`.
    out : str or Path
        Directory of the sweep, new or empty.
    seeds : sequence of int, optional
        Seeds of every setting; by default the study's own.
    together : bool
        Take the first values of all axes together, then the second ones, and so on.
    resume : bool
        Go on with the sweep in `out`; cells that failed are tried again.
    workers : int, optional
        Cells at a time; by default one for each core.
    scheduler : str, optional
        Address of a Dask scheduler. It and its workers must see `out`.
    slurm : str, optional
        Partition of a Slurm cluster, where each worker is a job.
    against : mapping of str to value, optional
        The setting that others are compared with; by default the first.

    Returns
    -------
    SweepResult
        The numbers; a cell that failed is in `failed`.

    Raises
    ------
    UserError
        One line, for a study or an axis that is wrong, before anything runs.
    ConnectionError
        If the scheduler is lost; `resume=True` goes on.
    """
    cells = make_cells([axis_of(key, values) for key, values in axes.items()], seeds, together)
    base = None
    if against is not None:
        base = {key: axis_of(key, value).values[0] for key, value in against.items()}
    chosen(cells, base)
    planned = plan(find_study(study), cells, Path(out))
    claim(planned, resume)
    run_sweep(planned, workers, scheduler, slurm)
    numbers = tables(planned, base)
    write_tables(numbers, planned.out)
    write_page(planned, numbers)
    return SweepResult(planned, numbers)
