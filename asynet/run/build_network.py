"""From a study's network block to a network with initial weights."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from asynet import plugins
from asynet.errors import UserError
from asynet.exchange.synapse_files import read_connectome
from asynet.network import connect
from asynet.network.network import Network, Population, Projection
from asynet.network.saved import read_network
from asynet.numerics.streams import Draw
from asynet.record.archives import read_npy
from asynet.record.inputs import reading
from asynet.study.network import NetworkBlock, ProjectionBlock
from asynet.study.terms import shown
from asynet.types import Array


def build_network(
    settings: NetworkBlock, seed: int, data_mean: Array, given: Network | None = None
) -> Network:
    """Return the network of a study with weights drawn from its seed.

    Parameters
    ----------
    settings : NetworkBlock
        The network block of a study.
    seed : int
        Seed from which synapses and weights are drawn.
    data_mean : array, shape (n_visible,)
        Mean of the training examples, for biases set to its logit.
    given : Network, optional
        The network that `settings.built` names, if it is in memory already.

    Raises
    ------
    UserError
        One line, for a file of weights or a mask that is missing or does not fit.
    """
    if settings.built is not None:
        network = given or read_network(Path(settings.built))
        return _with_biases(settings, network, _logit(data_mean))
    populations = tuple(
        Population(name, p.size, p.law, p.sigma) for name, p in settings.populations.items()
    )
    named = {p.name: p for p in populations}
    projections = tuple(
        _projection(p, i, named, np.random.default_rng([seed, i, Draw.WEIGHTS]))
        for i, p in enumerate(settings.projections)
    )
    visible = populations[0].name
    logit = (
        _logit(data_mean) if populations[0].law == "bernoulli" else np.zeros(populations[0].size)
    )
    return Network(
        populations,
        projections,
        order_of(settings),
        settings.alpha,
        bias={visible: logit} if settings.visible_bias == "data" else {},
        rest={visible: logit} if settings.rest == "data" else {},
    )


def _with_biases(settings: NetworkBlock, network: Network, logit: Array) -> Network:
    """Return a network that was built in Python, with the biases that the data give it."""
    sizes = {p.name: p.size for p in network.populations}
    if sizes != {name: p.size for name, p in settings.populations.items()}:
        raise UserError(f"network.built: {settings.built}: holds other populations than the study")
    plastic = {(p.pre, p.post): p.plastic for p in network.projections}
    if {(p.pre, p.post): p.plastic for p in settings.projections} != plastic:
        raise UserError(f"network.built: {settings.built}: holds other projections than the study")
    for key, said, held in (
        ("alpha", settings.alpha, network.alpha),
        ("order", order_of(settings), network.order),
    ):
        if said != held:
            raise UserError(
                f"network.{key}: {shown(said)} is not allowed; must be {held}, as built"
            )
    of_data = {settings.visible: logit}
    return replace(
        network,
        bias=dict(network.bias) | (of_data if settings.visible_bias == "data" else {}),
        rest=dict(network.rest) | (of_data if settings.rest == "data" else {}),
    )


def _logit(mean: Array) -> Array:
    clipped = np.clip(mean.astype(np.float64), 0.001, 0.999)
    logit: Array = np.log(clipped) - np.log1p(-clipped)
    return logit


def order_of(settings: NetworkBlock) -> tuple[tuple[str, ...], ...]:
    """Return the groups of populations in the order in which a study resamples them.

    Parameters
    ----------
    settings : NetworkBlock
        The network block of a study.
    """
    names = tuple(settings.populations)
    if settings.order == "synchronous":
        return (names,)
    if settings.order == "alternating":
        return names[1:], names[:1]
    assert not isinstance(settings.order, str)
    return settings.order


def _projection(
    settings: ProjectionBlock,
    position: int,
    populations: dict[str, Population],
    rng: np.random.Generator,
) -> Projection:
    pre, post = populations[settings.pre], populations[settings.post]
    sparse = {"auto": None, "matrix": False, "list": True}[settings.storage]
    dale, plastic = settings.dale, settings.plastic
    if settings.file is not None:
        return _from_file(settings, position, pre, post, sparse)
    weights = connect.Weights(settings.mean, settings.std, settings.law)
    if settings.mask is None:
        try:
            rule = _rule(settings)
            return connect.connect(pre, post, rule, weights, rng, dale, plastic, sparse)
        except ValueError as error:
            raise UserError(f"network.projections.{position}: {error}") from error
    mask = _read_mask(Path(settings.mask), position, (post.size, pre.size))
    whole = connect.connect(pre, post, connect.AllToAll(), weights, rng, dale, plastic)
    mask = mask if whole.mask is None else mask & whole.mask
    return replace(whole, weights=whole.weights * mask, mask=mask)


def _rule(settings: ProjectionBlock) -> connect.Rule:
    if settings.rule is not None:
        part = plugins.find("connections", settings.rule)
        assert part is not None, "the schema asks for it"
        return connect.OwnRule(settings.rule, partial(part, **settings.options))
    if settings.in_degree is not None:
        return connect.FixedInDegree(settings.in_degree)
    if settings.out_degree is not None:
        return connect.FixedOutDegree(settings.out_degree)
    if settings.distance is not None:
        scale, space = settings.distance, settings.space
        return connect.Distance(settings.probability, scale, settings.fall, space)
    all_exist = settings.probability == 1
    return connect.AllToAll() if all_exist else connect.FixedProbability(settings.probability)


def _from_file(
    settings: ProjectionBlock,
    position: int,
    pre: Population,
    post: Population,
    sparse: bool | None,
) -> Projection:
    assert settings.file is not None
    key = f"network.projections.{position}.file"
    try:
        found = read_connectome(
            Path(settings.file),
            (post.size, pre.size),
            settings.columns.named(),
            settings.scale,
            recurrent=pre.name == post.name,
        )
    except UserError as error:
        raise UserError(f"{key}: {error}") from error
    listed, signs = found.weights, None
    if settings.dale is not None:
        signs = connect.dale_signs(pre.size, settings.dale)
        if (listed.data * signs[listed.indices] < 0).any():
            raise UserError(f"{key}: {settings.file}: signs against Dale's law; see dale")
    names, plastic = (found.pre_names, found.post_names), settings.plastic
    return connect.projection_of(pre, post, listed, signs, plastic, sparse, names)


def _read_mask(path: Path, position: int, shape: tuple[int, int]) -> Array:
    key = f"network.projections.{position}.mask"
    try:
        with reading(path, ".npy"):
            mask = read_npy(path)
    except UserError as error:
        raise UserError(f"{key}: {error}") from error
    if mask.dtype != np.bool_ or mask.shape != shape:
        found = f"{path}: {mask.dtype} {mask.shape}"
        raise UserError(f"{key}: {found} is not allowed; must be bool of shape {shape}")
    return mask
