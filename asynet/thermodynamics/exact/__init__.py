"""Exact thermodynamics: enumeration of small networks, closed forms of linear Gaussian ones."""
