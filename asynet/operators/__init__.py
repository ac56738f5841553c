"""Transition operators of images: torch modules that are trained by walkback.

An operator is a law p_T(s' | s) of all values at once (Goyal et al. 2017, section 3.3). A module
computes F(s), `law` makes a distribution of it, `kernel` lets walks use it, and `learning` trains
it.
"""
