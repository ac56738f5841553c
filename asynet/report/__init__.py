"""The pictures of a run, and the page that shows them with its numbers."""

from asynet.report.classes import class_histograms, spurious_mode
from asynet.report.curves import learning_curves, ledger, recall_curves, weight_symmetry
from asynet.report.gap import gap_ledger
from asynet.report.images import filmstrip, long_chain, receptive_fields, sample_grid
from asynet.report.page import write_report
from asynet.report.points import points
from asynet.report.spikes import raster, stdp_window

__all__ = [
    "class_histograms",
    "filmstrip",
    "gap_ledger",
    "learning_curves",
    "ledger",
    "long_chain",
    "points",
    "raster",
    "recall_curves",
    "receptive_fields",
    "sample_grid",
    "spurious_mode",
    "stdp_window",
    "weight_symmetry",
    "write_report",
]
