"""Populations of stochastic neurons, asymmetric projections, kernels and plasticity."""

from asynet.network.network import Network
from asynet.network.population import Population
from asynet.network.projection import Projection

__all__ = ["Network", "Population", "Projection"]
