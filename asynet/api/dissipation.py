"""How much entropy a trained model produces."""

import numpy as np

from asynet.analysis.irreversibility import BURN_IN
from asynet.numerics.estimates import Estimate
from asynet.numerics.streams import Stream
from asynet.run.results import some_chains
from asynet.run.temperatures import from_data
from asynet.run.trainer import Trainer
from asynet.thermodynamics.irreversibility import measure_irreversibility
from asynet.walkback.walk import walk


def entropy_production(trainer: Trainer, chains: int, steps: int) -> Estimate:
    """Return the entropy that a trained model produces at T = 1, in nats a step.

    Parameters
    ----------
    trainer : Trainer
        The trained model.
    chains : int
        Independent chains, started from training examples and run in first.
    steps : int
        Steps that are measured.
    """
    start = some_chains(trainer, chains, Stream.ANALYSIS_STARTS)
    state = walk(trainer.dynamics, from_data(trainer, start), np.ones(BURN_IN), start)
    fresh = some_chains(trainer, chains, Stream.ANALYSIS_FLOW)
    flow = measure_irreversibility(trainer.dynamics, state, steps, fresh)
    on = f"{chains} chains of {steps} steps at T = 1, after {BURN_IN} steps"
    found = Estimate(flow.entropy_production, flow.stderr, chains, "nats a step", on)
    return found if flow.halves is None else flow.halves.marked(found)
