"""Populations of stochastic neurons, asymmetric projections, kernels and plasticity."""

from asynet.network.network import Network, Population, Projection

__all__ = ["Network", "Population", "Projection"]
