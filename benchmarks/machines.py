"""Restricted Boltzmann machines by other libraries, in as much CPU time on one core.

python -m benchmarks.machines FOLDER rbms --seconds 75 --lr 0.05 --seed 1

- `rbms`: BBRBM of the library of that name, persistent contrastive divergence of --gibbs steps,
  centred gradient (Bereux, Decelle, Furtlehner and Seoane), followed without their division by its
  norm, which learns less in the same time here;
- `BernoulliRBM`: scikit-learn's, persistent contrastive divergence of one step.

Both train on the training split of a study, sampled anew in each pass, with the study's hidden
neurons and batch and a learning rate that falls to 0 along a line, as the study's does. What was
learned is kept in FOLDER as `benchmarks.symmetry` keeps its networks, under the library's name, and
that command then measures it like them:

python -m benchmarks.symmetry FOLDER --only "rate;rbms;BernoulliRBM"

Choose --lr on validation examples (`benchmarks.symmetry --validation`). Needs `pip install rbms` or
`pip install scikit-learn`, which asynet itself does not use.
"""

import importlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import typer

from asynet.types import Array
from benchmarks.symmetry import STUDIES, WAYS, build, kept_in

PACKAGES = {"rbms": "rbms", "BernoulliRBM": "scikit-learn"}


@dataclass(frozen=True)
class Machine:
    """A machine of another library.

    learn(states, lr): changes it by one batch. learned(): weights (n_hidden, n_visible), biases of
    the hidden and of the visible neurons.
    """

    learn: Callable[[Array, float], None]
    learned: Callable[[], tuple[Array, Array, Array]]


def scikit_learn(hidden: int, batch: int, seed: int) -> Machine:
    """Return scikit-learn's machine."""
    rbm: Any = importlib.import_module("sklearn.neural_network").BernoulliRBM
    machine = rbm(hidden, batch_size=batch, random_state=seed)

    def learn(states: Array, lr: float) -> None:
        machine.learning_rate = lr
        machine.partial_fit(states)

    return Machine(
        learn,
        lambda: (machine.components_, machine.intercept_hidden_, machine.intercept_visible_),
    )


def bbrbm(images: Array, hidden: int, batch: int, seed: int, gibbs: int) -> Machine:
    """Return the machine of `rbms`, with as many persistent chains as a batch has examples."""
    torch: Any = importlib.import_module("torch")
    kind: Any = importlib.import_module("rbms.bernoulli_bernoulli.classes").BBRBM
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    data = type("Data", (), {"data": torch.as_tensor(images)})
    machine = kind.init_parameters(hidden, data, torch.device("cpu"), torch.float32)
    optimizer = torch.optim.SGD(machine.parameters(), lr=1.0, maximize=True)
    for parameter in machine.parameters():
        parameter.grad = torch.zeros_like(parameter)
    chains = machine.init_chains(batch)

    def learn(states: Array, lr: float) -> None:
        nonlocal chains
        visible = torch.as_tensor(states)
        optimizer.param_groups[0]["lr"] = lr
        optimizer.zero_grad(set_to_none=False)
        with torch.no_grad():
            data = machine.init_chains(len(states), torch.ones(len(states)), visible)
            chains = machine.sample_state(chains=chains, n_steps=gibbs, beta=1.0)
            machine.compute_gradient(data=data, chains=chains, centered=True)
            optimizer.step()

    def learned() -> tuple[Array, Array, Array]:
        found = machine.weight_matrix.T, machine.hbias, machine.vbias
        weights, b_hidden, b_visible = (x.numpy().copy() for x in found)
        return weights, b_hidden, b_visible

    return Machine(learn, learned)


def batches(images: Array, batch: int, seed: int) -> Iterator[Array]:
    """Yield batches of states without end, (batch, n_visible), sampled anew in each pass."""
    rng = np.random.default_rng(seed)
    while True:
        order = rng.permutation(len(images))
        for first in range(0, len(images) - batch + 1, batch):
            rows = images[order[first : first + batch]]
            yield (rng.random(rows.shape) < rows).astype(np.float32)


def main(
    folder: Annotated[Path, typer.Argument(help="Where networks are kept.")],
    library: Annotated[Literal["rbms", "BernoulliRBM"], typer.Argument(help="Whose machine.")],
    seconds: Annotated[float, typer.Option(help="CPU time to train.")],
    study: Annotated[str, typer.Option(help="A study of studies/.")] = "mnist_stdp_quick",
    lr: Annotated[float, typer.Option(help="Learning rate at the start.")] = 0.05,
    gibbs: Annotated[int, typer.Option(help="Gibbs steps a batch, of rbms.")] = 5,
    seed: Annotated[int, typer.Option(help="Seed.")] = 1,
) -> None:
    """Train until the time is over, and keep the machine."""
    folder.mkdir(parents=True, exist_ok=True)
    trainer = build(STUDIES / f"{study}.yaml", WAYS["rate"], seed)
    visible, hidden = trainer.dynamics.network.populations
    images, batch = trainer.dataset.train, trainer.batch
    try:
        if library == "rbms":
            machine = bbrbm(images, hidden.size, batch, seed, gibbs)
        else:
            machine = scikit_learn(hidden.size, batch, seed)
    except ImportError as error:
        print(f"{library}: left out ({error}): pip install {PACKAGES[library]}")
        return
    began, count = time.process_time(), 0
    for states in batches(images, batch, seed):
        spent = time.process_time() - began
        if spent >= seconds:
            break
        machine.learn(states, lr * (1 - spent / seconds))
        count += 1
    weights, b_hidden, b_visible = (x.astype(np.float32) for x in machine.learned())
    arrays = {key.replace("/", "."): array for key, array in trainer.learner.arrays().items()}
    arrays |= {
        f"{hidden.name}.weights": np.ascontiguousarray(weights.T),
        f"{hidden.name}.bias": b_hidden,
        f"{visible.name}.weights": weights,
        f"{visible.name}.bias": b_visible,
        f"{hidden.name}.mean": images.mean(axis=0),
    }
    np.savez_compressed(kept_in(folder, study, library, seed), cpu=spent, **arrays)
    print(f"{library}: {count} batches in {spent:.0f} s of CPU, lr {lr}")


if __name__ == "__main__":
    typer.run(main)
