"""Numbers of an associative memory: recall against the number of patterns stored."""

from asynet.evaluation.recall import measure_recall
from asynet.numerics.estimates import Estimate
from asynet.numerics.streams import Stream
from asynet.run.results import Results, Say, some_chains
from asynet.run.trainer import Trainer
from asynet.run.training import train_to_the_end
from asynet.walkback.local_learner import NetworkLearner


def recall_numbers(trainer: Trainer, results: Results, say: Say) -> None:
    """Measure recall in the trained network, and in networks that store other numbers of patterns.

    Parameters
    ----------
    trainer : Trainer
        The trained network.
    results : Results
        Takes the numbers.
    say : callable
        Is told what is measured.

    Raises
    ------
    FloatingPointError
        If the weights of another network overflow while it is trained.
    """
    settings, count = trainer.settings.recall, len(trainer.dataset.train)
    measured = {}
    for stored in sorted({*settings.stored, count}):
        say(f"recall of {stored} patterns")
        other = trainer
        if stored != count:
            assert trainer.anew is not None, "only a study of patterns asks for other numbers"
            other = trainer.anew(stored)
            try:
                train_to_the_end(other)
            except FloatingPointError as error:
                raise FloatingPointError(f"recall.stored: {stored} patterns: {error}") from None
        assert isinstance(other.learner, NetworkLearner), "recall is of networks"
        measured[stored] = measure_recall(
            other.learner.kernel,
            other.dataset.train[:],
            settings.flips,
            settings.steps,
            settings.cues,
            some_chains(trainer, settings.cues + stored, Stream.RECALL),
        )
    results.summary["recall"] = [row for rows in measured.values() for row in rows]
    row, n = measured[count][0], trainer.dataset.train.shape[1]
    on = f"{count} patterns in {n} neurons, {row['cues']} cues, {100 * row['flip']:g} % flipped"
    for kind in ("", "sampled_", "symmetrised_", "hopfield_", "projection_"):
        estimate = Estimate(row[f"{kind}overlap"], row[f"{kind}stderr"], count)
        results.add(f"{kind}recall_overlap", estimate, on, "")
