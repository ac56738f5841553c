"""Walks from test examples, by which a finished run's likelihood is measured again."""

from collections.abc import Callable
from dataclasses import dataclass

from asynet.numerics import checks
from asynet.numerics.streams import Stream
from asynet.run.measure.parts import evaluation_prior, measure_bound
from asynet.run.temperatures import walk_temperatures
from asynet.run.trainer import Trainer
from asynet.types import Array

MOST = 10**9


@dataclass(frozen=True)
class Asked:
    """What a user asks for; None stands for what the study says.

    Parameters
    ----------
    steps : int, optional
        Steps of a walk.
    walks : int, optional
        Walks from each example.
    examples : int, optional
        Number of test examples.
    """

    steps: int | None = None
    walks: int | None = None
    examples: int | None = None


def log_weights(
    trainer: Trainer, reopen: Callable[[list[str]], Trainer], asked: Asked, stream: Stream
) -> tuple[Array, str]:
    """Walk from test examples and weigh the walks.

    Parameters
    ----------
    trainer : Trainer
        The trained model.
    reopen : callable
        Opens the same model with keys of its study changed, such as `evaluate.steps=60`.
    asked : Asked
        Steps, walks and examples.
    stream : Stream
        BOUND for the walks of eq. 5, IMPORTANCE for those of eq. 10.

    Returns
    -------
    weights : array, shape (walks, examples)
        In nats: see `likelihood.Bound`.
    on : str
        What they were measured on.

    Raises
    ------
    ValueError
        One line, for numbers that are not allowed, or a model that has no likelihood.
    """
    if trainer.settings.train.objective == "self":
        raise ValueError("a model that was trained with train.objective self has no likelihood")
    bound = stream == Stream.BOUND
    keys = {"steps": "steps", "walks": "bound_walks" if bound else "walks"}
    overrides = [
        f"evaluate.{key}={checks.whole(name, getattr(asked, name), 1, MOST)}"
        for name, key in keys.items()
        if getattr(asked, name) is not None
    ]
    trainer = reopen(overrides) if overrides else trainer
    settings = trainer.settings.evaluate
    default = settings.examples if bound else settings.is_examples
    count = default if asked.examples is None else asked.examples
    images = trainer.dataset.test[: checks.whole("examples", count, 1, MOST)]
    prior = evaluation_prior(trainer, settings.prior_examples)
    walks = settings.bound_walks if bound else settings.walks
    weights = measure_bound(trainer, prior, images, walks, stream).log_weights
    heat = walk_temperatures(trainer)
    of = f"{len(heat)} steps to T = {heat[-1]:g}"
    return weights, f"{len(images)} {trainer.dataset.tested}, {walks} walks each of {of}"
