"""The likelihoods of an open run: eq. 5, eq. 10 with and without resampling, equilibrium."""

from abc import abstractmethod
from pathlib import Path

import numpy as np

from asynet.api.likelihoods import Asked, equilibrium_of, log_weights, resampled_walks_of
from asynet.api.numbers import Equilibrium, Likelihood
from asynet.errors import UserError
from asynet.numerics import checks
from asynet.numerics.estimates import Estimate, mean_estimate
from asynet.numerics.streams import Stream
from asynet.run.directory import RunDirectory
from asynet.run.trainer import Trainer
from asynet.types import Array
from asynet.walkback.likelihood import bound_estimate, importance_sampled


class Measured:
    """What can be measured of a run's model.

    Parameters
    ----------
    path : Path
        The run directory.
    """

    def __init__(self, path: Path) -> None:
        """Keep the path. See `opened.Run`."""
        self.path = path

    @property
    @abstractmethod
    def trainer(self) -> Trainer:
        """Return the trained model with its data and settings."""

    @abstractmethod
    def _reopened(self, overrides: list[str]) -> Trainer:
        """Return the same model with keys of its study changed."""

    @property
    def likelihoods(self) -> dict[str, Array]:
        """Return the likelihoods of single test examples, by the name of their mean in `summary`.

        Each is (n,) in nats; NAME_examples holds the rows of the test split. Runs of one data set
        and seed can be compared example by example.

        Raises
        ------
        UserError
            If the run saved none.
        """
        path = RunDirectory(self.path).likelihoods
        if not path.is_file():
            raise UserError(f"{path}: missing; the run has not ended, or has no likelihood")
        with np.load(path, allow_pickle=False) as found:
            return {name: found[name] for name in found.files}

    def bound(
        self, steps: int | None = None, walks: int | None = None, examples: int | None = None
    ) -> Estimate:
        """Measure the lower bound on ln p(x) of the sampler that cools from p*.

        Parameters
        ----------
        steps, walks, examples : int, optional
            Steps of a walk, walks from each test example, and number of test examples; as the
            study says, by default.

        Returns
        -------
        Estimate
            In nats. p* comes from the training split, the number from the test split.

        References
        ----------
        Goyal et al. 2017, eq. 5.
        """
        asked = Asked(steps, walks, examples)
        weights, on = log_weights(self.trainer, self._reopened, asked, Stream.BOUND)
        return _named(bound_estimate(weights), "nats", on)

    def likelihood(
        self,
        walks: int | None = None,
        steps: int | None = None,
        examples: int | None = None,
        resample: bool = False,
    ) -> Likelihood:
        """Measure ln p(x) of the sampler that cools from p*, by importance sampling.

        Parameters
        ----------
        walks, steps, examples : int, optional
            Walks from each test example, steps of a walk, and number of test examples; as the
            study says, by default.
        resample : bool
            Whether good walks are copied along the way (sequential Monte Carlo), which comes much
            closer to ln p(x). Only for networks of spiking neurons.

        Returns
        -------
        Likelihood
            In nats, with the effective sample size: of walks that are resampled, the smallest along
            a walk.

        References
        ----------
        Goyal et al. 2017, eq. 10.
        """
        checks.flag("resample", resample)
        asked = Asked(steps, walks, examples)
        if resample:
            found, on = resampled_walks_of(self.trainer, self._reopened, asked)
            mean, size = mean_estimate(found.log_likelihoods), mean_estimate(found.effective)
            return Likelihood(_named(mean, "nats", on), _named(size, "walks", on))
        weights, on = log_weights(self.trainer, self._reopened, asked, Stream.IMPORTANCE)
        value, size = importance_sampled(weights)
        return Likelihood(_named(value, "nats", on), _named(size, "walks", on))

    def equilibrium(
        self, steps: int | None = None, chains: int | None = None, examples: int | None = None
    ) -> Equilibrium:
        """Measure ln p(x) of the network at equilibrium at T = 1, by annealed importance sampling.

        Of the network itself if its weights are symmetric, else of its symmetric part, biases kept;
        `value.on` says which.

        Parameters
        ----------
        steps, chains, examples : int, optional
            Steps and number of the chains of importance sampling, and number of test examples; as
            the study says, by default, and 1000 steps where it says none.

        Returns
        -------
        Equilibrium
            In nats, with the reverse estimator, which errs to the other side.

        Raises
        ------
        ValueError
            One line, for a model whose equilibrium cannot be written down.

        References
        ----------
        Salakhutdinov and Murray 2008; Burda, Grosse and Salakhutdinov 2014.
        """
        return equilibrium_of(self.trainer, self._reopened, Asked(steps, chains, examples))


def _named(estimate: Estimate, unit: str, on: str) -> Estimate:
    return Estimate(estimate.value, estimate.stderr, estimate.n, unit, on)
