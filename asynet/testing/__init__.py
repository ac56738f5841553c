"""Checks that a part of one's own keeps its contract, for the tests of whoever writes one.

Each takes the function of the part and raises AssertionError with one line that says what is wrong.
"""

from asynet.testing.connections import check_connection
from asynet.testing.datasets import check_dataset
from asynet.testing.exports import check_export
from asynet.testing.operators import check_operator
from asynet.testing.rules import check_rule

__all__ = ["check_connection", "check_dataset", "check_export", "check_operator", "check_rule"]
