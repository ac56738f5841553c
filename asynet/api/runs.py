"""A run directory as an object: its numbers, its model, and what can be asked of it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from asynet.datasets.batches import examples
from asynet.errors import UserError
from asynet.network.network import Network
from asynet.network.weights import weight_matrix
from asynet.numerics.estimates import Estimate
from asynet.numerics.streams import Stream
from asynet.record.trajectory import Trajectory
from asynet.report import write_report
from asynet.run.build import Given
from asynet.run.checkpoint import learned_network
from asynet.run.directory import RunDirectory, default_directory, drop_if_empty
from asynet.run.export import Format, export_run
from asynet.run.measure.parts import evaluation_prior, fits_a_matrix, measure_bound
from asynet.run.results import some_chains
from asynet.run.run import run_study
from asynet.run.sample import open_trainer
from asynet.run.studies import find_study
from asynet.run.temperatures import from_data, walk_temperatures
from asynet.run.trainer import Trainer
from asynet.study.file import read_study
from asynet.symmetry.measure import Symmetry, measure_symmetry
from asynet.thermodynamics.irreversibility import measure_irreversibility
from asynet.types import Array, Device, Mask
from asynet.walkback.likelihood import bound_estimate, importance_sampled
from asynet.walkback.sample import complete, cool
from asynet.walkback.walk import Chains, walk

if TYPE_CHECKING:
    import torch

BURN_IN, STEPS = 200, 100  # of chains whose irreversibility is measured


@dataclass(frozen=True)
class Likelihood:
    """An importance-sampled likelihood.

    Parameters
    ----------
    value : Estimate
        Mean of ln p(x), in nats; in expectation a lower bound for a finite number of walks.
    effective_sample_size : Estimate
        How many of the walks count, between 1 and their number: near 1, a single walk decides.
    """

    value: Estimate
    effective_sample_size: Estimate

    def __repr__(self) -> str:
        """Return both numbers."""
        size = self.effective_sample_size.value
        return f"Likelihood({self.value}, effective sample size {size:.3g})"


class Numbers(Mapping[str, Estimate]):
    """The final numbers of a run by name, each with its error and what it was measured on."""

    def __init__(self, entries: Mapping[str, Any]) -> None:
        """Keep the entries of summary.json that are numbers."""
        self._found = {
            name: Estimate(entry["value"], entry["stderr"], entry["n"], entry["unit"], entry["on"])
            for name, entry in entries.items()
            if isinstance(entry, dict) and "value" in entry and entry["value"] is not None
        }

    def __getitem__(self, name: str) -> Estimate:
        """Return a number; KeyError that lists the names there are."""
        if name not in self._found:
            raise KeyError(f"{name}: no such number; there is {', '.join(self._found)}")
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter(self._found)

    def __len__(self) -> int:
        """Return how many numbers there are."""
        return len(self._found)

    def __repr__(self) -> str:
        """Return one line a number."""
        return "\n".join(f"{name}: {estimate}" for name, estimate in self._found.items())


class Metrics(Mapping[str, Array]):
    """What was measured while training, by name: each an array over the times it was measured."""

    def __init__(self, lines: Sequence[Mapping[str, Any]]) -> None:
        """Keep the lines of metrics.jsonl."""
        self._lines = lines
        self._names = list(dict.fromkeys(name for line in lines for name in line))

    def __getitem__(self, name: str) -> Array:
        """Return the values of a metric, (n,); KeyError that lists the names there are."""
        if name not in self._names:
            raise KeyError(f"{name}: no such metric; there is {', '.join(self._names)}")
        return np.array([line[name] for line in self._lines if name in line])

    def at(self, name: str) -> Array:
        """Return how many training walks had been done at each value of a metric, (n,) int64."""
        return np.array([line["step"] for line in self._lines if name in line], np.int64)

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter(self._names)

    def __len__(self) -> int:
        """Return how many metrics there are."""
        return len(self._names)


class Run:
    """A run directory: its numbers, its model, and what can be asked of it.

    Parameters
    ----------
    path : Path
        The directory.
    module : torch.nn.Module, optional
        The module of a run whose operator was handed over in Python.
    """

    def __init__(self, path: Path, module: "torch.nn.Module | None" = None) -> None:
        """Open the directory; nothing is computed yet."""
        self.path = path
        self._module = module
        self._directory = RunDirectory(path)
        if not self._directory.study.is_file():
            raise UserError(f"{path}: holds no run (study.yaml is missing)")

    def __repr__(self) -> str:
        """Return the path and the bound, if it is there yet."""
        bound = self.summary.get("bound")
        return f"Run({self.path}{'' if bound is None else f', bound {bound}'})"

    @property
    def summary(self) -> Numbers:
        """Return the final numbers by name; none before the run has ended."""
        path = self.path / "summary.json"
        return Numbers(json.loads(path.read_text()) if path.is_file() else {})

    @property
    def metrics(self) -> Metrics:
        """Return what was measured while training, by name."""
        return Metrics(self._directory.read_metrics())

    @cached_property
    def trainer(self) -> Trainer:
        """Return the trained model with its data and settings, for experts."""
        return open_trainer(self.path, [], Given(module=self._module))

    @property
    def network(self) -> Network:
        """Return the network as it has learned.

        Raises
        ------
        ValueError
            If the run trained an operator.
        """
        found = learned_network(self.trainer)
        if found is None:
            raise ValueError(f"{self.path}: trained an operator, which is no network")
        return found

    def bound(
        self, steps: int | None = None, walks: int | None = None, examples: int | None = None
    ) -> Estimate:
        """Measure the lower bound on ln p(x) of the sampler that cools from p*.

        Parameters
        ----------
        steps : int, optional
            Steps of a walk; as the study says, by default.
        walks, examples : int, optional
            Walks from each test example, and the number of examples; as the study says.

        Returns
        -------
        Estimate
            In nats. p* comes from the training split, the number from the test split.

        References
        ----------
        Goyal et al. 2017, eq. 5.
        """
        weights, on = self._log_weights(steps, walks, examples, Stream.BOUND, "bound_walks")
        found = bound_estimate(weights)
        return Estimate(found.value, found.stderr, found.n, "nats", on)

    def likelihood(
        self, walks: int | None = None, steps: int | None = None, examples: int | None = None
    ) -> Likelihood:
        """Measure ln p(x) of the sampler that cools from p*, by importance sampling.

        Parameters
        ----------
        walks, examples : int, optional
            Walks from each test example, and the number of examples; as the study says.
        steps : int, optional
            Steps of a walk; as the study says, by default.

        Returns
        -------
        Likelihood
            In nats, with the effective sample size.

        References
        ----------
        Goyal et al. 2017, eq. 10.
        """
        weights, on = self._log_weights(steps, walks, examples, Stream.IMPORTANCE, "walks")
        value, size = importance_sampled(weights)
        return Likelihood(
            Estimate(value.value, value.stderr, value.n, "nats", on),
            Estimate(size.value, size.stderr, size.n, "walks", on),
        )

    def sample(self, n: int, extra_steps: int | None = None) -> Array:
        """Cool samples from p*.

        Parameters
        ----------
        n : int
            How many.
        extra_steps : int, optional
            Further steps at T = 1 after cooling; as the study says, by default.

        Returns
        -------
        array, shape (n, *shape)
            In the shape of an example.

        References
        ----------
        Goyal et al. 2017, eq. 2.
        """
        trainer, settings = self.trainer, self.trainer.settings.evaluate
        _require_count("n", n)
        extra = settings.extra_steps if extra_steps is None else extra_steps
        prior = evaluation_prior(trainer, settings.prior_examples)
        chains = some_chains(trainer, n, Stream.SAMPLE)
        state = cool(trainer.dynamics, prior, walk_temperatures(trainer), chains, extra)
        return self._shaped(trainer.dynamics.array(state))

    def complete(
        self, images: Any, mask: Any, completions: int = 1, extra_steps: int | None = None
    ) -> Array:
        """Complete examples of which a part is known.

        Parameters
        ----------
        images : array, shape (n, *shape)
            Examples as the data set holds them, such as intensities; made states as in training,
            once each, and read where the mask is true.
        mask : array of bool, shape (*shape) or (D,), or name
            Which values are known; or top, bottom, left, right or random, of images.
        completions : int
            Completions of each image, each from noise of its own.
        extra_steps : int, optional
            Further steps at T = 1; as the study says, by default.

        Returns
        -------
        array, shape (n, completions, *shape)
            The completed examples.

        Raises
        ------
        ValueError
            One line, for images or a mask of another shape.
        """
        trainer, settings = self.trainer, self.trainer.settings.evaluate
        shape = tuple(trainer.dataset.shape)
        size = int(np.prod(shape))
        given = np.asarray(images)
        given = given if given.dtype == np.uint8 else given.astype(np.float32)
        if given.shape[1:] not in (shape, (size,)) or not len(given):
            raise ValueError(f"images: shape {given.shape} is not allowed; must be (n, *{shape})")
        _require_count("completions", completions)
        known = self._mask(mask, shape, size)
        extra = settings.extra_steps if extra_steps is None else extra_steps
        prior = evaluation_prior(trainer, settings.prior_examples)
        chains = some_chains(trainer, len(given) * completions, Stream.COMPLETE)
        once = Chains(chains.seed, chains.indices[: len(given)])
        states = examples(trainer.dataset, given.reshape(len(given), size), once)
        visible = np.repeat(states, completions, axis=0)
        heat = walk_temperatures(trainer)
        state = complete(trainer.dynamics, visible, known, heat, chains, extra, prior)
        found = self._shaped(trainer.dynamics.array(state))
        return found.reshape(len(given), completions, *shape)

    def dreams(self) -> Array:
        """Return the recorded dreams: how the last chains cooled from noise, frame by frame.

        Returns
        -------
        array, shape (chains, frames, *shape)
            Visible states from the hottest to the last, at T = 1.

        Raises
        ------
        UserError
            If the run recorded no dream.
        """
        with Trajectory(self._directory.trajectory) as recorded:
            found = [w for w in recorded.walks if w.phase == "cool"]
            if not found:
                raise UserError(f"{self.path}: no dream was recorded; see record.phases")
            visible = recorded.network[0].name
            states = recorded.states(found[-1].index, visible)  # (frames, chains, D)
        shape = self.trainer.dataset.shape
        return states.transpose(1, 0, 2).reshape(*states.shape[1::-1], *shape)

    def irreversibility(self, chains: int = 100, steps: int = STEPS) -> Estimate:
        """Measure the entropy that the trained model produces a step at T = 1.

        Parameters
        ----------
        chains : int
            Independent chains, started from training examples and run in first.
        steps : int
            Steps that are measured.

        Returns
        -------
        Estimate
            In nats a step; 0 for a model whose half-steps are reversible.

        References
        ----------
        Goyal et al. 2017, Appendix H.
        """
        _require_count("chains", chains)
        _require_count("steps", steps)
        trainer = self.trainer
        start = some_chains(trainer, chains, Stream.ANALYSIS_STARTS)
        state = walk(trainer.dynamics, from_data(trainer, start), np.ones(BURN_IN), start)
        fresh = some_chains(trainer, chains, Stream.ANALYSIS_FLOW)
        flow = measure_irreversibility(trainer.dynamics, state, steps, fresh)
        on = f"{chains} chains of {steps} steps at T = 1, after {BURN_IN} steps"
        value, error = flow.entropy_production, flow.stderr
        return Estimate(value, error, chains, "nats a step", on)

    def symmetry(self) -> Symmetry:
        """Return how symmetric the learned weights are: see `symmetry.measure`."""
        network = self.network
        if not fits_a_matrix(network):
            raise ValueError(f"{self.path}: {network.size} neurons are too many for one matrix")
        return measure_symmetry(weight_matrix(network))

    def export(self, to: Format, out: str | Path | None = None) -> Path:
        """Export the recorded spikes.

        Parameters
        ----------
        to : {"nwb", "sonata", "csv", "parquet"}
            Format.
        out : str or Path, optional
            File, or folder of SONATA, that does not exist; by default in the run directory.

        Returns
        -------
        Path
            What was written.
        """
        if to not in get_args(Format):
            raise ValueError(f"to: {to!r} is not allowed; must be {', '.join(get_args(Format))}")
        return export_run(self.path, to, None if out is None else Path(out)).path

    def report(self) -> Path:
        """Write report.html anew from what the directory holds, and return its path."""
        return write_report(self.path)

    def _log_weights(
        self, steps: int | None, walks: int | None, examples_: int | None, stream: int, key: str
    ) -> tuple[Array, str]:
        trainer = self.trainer
        if trainer.settings.train.objective == "self":
            raise ValueError(f"{self.path}: train.objective self has no likelihood")
        changed: dict[str, int] = {}
        for name, value in (("steps", steps), (key, walks)):
            if value is not None:
                _require_count(name, value)
                changed[name] = value
        if changed:
            overrides = [f"evaluate.{name}={value}" for name, value in changed.items()]
            trainer = open_trainer(self.path, overrides, Given(module=self._module))
        settings, data = trainer.settings.evaluate, trainer.dataset
        default = settings.examples if key == "bound_walks" else settings.is_examples
        count = default if examples_ is None else examples_
        _require_count("examples", count)
        images = data.test[:count]
        prior = evaluation_prior(trainer, settings.prior_examples)
        number = getattr(settings, key)
        weights = measure_bound(trainer, prior, images, number, stream).log_weights
        heat = walk_temperatures(trainer)
        of = f"{len(heat)} steps to T = {heat[-1]:g}"
        return weights, f"{len(images)} test examples, {number} walks each of {of}"

    def _shaped(self, states: Array) -> Array:
        size = self.trainer.dataset.train.shape[1]
        return states[:, :size].reshape(len(states), *self.trainer.dataset.shape)

    def _mask(self, mask: Any, shape: tuple[int, ...], size: int) -> Array:
        from asynet.datasets import image_shape
        from asynet.evaluation.inpaint import mask as named_mask

        if isinstance(mask, str):
            if mask not in get_args(Mask) or len(shape) < 2:
                allowed = ", ".join(get_args(Mask))
                raise ValueError(f"mask: {mask!r} is not allowed; must be {allowed}, of images")
            return named_mask(mask, image_shape(shape), self.trainer.settings.seed)  # type: ignore[arg-type]
        known = np.asarray(mask)
        if known.dtype != np.bool_ or known.shape not in (shape, (size,)):
            problem = f"{known.dtype} {known.shape} is not allowed"
            raise ValueError(f"mask: {problem}; must be bool of shape {shape}")
        return known.reshape(size)


def run(
    study: str | Path,
    overrides: Mapping[str, Any] | None = None,
    *,
    out: str | Path | None = None,
    seed: int | None = None,
    resume: bool = False,
    device: Device = "auto",
) -> Run:
    """Run a study: the same as `python -m asynet.run STUDY`.

    Parameters
    ----------
    study : str or Path
        A study file, or the name of a study that comes with asynet, such as `mnist_stdp_quick`.
    overrides : mapping of str to value, optional
        Keys to change, such as `{"train.epochs": 2}`.
    out : str or Path, optional
        Run directory, new or empty; by default runs/NAME-TIME.
    seed : int, optional
        Seed, instead of the study's.
    resume : bool
        Go on with the run in `out`, stopped or killed at any moment.
    device : {"auto", "cpu", "cuda"}
        Where the torch kernel runs.

    Returns
    -------
    Run
        The run directory, open.

    Raises
    ------
    UserError
        One line that says where, what and what is allowed, for a study or data that are wrong.
    """
    words = [f"{key}={json.dumps(value)}" for key, value in (overrides or {}).items()]
    resolved = read_study(find_study(study), words, seed)
    if resume and out is None:
        raise UserError("resume: say which run with out")
    place = default_directory(resolved) if out is None else Path(out)
    try:
        run_study(resolved, place, resume, device, f"asynet.run {study}")
    finally:
        if out is None:
            drop_if_empty(place)
    return Run(place)


def open_run(path: str | Path, module: "torch.nn.Module | None" = None) -> Run:
    """Open a run directory.

    Parameters
    ----------
    path : str or Path
        The directory.
    module : torch.nn.Module, optional
        A module of the same kind, for a run that trained one; it takes the run's weights.

    Raises
    ------
    UserError
        If the directory holds no run.
    """
    return Run(Path(path), module)


def _require_count(name: str, value: Any) -> None:
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or value < 1:
        raise ValueError(f"{name}: {value!r} is not allowed; must be a whole number from 1")
