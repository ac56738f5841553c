"""The command `asynet evaluate`."""

from pathlib import Path
from typing import Annotated

import typer

from asynet.cli.mistakes import mistakes_in_one_line


def evaluate(
    run: Annotated[Path, typer.Argument(help="The run's directory.", metavar="RUN")],
    overrides: Annotated[
        list[str] | None,
        typer.Argument(
            help="Keys of evaluate to change, such as examples=500.", metavar="KEY=VALUE"
        ),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Steps of a walk; by default evaluate.steps.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed, instead of the study's.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="JSON file to write the numbers to as well.")
    ] = None,
) -> None:
    """Measure the likelihood of what a run has learned, anew, and say what each step adds to it.

    p* comes from the training split and the numbers from the test split, as in the run itself; the
    number of steps need not be that of training. Of images, bits/dim stand beside two Gaussians.
    Where judge=true or inception=true is given, samples are cooled and scored as well.

    \b
    Examples:
      asynet evaluate runs/cifar10
      asynet evaluate runs/cifar10 --steps 60 examples=200 prior_examples=1000
      asynet evaluate runs/cifar10 judge=true samples=200
    """
    with mistakes_in_one_line():
        import json

        from asynet.errors import UserError
        from asynet.evaluation.inception import check_inception
        from asynet.files import write_atomically
        from asynet.report.figures.steps import table
        from asynet.report.page import read_numbers
        from asynet.run.measure.judges import can_be_judged, inception_of_samples, judge_states
        from asynet.run.measure.parts import evaluation_prior
        from asynet.run.measure.summary import draw_samples, likelihoods
        from asynet.run.results import Results
        from asynet.run.sample import open_run

        keys = [f"evaluate.{text}" for text in overrides or []]
        keys += [] if steps is None else [f"evaluate.steps={steps}"]
        keys += [] if seed is None else [f"seed={seed}"]
        trainer, results = open_run(run, keys), Results()
        if trainer.settings.train.objective == "self":
            raise UserError(f"{run}: train.objective: self has no likelihood")
        settings = trainer.settings.evaluate
        named = {text.partition("=")[0] for text in overrides or []}
        judge, inception = (
            key in named and getattr(settings, key) for key in ("judge", "inception")
        )
        if judge and not can_be_judged(trainer.dataset):
            raise UserError(f"evaluate.judge: no classifier judges {trainer.dataset.name}")
        if inception:
            check_inception()
        prior = evaluation_prior(trainer, settings.prior_examples)
        likelihoods(trainer, prior, results)
        if judge or inception:
            draw_samples(trainer, prior, results, lambda _: None)
        if judge:
            judge_states(trainer, results, lambda _: None)
        if inception:
            inception_of_samples(trainer, results, lambda _: None)
        rows = table(results.summary)
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        for row in rows:
            cells = [text.rjust(width) for text, width in zip(row, widths, strict=True)]
            typer.echo("  ".join(cells))
        for number in read_numbers(results.summary, run).values():
            error = f" ± {number['stderr']}" if number["stderr"] else ""
            said = f"{number['name']}: {number['value']}{error} {number['unit']}"
            typer.echo(f"{said.rstrip()} ({number['on']})")
        if out is not None:
            text = json.dumps(results.summary, indent=1, allow_nan=False) + "\n"
            write_atomically(out, text.encode())
            typer.echo(str(out))
