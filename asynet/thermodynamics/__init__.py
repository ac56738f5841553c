"""Thermodynamics of networks: entropy production, where the bound's nats go, temperatures.

`irreversibility` and `meter` measure a network whose weights are known, `spikes`, `pairwise`,
`uncertainty`, `neep` and `kinetic_ising` one of which only states were seen; `markov` and
`gaussian` are exact. Every function takes arrays or a kernel, and answers in nats.
"""

from asynet.thermodynamics.irreversibility import (
    Irreversibility,
    entropy_production_from_correlations,
    entropy_production_of_half_steps,
    measure_irreversibility,
)

__all__ = [
    "Irreversibility",
    "entropy_production_from_correlations",
    "entropy_production_of_half_steps",
    "measure_irreversibility",
]
