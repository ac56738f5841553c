"""Examples that stay on disk and are read when they are used: arrays, pictures and shards."""

from asynet.datasets.sources.contract import Source
from asynet.datasets.sources.shared import blocks, first_of, mean_of, rows_of
from asynet.datasets.sources.streamed import Examples, Streamed

__all__ = [
    "Examples",
    "Source",
    "Streamed",
    "blocks",
    "first_of",
    "mean_of",
    "rows_of",
]
