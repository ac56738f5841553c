"""Thermodynamics of networks: entropy production, the parts of the bound's gap, temperatures.

`irreversibility`, `meter` and `ledger` measure networks whose weights are known. `from_states`
holds estimators for networks of which only states were seen, and `exact` holds enumeration and
closed forms. `length` and `thinning` choose temperatures. Numbers are in nats.
"""

from asynet.thermodynamics.irreversibility import Irreversibility, measure_irreversibility

__all__ = ["Irreversibility", "measure_irreversibility"]
