"""Irreversibility of networks of which only states were seen, such as recorded spikes.

`transitions` makes pairs of successive states and holds the controls; the plug-in estimator is
there too. `pairwise`, `uncertainty`, `neep` and `kinetic_ising` hold one estimator each.
"""
