"""Checks that a part of one's own keeps its contract; each raises AssertionError with one line."""
