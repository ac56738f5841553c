"""How irreversible a recorded network was at each snapshot of its weights.

    python -m benchmarks.irreversibility RUN_DIR

At T = 1, of 64 chains from the same training images, after 200 steps, over 60 more: by log-ratio
(Goyal et al. 2017, Appendix H) and by the identity of its circulation. Needs dense weights.
"""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from asynet.datasets.batches import examples
from asynet.network.kernels import make_kernel
from asynet.network.network import Network
from asynet.numerics.estimates import Estimate
from asynet.record.trajectory import Trajectory
from asynet.run.checkpoint import learned_network
from asynet.run.results import some_chains
from asynet.run.sample import open_trainer
from asynet.run.trainer import Trainer
from asynet.symmetry.history import distinct_steps
from asynet.thermodynamics.couplings import couplings_of
from asynet.thermodynamics.dissipation import Dissipation
from asynet.thermodynamics.meter import Meter
from asynet.walkback.walk import infer_hidden, walk
from benchmarks.kept import Keep, keep

CHAINS, BURN_IN, STEPS = 64, 200, 60


def at(network: Network, trajectory: Trajectory, step: int) -> Network:
    """Return the network with the weights and biases recorded after `step` training walks."""
    projections = tuple(
        replace(p, weights=trajectory.weight(p.name, step)) for p in network.projections
    )
    bias = {
        p.name: trajectory.weight(f"bias:{p.name}", step).astype(np.float64)
        for p in network.populations
    }
    return replace(network, projections=projections, bias=bias)


def measure(trainer: Trainer, network: Network) -> Dissipation:
    """Measure a network that has the run's populations, from the run's data."""
    kernel, chains = make_kernel("numba", network), some_chains(trainer, CHAINS, 40)
    visible = examples(trainer.dataset, trainer.dataset.train[:CHAINS], chains)
    state, _ = infer_hidden(kernel, kernel.tensor(visible), chains)
    state = walk(kernel, state, np.ones(BURN_IN), chains)
    meter = Meter(couplings_of(network))
    walk(kernel, state, np.ones(STEPS), some_chains(trainer, CHAINS, 41), observe=[meter])
    return meter.result()


def main(run: Annotated[Path, typer.Argument()], kept: Keep = None) -> None:
    """Print one row for each snapshot."""
    trainer = open_trainer(run, [])
    network = learned_network(trainer)
    if network is None:
        raise typer.BadParameter("an operator has no synapses", param_hint="RUN_DIR")
    numbers: dict[str, Estimate | float] = {}
    print("   walks      log-ratio       identity  over the entropy of a step")
    with Trajectory(run / "trajectory.h5") as trajectory:
        for step in distinct_steps(trajectory):
            found = measure(trainer, at(network, trajectory, step))
            log_ratio, identity = (
                f"{mean.value:6.3f} ± {mean.stderr:.3f}"
                for mean in (found.log_ratio, found.identity)
            )
            ratio = found.identity.value / found.forward_entropy.value
            print(f"{step:8,} {log_ratio:>14} {identity:>14}  {ratio:.2%}", flush=True)
            numbers |= {
                f"walks_{step}_{key}": Estimate(mean.value, mean.stderr, CHAINS)
                for key, mean in (("log_ratio", found.log_ratio), ("identity", found.identity))
            }
            numbers[f"walks_{step}_ratio"] = ratio
    keep(kept, numbers)


if __name__ == "__main__":
    typer.run(main)
