"""The figures of a run, and the HTML page that shows them with its numbers."""

from asynet.report.figures.bound_by_steps import bound_by_steps
from asynet.report.figures.classes import class_histograms, spurious_mode
from asynet.report.figures.curves import learning_curves, weight_symmetry
from asynet.report.figures.dial import dial
from asynet.report.figures.field import walks_in_field
from asynet.report.figures.gap import gap_ledger, gap_over_training
from asynet.report.figures.images import (
    filmstrip,
    inpainting,
    long_chain,
    receptive_fields,
    sample_grid,
)
from asynet.report.figures.ledger import ledger
from asynet.report.figures.points import points
from asynet.report.figures.recall import recall_curves
from asynet.report.figures.spacing import training_temperatures
from asynet.report.figures.spikes import Span, raster, stdp_window
from asynet.report.figures.steps import bits_by_step
from asynet.report.figures.symmetry import dissipation, modes, spectrum
from asynet.report.page import write_report

__all__ = [
    "Span",
    "bits_by_step",
    "bound_by_steps",
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
