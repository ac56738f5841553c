"""What an analysis measures of a run: after a burn-in, by chains that the burn-in did not use."""

import numpy as np
import pytest
from tiny import tiny

from asynet.analysis.irreversibility import BURN_IN, CHAINS, STEPS, analyse_irreversibility
from asynet.numerics.streams import Stream
from asynet.run.checkpoint import learned_network
from asynet.run.directory import RunDirectory
from asynet.run.results import some_chains
from asynet.run.run import run_study
from asynet.run.sample import open_trainer
from asynet.run.temperatures import from_data
from asynet.thermodynamics.couplings import couplings_of
from asynet.thermodynamics.meter import Meter
from asynet.walkback.walk import walk


def test_a_network_is_measured_after_a_burn_in_of_other_chains(tmp_path):
    study = tiny(tmp_path, "train.epochs=2", "record.chains=0", "evaluate.chain_steps=[2]")
    run = run_study(study, tmp_path / "run").parent
    (free, *_) = analyse_irreversibility(RunDirectory(run)).tables
    trainer = open_trainer(run, [])
    chains, fresh = (
        some_chains(trainer, CHAINS, stream)
        for stream in (Stream.ANALYSIS_STARTS, Stream.ANALYSIS_FLOW)
    )
    state = walk(trainer.dynamics, from_data(trainer, chains), np.ones(BURN_IN), chains)
    meter = Meter(couplings_of(learned_network(trainer)))
    walk(trainer.dynamics, state, np.ones(STEPS), fresh, observe=[meter])
    learned = free.rows[0]
    assert learned["identity"] == pytest.approx(meter.result().identity.value, abs=1e-12)
    assert learned["log_ratio"] == pytest.approx(meter.result().log_ratio.value, abs=1e-12)
