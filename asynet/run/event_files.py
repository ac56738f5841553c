"""TensorBoard's event files of a run, an optional view of metrics.jsonl."""

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from asynet.errors import UserError
from asynet.report.run_files import is_number

EVENTS = "events.out.tfevents.*"


def check_tensorboard() -> None:
    """Check that TensorBoard is installed.

    Raises
    ------
    UserError
        One line that says how to install it, if it is not.
    """
    try:
        import torch.utils.tensorboard  # noqa: F401
    except ImportError:
        problem = "the package tensorboard is not installed"
        raise UserError(f"--tensorboard: {problem}; pip install 'asynet[tensorboard]'") from None


class EventFiles:
    """Writes every number of metrics.jsonl as a scalar of TensorBoard, by training walk.

    Event files of an earlier part of the run are replaced by one with the lines that the run has
    kept, so that nothing stands there twice after a resume.

    Parameters
    ----------
    folder : Path
        Folder of the event files.
    lines : iterable of mappings
        The lines of metrics.jsonl so far.
    seconds : float
        Training time so far, in seconds.
    """

    def __init__(self, folder: Path, lines: Iterable[Mapping[str, Any]], seconds: float) -> None:
        from torch.utils.tensorboard import SummaryWriter

        for old in folder.glob(EVENTS):
            old.unlink()
        self.began = time.time() - seconds
        self.writer = SummaryWriter(str(folder))
        for line in lines:
            self.add(line)

    def add(self, line: Mapping[str, Any]) -> None:
        """Add one line of metrics.jsonl.

        Parameters
        ----------
        line : mapping
            The metrics by name, with `step` and `seconds`. Lists are left out.
        """
        when = self.began + line["seconds"]
        for name, value in line.items():
            if name != "step" and is_number(value):
                self.writer.add_scalar(name, value, line["step"], when)

    def close(self) -> None:
        """Write what is still to be written."""
        self.writer.close()
