"""Walks from test examples, by which a finished run's likelihood is measured again."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from asynet.api.numbers import Equilibrium
from asynet.errors import UserError
from asynet.numerics import checks
from asynet.numerics.streams import Stream
from asynet.run.measure.equilibrium import at_equilibrium, resampled
from asynet.run.measure.parts import evaluation_prior, measure_bound
from asynet.run.temperatures import cooling_of
from asynet.run.trainer import Trainer
from asynet.types import Array
from asynet.walkback.smc import Resampled

MOST = 10**9
STEPS = 1000  # of annealed importance sampling, where the study says none


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
    bound = stream == Stream.BOUND
    keys = {"steps": "steps", "walks": "bound_walks" if bound else "walks"}
    trainer = _as_asked(trainer, reopen, asked, keys)
    settings = trainer.settings.evaluate
    default = settings.examples if bound else settings.is_examples
    count = default if asked.examples is None else asked.examples
    images = trainer.dataset.test[: checks.whole("examples", count, 1, MOST)]
    prior = evaluation_prior(trainer, settings.prior_examples)
    walks = settings.bound_walks if bound else settings.walks
    weights = measure_bound(trainer, prior, images, walks, stream).log_weights
    said = f"{len(images)} {trainer.dataset.tested}, {walks} walks each, {cooling_of(trainer)}"
    return weights, said


def resampled_walks_of(
    trainer: Trainer, reopen: Callable[[list[str]], Trainer], asked: Asked
) -> tuple[Resampled, str]:
    """Walk from test examples, and resample the walks on the way.

    Parameters
    ----------
    trainer : Trainer
        The trained model.
    reopen : callable
        See `log_weights`.
    asked : Asked
        Steps, walks and examples. Walks are evaluate.smc_walks by default, or evaluate.walks where
        that is 0.

    Returns
    -------
    found : Resampled
        ln p(x) of each example, in nats.
    on : str
        What they were measured on.

    Raises
    ------
    ValueError
        One line, for numbers that are not allowed, or a model of other than spiking neurons.
    """
    trainer = _as_asked(trainer, reopen, asked, {"steps": "steps"})
    if any(p.law != "bernoulli" for p in trainer.dynamics.network.populations):
        raise ValueError("resample: True is not allowed with gaussian neurons")
    settings = trainer.settings.evaluate
    walks = asked.walks if asked.walks is not None else settings.smc_walks or settings.walks
    checks.whole("walks", walks, 1, MOST)
    count = settings.is_examples if asked.examples is None else asked.examples
    few = trainer.dataset.test[: checks.whole("examples", count, 1, MOST)]
    prior = evaluation_prior(trainer, settings.prior_examples)
    found = resampled(trainer, prior, few, walks)
    on = f"{len(few)} {trainer.dataset.tested}, {walks} resampled walks each"
    return found, f"{on}, {cooling_of(trainer)}"


def equilibrium_of(
    trainer: Trainer, reopen: Callable[[list[str]], Trainer], asked: Asked
) -> Equilibrium:
    """Measure ln p(x) of test examples at equilibrium.

    Parameters
    ----------
    trainer : Trainer
        The trained model.
    reopen : callable
        See `log_weights`.
    asked : Asked
        Steps, chains (as `walks`) and examples.

    Returns
    -------
    Equilibrium
        In nats.

    Raises
    ------
    ValueError
        One line, for a model whose equilibrium cannot be written down.
    """
    keys = {"steps": "equilibrium.steps", "walks": "equilibrium.chains"}
    keys["examples"] = "equilibrium.examples"
    if asked.steps is None and not trainer.settings.evaluate.equilibrium.steps:
        asked = replace(asked, steps=STEPS)
    try:
        trainer = _as_asked(trainer, reopen, asked, keys)
    except UserError as error:
        raise ValueError(str(error)) from None
    found = at_equilibrium(trainer)
    value, n = found.value, len(found.log_likelihoods)
    on = f"{n} {trainer.dataset.tested}, {found.what}, at T = 1"
    return Equilibrium(
        replace(value, unit="nats", on=on),
        found.reverse and replace(found.reverse, unit="nats", on=on),
        replace(found.log_partition, unit="nats", on=found.what),
        found.effective_sample_size,
        found.warning,
    )


def _as_asked(
    trainer: Trainer, reopen: Callable[[list[str]], Trainer], asked: Asked, keys: dict[str, str]
) -> Trainer:
    """Return the model with the keys of evaluate that a user asks for, by their names here."""
    if trainer.settings.train.objective == "self":
        raise ValueError("a model that was trained with train.objective self has no likelihood")
    overrides = [
        f"evaluate.{key}={checks.whole(name, getattr(asked, name), 1, MOST)}"
        for name, key in keys.items()
        if getattr(asked, name) is not None
    ]
    return reopen(overrides) if overrides else trainer
