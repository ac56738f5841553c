"""Train a network or a torch module that was built in Python, as a study would."""

import io
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml
from pydantic import ValidationError

from asynet.api.opened import Run
from asynet.datasets import Dataset
from asynet.datasets.sources import Examples, Streamed, blocks, first_of, mean_of
from asynet.network.network import Network
from asynet.network.saved import network_bytes
from asynet.run.build import Given
from asynet.run.claim import default_directory, drop_if_empty
from asynet.run.run import run_study
from asynet.run.studies import find_study
from asynet.study.file import BESIDE, beside
from asynet.study.keys import explain
from asynet.study.study import Study, with_used_keys
from asynet.types import Device, Law

if TYPE_CHECKING:
    import torch

SPIKING_LIKE = "mnist_rate"  # the study whose walks, training and measurements a network takes
BLOCKS = ("walk", "train", "evaluate", "record")
ONLY_OF_SOME = ("smc_walks", "equilibrium")  # not every network can be measured so
OPERATOR_STEPS = 30
# Of a module: Adam at this rate, falling to 0, with clipped gradients and averaged weights.
OPERATOR_TRAIN = {"lr": 0.002, "lr_schedule": "cosine"}
OPTIMISER = {"clip": 1.0, "average": 0.98}


def train(
    model: "Network | torch.nn.Module",
    data: Dataset,
    *,
    epochs: float,
    rule: str | None = None,
    lr: float | None = None,
    batch: int | None = None,
    law: Law | None = None,
    sigma: float | None = None,
    seed: int = 1,
    out: str | Path | None = None,
    settings: Mapping[str, Any] | None = None,
    resume: bool = False,
    device: Device = "auto",
) -> Run:
    """Train by walkback, measure, and report, as a study does.

    A network whose visible neurons spike takes the walks, the training and the measurements of
    the study `mnist_rate`, but for `evaluate.smc_walks` and `evaluate.equilibrium`, which not every
    network allows; other models take those of the study schema, see `asynet keys`. All of it can be
    changed in `settings`.

    Parameters
    ----------
    model : Network or torch.nn.Module
        What learns. The first population of a network is visible. A module maps states of the
        data's shape, `(B, *shape)`, to F of the same shape (Goyal et al. 2017, section 3.3); it is
        trained in place.
    data : Dataset
        The examples: `asynet.datasets.mnist()`, or `asynet.Dataset.from_arrays(train, test)`.
    epochs : float
        Length of training, in passes over the training split.
    rule : str, optional
        Local rule of a network: "rate", "spike", "reciprocal", "reciprocal_spike", or the name of
        a plugin's.
    lr : float, optional
        Learning rate at the start.
    batch : int, optional
        Walks side by side.
    law : {"gaussian", "bernoulli"}, optional
        Law of the next state of a module; gaussian by default.
    sigma : float, optional
        Standard deviation of a module's noise at temperature 1, in units of the state; required
        with law gaussian. By default its walks heat until the noise is twice as wide as the data.
    seed : int
        Seed of every random number.
    out : str or Path, optional
        Run directory, new or empty; by default runs/NAME-TIME.
    settings : mapping of str to value, optional
        Further keys of a study, such as `{"walk.t_max": 4.0, "evaluate.examples": 100}`.
    resume : bool
        Go on with the run in `out`, stopped or killed at any moment.
    device : {"auto", "cpu", "cuda"}
        Where it is computed; auto: on a GPU, if there is one that can be used. A module stays
        there.

    Returns
    -------
    Run
        The run directory, open.

    Raises
    ------
    ValueError
        One line that names the argument or the key, the value and what is allowed.
    UserError
        One line, for a directory that cannot be written, or holds another run.
    """
    if not isinstance(data, Dataset):
        kind = type(data).__name__
        raise TypeError(f"data: {kind} is not allowed; must be a Dataset, see Dataset.from_arrays")
    if data.seed is not None and data.seed != seed:
        raise ValueError(f"seed: {seed} is not allowed; the data were drawn with seed {data.seed}")
    network, module = _told_apart(model)
    if network is None and rule is not None:
        raise ValueError(f"rule: {rule!r} is not allowed; only a network follows a local rule")
    if network is not None:
        for name, value in (("law", law), ("sigma", sigma)):
            if value is not None:
                raise ValueError(f"{name}: {value!r} is not allowed; a population has its own")
    tree = _blocks(network, data, law, sigma)
    chosen = {"epochs": epochs, "rule": rule, "lr": lr, "batch": batch}
    tree["train"] |= {key: value for key, value in chosen.items() if value is not None}
    tree["seed"] = seed
    for key, value in (settings or {}).items():
        _set(tree, key, value)
    inputs = _inputs(tree, network, data)
    asked = {f"train.{key}" for key, value in chosen.items() if value is not None}
    study = _checked(tree, asked | set(settings or {}))
    place = default_directory(study) if out is None else Path(out)
    study = _checked(beside(tree, place))
    given = Given(data if data.block is None else None, network, module)
    try:
        run_study(study, place, resume, device, "asynet.train", given, inputs)
    finally:
        if out is None:
            drop_if_empty(place)
    return Run(place, module, device)


def _told_apart(model: Any) -> "tuple[Network | None, torch.nn.Module | None]":
    if isinstance(model, Network):
        return model, None
    if hasattr(model, "state_dict") and hasattr(model, "forward"):
        return None, model
    kind = type(model).__name__
    raise TypeError(f"model: {kind} is not allowed; must be a Network or a torch.nn.Module")


def _blocks(
    network: Network | None, data: Dataset, law: Law | None, sigma: float | None
) -> dict[str, Any]:
    """Return the study, as plain data, before anything is changed in it."""
    tree: dict[str, Any] = {"name": "trained", "data": {}, "train": {}}
    if network is None:
        tree["optimiser"] = dict(OPTIMISER)
        tree["train"] = dict(OPERATOR_TRAIN)
        tree["operator"] = {"kind": "own", "norm": "none", "law": law or "gaussian"}
        if law == "bernoulli":
            if sigma is not None:
                raise ValueError(f"sigma: {sigma} is not allowed with law bernoulli")
            tree["walk"] = {"steps": OPERATOR_STEPS}
            return tree
        if not isinstance(sigma, int | float) or isinstance(sigma, bool) or not sigma > 0:
            raise ValueError(f"sigma: {sigma!r} is not allowed; a Gaussian law needs one above 0")
        scale = 256.0 if data.binarise == "dequantise" else 1.0
        width = _width(data.train) / scale
        hottest = max((2 * width / sigma) ** 2, 2.0)
        tree["operator"]["sigma"] = float(sigma)
        tree["walk"] = {"steps": OPERATOR_STEPS, "t_max": float(f"{hottest:.3g}")}
        return tree
    visible = network.populations[0]
    if visible.law == "bernoulli":
        like = yaml.safe_load(find_study(SPIKING_LIKE).read_text())
        tree |= {key: dict(like[key]) for key in BLOCKS if key in like}
        tree["train"].pop("epochs", None)
        for key in ONLY_OF_SOME:
            tree["evaluate"].pop(key, None)
    tree["network"] = _network_block(network)
    return tree


def _width(examples: Examples) -> float:
    """Return the standard deviation of the values of the first examples."""
    few = first_of(examples)
    if not isinstance(few, Streamed):
        return float(np.std(np.asarray(few, np.float64)))
    mean, squares = mean_of(few).mean(dtype=np.float64), 0.0
    for block in blocks(few, 1000):
        squares += float(((block - mean) ** 2).sum())
    return float(np.sqrt(squares / (len(few) * few.shape[1])))


def _network_block(network: Network) -> dict[str, Any]:
    visible = network.populations[0]
    of_data = visible.law == "bernoulli"
    return {
        "populations": {
            p.name: {"size": p.size, "law": p.law}
            | ({"sigma": float(p.sigma)} if p.law == "gaussian" else {})
            for p in network.populations
        },
        "projections": [
            {"pre": p.pre, "post": p.post, "plastic": p.plastic} for p in network.projections
        ],
        "order": [list(group) for group in network.order],
        "alpha": float(network.alpha),
        "visible_bias": "data" if of_data and visible.name not in network.bias else "zero",
        "rest": "data" if of_data and visible.name not in network.rest else "zero",
    }


def _set(tree: dict[str, Any], key: str, value: Any) -> None:
    """Change one key of a study, given by its path."""
    *parents, last = key.split(".")
    if not all((*parents, last)) or key.partition(".")[0] in ("data", "network", "seed"):
        raise ValueError(f"settings: {key!r} is not allowed; must be a key of the study's blocks")
    place = tree
    for part in parents:
        place = place.setdefault(part, {})
        if not isinstance(place, dict):
            raise ValueError(f"settings: {key!r} is not allowed; {part} holds no further keys")
    place[last] = value


def _inputs(tree: dict[str, Any], network: Network | None, data: Dataset) -> dict[str, bytes]:
    """Return the files that the study has to name, and let it name them."""
    inputs = dict[str, bytes]()
    if network is not None:
        inputs["network.npz"] = network_bytes(network)
        tree["network"]["built"] = f"{BESIDE}inputs/network.npz"
    if data.block is not None:
        tree["data"] = data.block.model_dump()
        return inputs
    parts = {name: getattr(data, name) for name in ("train", "validation", "test")}
    arrays = {name: part.reshape(len(part), *data.shape) for name, part in parts.items()}
    for name in parts:
        labels = getattr(data, f"{name}_labels")
        if labels is not None:
            arrays[f"{name}_labels"] = labels
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **arrays)
    inputs["data.npz"] = file.getvalue()
    path = f"{BESIDE}inputs/data.npz"
    shape = list(data.shape)
    tree["data"] = {"name": "array", "path": path, "shape": shape, "binarise": data.binarise}
    return inputs


def _checked(tree: dict[str, Any], asked: Collection[str] = ()) -> Study:
    """Return the study; ValueError, one line, for the first mistake in it.

    Keys of `SPIKING_LIKE` that the study does not use with what was asked for are left out.
    """

    def was_asked(path: str) -> bool:
        return any(path == one or path.startswith(f"{one}.") for one in asked)

    try:
        return with_used_keys(tree, was_asked)
    except ValidationError as errors:
        found = [e for e in errors.errors() if e["type"] != "default_factory_not_called"]
        found.sort(key=lambda error: error["type"] != "extra_forbidden")
        key, what = explain(found[0])
        raise ValueError(f"{'.'.join(key)}: {what}") from None
