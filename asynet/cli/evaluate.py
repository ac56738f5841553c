"""The command `asynet evaluate`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from asynet.cli.device import Where
from asynet.cli.mistakes import mistakes_in_one_line
from asynet.cli.plugin import Plugins

Overrides = Annotated[
    list[str] | None,
    typer.Argument(help="Keys of evaluate to change, such as examples=500.", metavar="KEY=VALUE"),
]
Steps = Annotated[
    int | None, typer.Option(min=1, help="Number of steps of a walk; by default evaluate.steps.")
]
Out = Annotated[Path | None, typer.Option(help="JSON file to write the numbers to as well.")]


def evaluate(
    run: Annotated[Path, typer.Argument(help="The run's directory.", metavar="RUN")],
    overrides: Overrides = None,
    steps: Steps = None,
    seed: Annotated[int | None, typer.Option(help="Seed, instead of the study's.")] = None,
    out: Out = None,
    device: Where = "auto",
    plugin: Plugins = None,
) -> None:
    """Measure again the likelihood of a run's model, and show what each step adds to the bound.

    p* comes from the training split and the numbers from the test split, as in the run itself. The
    number of steps may differ from that of training. Images get bits/dim as well, beside those of
    two Gaussian models. With judge=true or inception=true samples are drawn and scored as well.

    \b
    Examples:
      asynet evaluate runs/cifar10
      asynet evaluate runs/cifar10 --steps 60 examples=200 prior_examples=1000
      asynet evaluate runs/cifar10 judge=true samples=200
    \f
    In Python, see `evaluate.evaluate_run`.
    """
    with mistakes_in_one_line():
        import json

        from asynet.files import write_atomically
        from asynet.run.evaluate import evaluate_run

        summary = evaluate_run(run, overrides or [], steps, seed, device).summary
        _print_steps(summary)
        _print_numbers(summary, run)
        if out is not None:
            text = json.dumps(summary, indent=1, allow_nan=False) + "\n"
            write_atomically(out, text.encode())
            typer.echo(str(out))


def _print_steps(summary: Mapping[str, Any]) -> None:
    from asynet.report.figures.steps import table

    rows = table(summary)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        typer.echo("  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)))


def _print_numbers(summary: Mapping[str, Any], run: Path) -> None:
    from asynet.report.tables import read_numbers

    for number in read_numbers(summary, run).values():
        error = f" ± {number['stderr']}" if number["stderr"] else ""
        said = f"{number['name']}: {number['value']}{error} {number['unit']}"
        typer.echo(f"{said.rstrip()} ({number['on']})")
