"""Parts of one's own, used in a study by name: docs/plugins.md shows each kind.

A part is a function with the decorator of its kind. Its first arguments are what asynet hands to
it; its keyword-only arguments are the options that a study may set.
"""

from asynet.plugins.origin import Origin, PluginWarning, difference
from asynet.plugins.part import Kind, Part, connection, dataset, export, operator, rule
from asynet.plugins.registry import find, is_loaded, load, module_of, must_be

__all__ = [
    "Kind",
    "Origin",
    "Part",
    "PluginWarning",
    "connection",
    "dataset",
    "difference",
    "export",
    "find",
    "is_loaded",
    "load",
    "module_of",
    "must_be",
    "operator",
    "rule",
]
