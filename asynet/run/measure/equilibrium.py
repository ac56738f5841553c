"""ln p(x) by walks that are resampled, and ln p(x) of the network at equilibrium."""

from asynet.datasets.batches import examples
from asynet.network.network import Network
from asynet.numerics.estimates import Estimate, mean_estimate
from asynet.numerics.streams import Stream
from asynet.run.checkpoint import learned_network
from asynet.run.place import share_of_cores
from asynet.run.results import Results, some_chains
from asynet.run.temperatures import walk_ahead, walk_temperatures
from asynet.run.trainer import Trainer
from asynet.thermodynamics.equilibrium import equilibrium_guide
from asynet.thermodynamics.partition import EquilibriumLikelihood, equilibrium_likelihood
from asynet.types import Array
from asynet.walkback.prior import Prior
from asynet.walkback.smc import Resampled, resampled_walks
from asynet.walkback.walk import Chains, infer_hidden

FOR_MEANS = 2000  # training examples from which the mean activity is measured


def mean_activity(trainer: Trainer) -> Array:
    """Return the mean activity of all neurons while the visible ones show training examples, (N,).

    Parameters
    ----------
    trainer : Trainer
        The model and its data.
    """
    images = trainer.dataset.train[:FOR_MEANS]
    chains, kernel = some_chains(trainer, len(images), Stream.MEANS), trainer.dynamics
    states = kernel.tensor(examples(trainer.dataset, images, chains))
    mean: Array = kernel.array(infer_hidden(kernel, states, chains)[0]).mean(axis=0, dtype=float)
    return mean


def resampled(trainer: Trainer, prior: Prior, images: Array, walks: int) -> Resampled:
    """Estimate ln p(x) of the model that cools from p* by walks that are resampled on the way.

    Parameters
    ----------
    trainer : Trainer
        A network of spiking neurons.
    prior : Prior
        p*.
    images : array, shape (n, D)
        The examples; they are made states as for importance sampling without resampling.
    walks : int
        Walks from each of them.

    Returns
    -------
    Resampled
        ln p(x), (n,), in nats.
    """
    network = _network(trainer)
    some = some_chains(trainer, len(images), Stream.IMPORTANCE)
    states = examples(trainer.dataset, images, some)
    temperatures = walk_temperatures(trainer)
    threads = share_of_cores(trainer.settings.compute.threads)
    return resampled_walks(
        trainer.dynamics,
        prior,
        states,
        temperatures,
        walks,
        some_chains(trainer, walks * len(images), Stream.RESAMPLED),
        equilibrium_guide(network, mean_activity(trainer), temperatures, threads),
        walk_ahead(trainer),
    )


def at_equilibrium(trainer: Trainer) -> EquilibriumLikelihood:
    """Return ln p(x) of test examples at equilibrium, as evaluate.equilibrium says.

    Parameters
    ----------
    trainer : Trainer
        A network whose equilibrium can be written down: see `partition.require_equilibrium`.
    """
    settings = trainer.settings.evaluate.equilibrium
    images = trainer.dataset.test[: settings.examples]
    chains: Chains = some_chains(trainer, len(images), Stream.EQUILIBRIUM)
    return equilibrium_likelihood(
        _network(trainer),
        mean_activity(trainer),
        examples(trainer.dataset, images, chains),
        settings.chains,
        settings.steps,
        settings.reverse,
        trainer.settings.seed,
        share_of_cores(trainer.settings.compute.threads),
        shared=True,
    )


def add_resampled(trainer: Trainer, prior: Prior, results: Results, on: str) -> None:
    """Add what `resampled` finds to the final numbers.

    Parameters
    ----------
    trainer : Trainer
        The model and its data.
    prior : Prior
        p*.
    results : Results
        Takes the numbers.
    on : str
        Which model they are of.
    """
    settings, data = trainer.settings.evaluate, trainer.dataset
    few = data.test[: settings.is_examples]
    found = resampled(trainer, prior, few, settings.smc_walks)
    on = f"{len(few)} {data.tested}, {settings.smc_walks} walks each, {on}"
    results.add("smc", mean_estimate(found.log_likelihoods), on, "nats")
    drawn = f"smallest along a walk; drawn again {found.times.mean():.1f} times"
    size = mean_estimate(found.effective)
    results.add("smc_effective_sample_size", size, f"{on}; {drawn}", "walks")
    results.likelihoods["smc"] = found.log_likelihoods
    results.likelihoods["smc_effective_sample_size"] = found.effective


def add_equilibrium(trainer: Trainer, results: Results) -> None:
    """Add ln p(x) at equilibrium to the final numbers.

    Parameters
    ----------
    trainer : Trainer
        The model and its data.
    results : Results
        Takes the numbers.
    """
    settings, found = trainer.settings.evaluate.equilibrium, at_equilibrium(trainer)
    results.likelihoods["equilibrium"] = found.log_likelihoods
    n = len(found.log_likelihoods)
    warning = f"; not to be trusted: {found.warning}" if found.warning else ""
    on = f"{n} {trainer.dataset.tested}, {found.what}, at T = 1{warning}"
    results.add("equilibrium", found.value, on, "nats")
    if found.reverse is None or found.effective_sample_size is None:
        results.add("log_partition", found.log_partition, f"{found.what}, by enumeration", "nats")
        return
    how = f"{settings.chains} annealed chains of {settings.steps} steps"
    down = f"{found.what}; {found.reverse.n} chains of {settings.steps} steps from examples"
    results.add("equilibrium_reverse", found.reverse, down, "nats")
    results.add("log_partition", found.log_partition, f"{found.what}, {how}", "nats")
    size = Estimate(found.effective_sample_size, None, settings.chains)
    results.add("equilibrium_effective_sample_size", size, how, "chains")


def _network(trainer: Trainer) -> Network:
    network = learned_network(trainer)
    if network is None:
        raise ValueError("an operator is not allowed; must be a network")
    return network
