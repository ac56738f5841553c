"""Numbers of an associative memory: recall against the number of patterns stored."""

from asynet.assemble import build_trainer
from asynet.evaluate import Estimate
from asynet.learner import NetworkLearner
from asynet.recall import measure_recall
from asynet.results import Results, Say, some_chains
from asynet.training import Trainer, train_to_the_end


def recall_numbers(trainer: Trainer, results: Results, say: Say) -> None:
    """Measure recall in the trained network, and in others trained on other numbers of patterns."""
    study, settings, count = trainer.study, trainer.study.recall, len(trainer.dataset.train)
    measured = {}
    for stored in sorted({*settings.stored, count}):
        say(f"recall of {stored} patterns")
        other = trainer
        if stored != count:
            data = study.data.model_copy(update={"count": stored})
            other = build_trainer(study.model_copy(update={"data": data}), "cpu")
            try:
                train_to_the_end(other)
            except FloatingPointError as error:
                raise FloatingPointError(f"recall.stored: {stored} patterns: {error}") from None
        assert isinstance(other.learner, NetworkLearner), "recall is of networks"
        measured[stored] = measure_recall(
            other.learner.kernel,
            other.dataset.train,
            settings.flips,
            settings.steps,
            settings.cues,
            some_chains(trainer, settings.cues + stored, 11),
        )
    results.summary["recall"] = [row for rows in measured.values() for row in rows]
    row, n = measured[count][0], trainer.dataset.train.shape[1]
    on = f"{count} patterns in {n} neurons, {row['cues']} cues, {100 * row['flip']:g} % flipped"
    for kind in ("", "sampled_", "symmetrised_", "hopfield_", "projection_"):
        estimate = Estimate(row[f"{kind}overlap"], row[f"{kind}stderr"], count)
        results.add(f"{kind}recall_overlap", estimate, on, "")
