"""Parts of one's own: operators, connection rules, exports and data sets, used in a study by name.

A part is a function with the decorator of its kind. Its first arguments are what asynet hands to
it; its keyword-only arguments are the options that a study may set. docs/plugins.md shows each.
"""

from asynet.plugins.part import Kind, Part, connection, dataset, export, operator
from asynet.plugins.registry import find, is_loaded, load, module_of, must_be

__all__ = [
    "Kind",
    "Part",
    "connection",
    "dataset",
    "export",
    "find",
    "is_loaded",
    "load",
    "module_of",
    "must_be",
    "operator",
]
