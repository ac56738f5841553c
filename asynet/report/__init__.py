"""The pictures of a run, and the page that shows them with its numbers."""

from asynet.report.classes import class_histograms, spurious_mode
from asynet.report.curves import learning_curves, ledger, recall_curves, weight_symmetry
from asynet.report.dial import dial
from asynet.report.field import walks_in_field
from asynet.report.gap import gap_ledger, gap_over_training
from asynet.report.images import filmstrip, inpainting, long_chain, receptive_fields, sample_grid
from asynet.report.page import write_report
from asynet.report.points import points
from asynet.report.spacing import training_temperatures
from asynet.report.spikes import raster, stdp_window
from asynet.report.steps import bits_by_step
from asynet.report.symmetry import dissipation, modes, spectrum

__all__ = [
    "bits_by_step",
    "class_histograms",
    "dial",
    "dissipation",
    "filmstrip",
    "gap_ledger",
    "gap_over_training",
    "inpainting",
    "learning_curves",
    "ledger",
    "long_chain",
    "modes",
    "points",
    "raster",
    "recall_curves",
    "receptive_fields",
    "sample_grid",
    "spectrum",
    "spurious_mode",
    "stdp_window",
    "training_temperatures",
    "walks_in_field",
    "weight_symmetry",
    "write_report",
]
