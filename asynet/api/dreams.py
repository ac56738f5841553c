"""What can be asked of a run's dreams."""

from pathlib import Path

from asynet.analysis.dreams import Dreams, measure_dreams
from asynet.api.opened import Run
from asynet.run.directory import open_directory


def dreams(run: Run | str | Path) -> Dreams:
    """Measure how like the data a run's dreams are, and how they replay heating.

    Parameters
    ----------
    run : Run, str or Path
        A run, or its directory. `run.dreams()` returns the recorded dreams themselves.

    Returns
    -------
    Dreams
        How far dreams are from the nearest training example, beside test examples; their classes,
        with a classifier's confidence; their replay score, beside dreams with shuffled frames or
        neurons; recorded dreams over training; and `figure`.

    Raises
    ------
    UserError
        One line, for a model that has no p* to dream from.
    """
    found = run if isinstance(run, Run) else Run(Path(run))
    return measure_dreams(open_directory(found.path), found.trainer)
