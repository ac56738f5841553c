"""Networks of stochastic neurons with asymmetric weights, trained by variational walkback.

`import asynet as an` gives what one needs to build, simulate, train and ask; names are loaded when
they are first used. The packages below stay importable for experts: docs/architecture.md is their
map.
"""

import importlib
import os
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asynet import datasets as datasets
    from asynet.api.compared import compare as compare
    from asynet.api.dreams import dreams as dreams
    from asynet.api.measures import irreversibility as irreversibility
    from asynet.api.measures import stdp_window as stdp_window
    from asynet.api.measures import symmetry as symmetry
    from asynet.api.pictures import raster as raster
    from asynet.api.pictures import rates as rates
    from asynet.api.runs import Likelihood as Likelihood
    from asynet.api.runs import Run as Run
    from asynet.api.runs import open_run as open_run
    from asynet.api.runs import run as run
    from asynet.api.sweeps import sweep as sweep
    from asynet.api.train import train as train
    from asynet.datasets.dataset import Dataset as Dataset
    from asynet.errors import UserError as UserError
    from asynet.exchange.connect import connect as connect
    from asynet.network.connect import AllToAll as AllToAll
    from asynet.network.connect import Distance as Distance
    from asynet.network.connect import FixedInDegree as FixedInDegree
    from asynet.network.connect import FixedOutDegree as FixedOutDegree
    from asynet.network.connect import FixedProbability as FixedProbability
    from asynet.network.connect import Weights as Weights
    from asynet.network.layered import layered as layered
    from asynet.network.network import Network as Network
    from asynet.network.network import Population as Population
    from asynet.network.network import Projection as Projection
    from asynet.numerics.estimates import Estimate as Estimate
    from asynet.simulation.recording import Recording as Recording
    from asynet.simulation.simulate import simulate as simulate
    from asynet.thermodynamics.partition import log_partition as log_partition

__version__ = "0.2.0"

# Threads that spin while they wait for one another take ten times as long as one thread alone
# wherever they share the cores with another program; threads that sleep at once take as long to
# wake as the kernels' loops take to run, a tenth of a millisecond. So GNU's spin for about that
# long. OpenMP reads both once, with torch or numba.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("GOMP_SPINCOUNT", "20000")

_HOMES = {
    "AllToAll": "asynet.network.connect",
    "Dataset": "asynet.datasets.dataset",
    "Distance": "asynet.network.connect",
    "Estimate": "asynet.numerics.estimates",
    "FixedInDegree": "asynet.network.connect",
    "FixedOutDegree": "asynet.network.connect",
    "FixedProbability": "asynet.network.connect",
    "Likelihood": "asynet.api.runs",
    "Network": "asynet.network.network",
    "Population": "asynet.network.network",
    "Projection": "asynet.network.network",
    "Recording": "asynet.simulation.recording",
    "Run": "asynet.api.runs",
    "UserError": "asynet.errors",
    "Weights": "asynet.network.connect",
    "compare": "asynet.api.compared",
    "connect": "asynet.exchange.connect",
    "dreams": "asynet.api.dreams",
    "irreversibility": "asynet.api.measures",
    "layered": "asynet.network.layered",
    "log_partition": "asynet.thermodynamics.partition",
    "open_run": "asynet.api.runs",
    "raster": "asynet.api.pictures",
    "rates": "asynet.api.pictures",
    "simulate": "asynet.simulation.simulate",
    "stdp_window": "asynet.api.measures",
    "train": "asynet.api.train",
}
# Packages that are verbs too: `asynet.run` holds what runs studies, `asynet.run(...)` runs one.
_VERBS = {"run": "asynet.api.runs", "symmetry": "asynet.api.measures", "sweep": "asynet.api.sweeps"}

_PACKAGES = (
    "analysis",
    "datasets",
    "evaluation",
    "exchange",
    "network",
    "numerics",
    "operators",
    "record",
    "report",
    "simulation",
    "study",
    "thermodynamics",
    "walkback",
)

__all__ = ["__version__", "datasets", *_HOMES, *_VERBS]


class _Verb(ModuleType):
    """A package that can be called, like the function of its name in asynet.api."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function of the package's name."""
        name = self.__name__.rpartition(".")[2]
        return getattr(importlib.import_module(_VERBS[name]), name)(*args, **kwargs)


class _Front(ModuleType):
    """The package itself, which makes a verb of the subpackages that are one."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _VERBS and isinstance(value, ModuleType):
            value.__class__ = _Verb
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Front


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used."""
    if name in _HOMES:
        found = getattr(importlib.import_module(_HOMES[name]), name)
    elif name in _VERBS or name in _PACKAGES:
        found = importlib.import_module(f"asynet.{name}")
    else:
        import difflib  # only for mistakes, since every start would wait for it

        near = difflib.get_close_matches(name, __all__, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise AttributeError(f"module 'asynet' has no attribute {name!r}{hint}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
