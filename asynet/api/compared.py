"""Compare runs from Python."""

from pathlib import Path
from typing import TYPE_CHECKING

from asynet.analysis.compare import curves, differences, numbers, paired, read_runs
from asynet.analysis.compare_page import write_comparison
from asynet.api.opened import Run
from asynet.numerics.estimates import Estimate
from asynet.report.figures.compare import compared_curves

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from asynet.analysis.analysis import Row

__all__ = ["Comparison", "compare"]


class Comparison:
    """Several runs beside one another; the first is what others differ from.

    Parameters
    ----------
    paths : list of Path
        Their directories.
    """

    def __init__(self, paths: list[Path]) -> None:
        self._runs = read_runs(paths)

    def __repr__(self) -> str:
        """Return the names of the runs."""
        return f"Comparison({', '.join(run.name for run in self._runs)})"

    @property
    def studies(self) -> "list[Row]":
        """Return what differs between the studies: a row for each key, a column for each run."""
        return differences(self._runs).plain()

    @property
    def numbers(self) -> "list[Row]":
        """Return the final numbers: a row for each number, a column for each run."""
        return numbers(self._runs).plain()

    @property
    def differences(self) -> dict[str, dict[str, Estimate]]:
        """Return likelihoods minus those of the first run, paired by test example, in nats.

        By run, then by the number's key in summary.json. Runs on other data are left out.
        """
        found: dict[str, dict[str, Estimate]] = {}
        for row in paired(self._runs).rows:
            estimate = Estimate(
                row["difference"],
                row["difference_stderr"],
                row["n"],
                "nats",
                f"minus {self._runs[0].name}, paired by test example",
            )
            found.setdefault(row["run"], {})[row["key"]] = estimate
        return found

    def figure(self) -> "Figure":
        """Return a figure of the validation bound of all runs along training."""
        return compared_curves(curves(self._runs))

    def report(self, path: str | Path = "compare.html") -> Path:
        """Return the page that `asynet compare` writes.

        Parameters
        ----------
        path : str or Path
            The page; one that exists is replaced.
        """
        return write_comparison(self._runs, Path(path))


def compare(*runs: Run | str | Path) -> Comparison:
    """Compare runs: the same as `asynet compare RUN RUN`.

    Parameters
    ----------
    *runs : Run, str or Path
        Two or more runs, open or by their directories.

    Returns
    -------
    Comparison
        Differences with paired errors, numbers, learning curves and a page.

    Raises
    ------
    UserError
        One line, if there are fewer than two, or one holds no run.
    """
    return Comparison([run.path if isinstance(run, Run) else Path(run) for run in runs])
