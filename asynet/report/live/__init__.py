"""The page in which a run's network lives: its parts, and the Python that writes it."""

from asynet.report.live.content import LiveRun, Snapshot
from asynet.report.live.page import write_live

__all__ = ["LiveRun", "Snapshot", "write_live"]
