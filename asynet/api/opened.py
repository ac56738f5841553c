"""A run directory that is open in Python: its numbers, its model, and what can be asked of it."""

import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from asynet import plugins
from asynet.analysis.irreversibility import BURN_IN, STEPS
from asynet.api.completions import MOST, complete_given, shaped
from asynet.api.measured import Measured
from asynet.api.numbers import Metrics, Numbers
from asynet.errors import UserError
from asynet.network.network import Network
from asynet.network.weights import weight_matrix
from asynet.numerics import checks
from asynet.numerics.estimates import Estimate
from asynet.numerics.streams import Stream
from asynet.record.trajectory import Trajectory
from asynet.report import write_report
from asynet.run.build import Given
from asynet.run.checkpoint import learned_network
from asynet.run.directory import open_directory
from asynet.run.export import Format, export_run
from asynet.run.live import SNAPSHOTS, live_run
from asynet.run.measure.parts import evaluation_prior, fits_a_matrix
from asynet.run.probabilities import cool_samples
from asynet.run.results import some_chains
from asynet.run.sample import open_trainer
from asynet.run.temperatures import from_data
from asynet.run.trainer import Trainer
from asynet.symmetry.measure import Symmetry, measure_symmetry
from asynet.thermodynamics.irreversibility import measure_irreversibility
from asynet.types import Array, Device
from asynet.walkback.walk import walk

if TYPE_CHECKING:
    import torch


class Run(Measured):
    """A run directory: its numbers, its model, and what can be asked of it.

    Parameters
    ----------
    path : Path
        The directory.
    module : torch.nn.Module, optional
        The module of a run whose operator was handed over in Python.
    device : {"auto", "cpu", "cuda"}
        Where the model computes; auto: on a GPU, if there is one that can be used.
    """

    def __init__(
        self, path: Path, module: "torch.nn.Module | None" = None, device: Device = "auto"
    ) -> None:
        """Open the directory; nothing is computed yet."""
        super().__init__(path)
        self._module, self._device = module, device
        self._directory = open_directory(path)

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
        return self._reopened([])

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

    def sample(self, n: int, extra_steps: int | None = None, probabilities: bool = False) -> Array:
        """Cool samples from p*.

        Parameters
        ----------
        n : int
            How many.
        extra_steps : int, optional
            Further steps at T = 1 after cooling; as the study says, by default.
        probabilities : bool
            Return, of the same samples, how likely each neuron was to spike in its last half-step.
            They show more than the spikes drawn from them.

        Returns
        -------
        array, shape (n, *shape)
            In the shape of an example: states, or numbers from 0 to 1.

        Raises
        ------
        ValueError
            If probabilities are asked for of values that are no spikes.

        References
        ----------
        Goyal et al. 2017, eq. 2.
        """
        trainer, settings = self.trainer, self.trainer.settings.evaluate
        checks.whole("n", n, 1, MOST)
        extra = settings.extra_steps if extra_steps is None else extra_steps
        prior = evaluation_prior(trainer, settings.prior_examples)
        chains = some_chains(trainer, n, Stream.SAMPLE)
        states, found = cool_samples(trainer, prior, chains, extra)
        if probabilities and found is None:
            raise ValueError(f"probabilities: {trainer.dataset.name} is not learned as spikes")
        return shaped(trainer, found if probabilities and found is not None else states)

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
        settings = self.trainer.settings.evaluate
        extra = settings.extra_steps if extra_steps is None else extra_steps
        return complete_given(self.trainer, images, mask, completions, extra)

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
            found = [w for w in recorded.walks if w.phase == "dream"]
            if not found:
                raise UserError(f"{self.path}: no dream was recorded; see record.phases")
            # (frames, chains, D)
            states = recorded.states(found[-1].index, recorded.network[0].name)
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
            In nats a step; 0 for a model whose half-steps are reversible. `settled` says whether
            the two halves of the steps agree within two standard errors; else see `drift`.

        References
        ----------
        Goyal et al. 2017, Appendix H.
        """
        checks.whole("chains", chains, 1, MOST)
        checks.whole("steps", steps, 1, MOST)
        trainer = self.trainer
        start = some_chains(trainer, chains, Stream.ANALYSIS_STARTS)
        state = walk(trainer.dynamics, from_data(trainer, start), np.ones(BURN_IN), start)
        fresh = some_chains(trainer, chains, Stream.ANALYSIS_FLOW)
        flow = measure_irreversibility(trainer.dynamics, state, steps, fresh)
        on = f"{chains} chains of {steps} steps at T = 1, after {BURN_IN} steps"
        found = Estimate(flow.entropy_production, flow.stderr, chains, "nats a step", on)
        return found if flow.halves is None else flow.halves.marked(found)

    def symmetry(self) -> Symmetry:
        """Return how symmetric the learned weights are: see `symmetry.measure`.

        Raises
        ------
        ValueError
            If the run trained an operator, or a network too large for one matrix.
        """
        network = self.network
        if not fits_a_matrix(network):
            raise ValueError(f"{self.path}: {network.size} neurons are too many for one matrix")
        return measure_symmetry(weight_matrix(network))

    def export(self, to: str, out: str | Path | None = None) -> Path:
        """Export the recorded spikes.

        Parameters
        ----------
        to : {"nwb", "sonata", "csv", "parquet"} or str
            Format, or the name of a plugin's export: see `plugins.load`.
        out : str or Path, optional
            File, or folder of SONATA, that does not exist; by default in the run directory.

        Returns
        -------
        Path
            What was written.
        """
        formats = get_args(Format)
        if to not in formats and plugins.find("exports", to) is None:
            raise ValueError(f"to: {to!r} is not allowed; {plugins.must_be('exports', formats)}")
        return export_run(self.path, to, None if out is None else Path(out)).path

    def report(self) -> Path:
        """Write report.html again from what the directory holds.

        Returns
        -------
        Path
            The page.
        """
        return write_report(self.path)

    def live(
        self,
        out: str | Path | None = None,
        max_bytes: int | None = None,
        snapshots: int = SNAPSHOTS,
    ) -> Path:
        """Write a page in which the network lives: one file to open in a browser.

        Parameters
        ----------
        out : str or Path, optional
            The page; live.html in the run directory by default.
        max_bytes : int, optional
            Its largest size; weights are rounded until it fits. None: they are the run's own.
        snapshots : int
            At how many times of the training it shows the network.

        Returns
        -------
        Path
            The page.
        """
        checks.whole("snapshots", snapshots, 1, MOST)
        return live_run(self.path, None if out is None else Path(out), max_bytes, snapshots)[0]

    def _reopened(self, overrides: list[str]) -> Trainer:
        return open_trainer(self.path, overrides, Given(module=self._module), self._device)
