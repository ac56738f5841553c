"""Parts that several measurements of a trained model share: p*, bounds, symmetry of weights."""

from typing import TypeGuard

from asynet.datasets.batches import examples
from asynet.network.network import Network
from asynet.network.weights import sparse_weight_matrix, weight_matrix
from asynet.numerics.streams import Stream
from asynet.run.checkpoint import learned_network
from asynet.run.results import some_chains
from asynet.run.temperatures import walk_ahead, walk_temperatures
from asynet.run.trainer import Trainer
from asynet.symmetry.measure import measure_symmetry
from asynet.types import Array
from asynet.walkback.likelihood import Bound, evaluate_bound, fit_prior
from asynet.walkback.prior import Prior
from asynet.walkback.walk import Chains

MOST_NEURONS = 5000  # whose synapses are measured as one matrix, 200 MB


def evaluation_prior(trainer: Trainer, count: int) -> Prior:
    """Return p* for evaluation walks, fitted to heated training examples.

    Parameters
    ----------
    trainer : Trainer
        The model and its data.
    count : int
        Number of training examples, the first ones.
    """
    images = trainer.dataset.train[:count]
    chains = some_chains(trainer, len(images), Stream.PRIOR)
    states = examples(trainer.dataset, images, chains)
    return fit_prior(
        trainer.dynamics,
        states,
        walk_temperatures(trainer),
        chains,
        trainer.settings.walk.destruction,
        trainer.prior_image,
        trainer.prior_rank,
        walk_ahead(trainer),
    )


def measure_bound(trainer: Trainer, prior: Prior, images: Array, walks: int, stream: int) -> Bound:
    """Walk from examples, each made a state once, and weigh the walks.

    Parameters
    ----------
    trainer : Trainer
        The model.
    prior : Prior
        p*.
    images : array, shape (n, D)
        The examples.
    walks : int
        Number of walks from each.
    stream : int
        Stream of the random numbers.

    Returns
    -------
    Bound
        Log-weights of shape (walks, n), in nats.

    References
    ----------
    Goyal et al. 2017, eq. 5.
    """
    chains = some_chains(trainer, len(images) * walks, stream)
    states = examples(trainer.dataset, images, Chains(chains.seed, chains.indices[: len(images)]))
    return evaluate_bound(
        trainer.dynamics,
        prior,
        states,
        walk_temperatures(trainer),
        walks,
        chains,
        trainer.settings.walk.destruction,
        walk_ahead(trainer),
    )


def fits_a_matrix(network: Network | None) -> TypeGuard[Network]:
    """Return whether the synapses of a network can be held in one matrix.

    Parameters
    ----------
    network : Network or None
        An operator has none; the result is then False.
    """
    return network is not None and network.size <= MOST_NEURONS


def weight_metrics(trainer: Trainer) -> dict[str, float]:
    """Return how symmetric the whole weight matrix is; nothing for an operator.

    Parameters
    ----------
    trainer : Trainer
        The model.

    Returns
    -------
    dict
        The cosine of W with its transpose, and ||A|| / ||S|| of its antisymmetric and symmetric
        parts.
    """
    network = learned_network(trainer)
    if network is None:
        return {}
    matrix = (sparse_weight_matrix if network.listed else weight_matrix)(network)
    symmetry = measure_symmetry(matrix)
    return {
        "cosine_with_transpose": symmetry.cosine,
        "antisymmetric_over_symmetric": symmetry.ratio,
    }
