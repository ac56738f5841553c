"""From a study's network block to a network with initial weights."""

from pathlib import Path

import numpy as np

from asynet.errors import UserError
from asynet.network.network import Network, Population, Projection
from asynet.study_network import Network as NetworkSettings
from asynet.study_network import Projection as ProjectionSettings
from asynet.types import Array


def build_network(settings: NetworkSettings, seed: int, data_mean: Array) -> Network:
    """Return the network of a study with weights drawn from its seed.

    data_mean: (n_visible,) mean of the training examples, for biases set to its logit.
    Raises UserError for a mask file that is missing or does not fit.
    """
    populations = tuple(
        Population(name, p.size, p.law, p.sigma) for name, p in settings.populations.items()
    )
    sizes = {p.name: p.size for p in populations}
    projections = tuple(
        _projection(p, i, sizes, np.random.default_rng([seed, i, 3]))
        for i, p in enumerate(settings.projections)
    )
    visible = populations[0].name
    logit = _logit(data_mean) if populations[0].law == "bernoulli" else np.zeros(sizes[visible])
    return Network(
        populations,
        projections,
        order_of(settings),
        settings.alpha,
        bias={visible: logit} if settings.visible_bias == "data" else {},
        rest={visible: logit} if settings.rest == "data" else {},
    )


def _logit(mean: Array) -> Array:
    clipped = np.clip(mean.astype(np.float64), 0.001, 0.999)
    logit: Array = np.log(clipped) - np.log1p(-clipped)
    return logit


def order_of(settings: NetworkSettings) -> tuple[tuple[str, ...], ...]:
    """Return the groups of populations in the order in which a study resamples them."""
    names = tuple(settings.populations)
    if settings.order == "synchronous":
        return (names,)
    if settings.order == "alternating":
        return names[1:], names[:1]
    assert not isinstance(settings.order, str)
    return settings.order


def _projection(
    settings: ProjectionSettings, position: int, sizes: dict[str, int], rng: np.random.Generator
) -> Projection:
    n_pre, n_post = sizes[settings.pre], sizes[settings.post]
    weights = settings.std * rng.standard_normal((n_post, n_pre))
    mask = None
    if settings.mask is not None:
        mask = _read_mask(Path(settings.mask), position, (n_post, n_pre))
    elif settings.probability < 1:
        mask = rng.random((n_post, n_pre)) < settings.probability
    if settings.pre == settings.post:
        mask = np.ones((n_post, n_pre), bool) if mask is None else mask
        mask &= ~np.eye(n_post, dtype=bool)
    signs = None
    if settings.dale is not None:
        signs = np.where(np.arange(n_pre) < round(settings.dale * n_pre), 1, -1)
        weights = np.abs(weights) * signs
    if mask is not None:
        weights = weights * mask
    return Projection(settings.pre, settings.post, weights, mask, signs, settings.plastic)


def _read_mask(path: Path, position: int, shape: tuple[int, int]) -> Array:
    where = f"network.projections.{position}.mask: {path}"
    try:
        with path.open("rb") as file:
            mask = np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise UserError(f"{where}: cannot be read as .npy ({error})") from error
    if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_ or mask.shape != shape:
        found = f"{mask.dtype} {mask.shape}" if isinstance(mask, np.ndarray) else "an archive"
        raise UserError(f"{where}: {found} is not allowed; must be bool of shape {shape}")
    return mask
