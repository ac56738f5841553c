"""Figures: each is a function of arrays that returns a matplotlib Figure; the caller saves it."""
