"""Measure again what a run has learned, with other numbers of steps, walks or examples."""

from collections.abc import Sequence
from pathlib import Path

from asynet.errors import UserError
from asynet.evaluation.inception import check_inception
from asynet.run.measure.judges import can_be_judged, inception_of_samples, judge_states
from asynet.run.measure.parts import evaluation_prior
from asynet.run.measure.summary import draw_samples, likelihoods
from asynet.run.results import Results
from asynet.run.sample import open_trainer
from asynet.run.trainer import Trainer
from asynet.types import Device


def evaluate_run(
    run: Path,
    overrides: Sequence[str] = (),
    steps: int | None = None,
    seed: int | None = None,
    device: Device = "auto",
) -> Results:
    """Return the likelihood of a run's model, and the scores of its samples if they are asked for.

    Parameters
    ----------
    run : Path
        The run's directory.
    overrides : sequence of str
        Keys of the study's evaluate block with new values, such as "examples=500". Samples are
        drawn and scored only if this holds "judge=true" or "inception=true".
    steps : int, optional
        Number of steps of a walk, in place of evaluate.steps.
    seed : int, optional
        Seed in place of the study's.
    device : {"auto", "cpu", "cuda"}
        Where to compute: see `place.choose_device`.

    Returns
    -------
    Results
        Its `summary` has the form of summary.json. p* is fitted to the training split, and the
        numbers come from the test split.

    Raises
    ------
    UserError
        If there is no run, an override is wrong, or the model has no likelihood.
    """
    keys = [f"evaluate.{text}" for text in overrides]
    keys += [] if steps is None else [f"evaluate.steps={steps}"]
    keys += [] if seed is None else [f"seed={seed}"]
    trainer, results = open_trainer(run, keys, device=device), Results()
    if trainer.settings.train.objective == "self":
        raise UserError(f"{run}: has no likelihood, since it was trained with objective: self")
    judge, inception = _scores(trainer, {text.partition("=")[0] for text in overrides})
    prior = evaluation_prior(trainer, trainer.settings.evaluate.prior_examples)
    likelihoods(trainer, prior, results)
    if judge or inception:
        draw_samples(trainer, prior, results, _silent)
    if judge:
        judge_states(trainer, results, _silent)
    if inception:
        inception_of_samples(trainer, results, _silent)
    return results


def _scores(trainer: Trainer, named: set[str]) -> tuple[bool, bool]:
    """Return which scores of samples are asked for, by the judge and by Inception."""
    settings = trainer.settings.evaluate
    judge, inception = (key in named and getattr(settings, key) for key in ("judge", "inception"))
    if judge and not can_be_judged(trainer.dataset):
        known = "mnist and colour images with classes"
        problem = f"true is not allowed with {trainer.dataset.name}; must be false except for"
        raise UserError(f"evaluate.judge: {problem} {known}")
    if inception:
        check_inception()
    return judge, inception


def _silent(_: str) -> None:
    return None
