"""What an installed asynet can check of itself in half a minute: the command `asynet test`."""

from asynet.selftest.checks import CHECKS, Check

__all__ = ["CHECKS", "Check"]
