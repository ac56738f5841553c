"""The `asynet` command and its subcommands; `python -m asynet.run` is `asynet run`."""

import typer

from asynet.cli.analyze import analyze
from asynet.cli.data import data_app
from asynet.cli.evaluate import evaluate
from asynet.cli.export import export
from asynet.cli.inspect import inspect
from asynet.cli.irreversibility import irreversibility
from asynet.cli.keep import keep
from asynet.cli.keys import keys
from asynet.cli.live import live
from asynet.cli.report import report
from asynet.cli.run import run
from asynet.cli.sample import sample
from asynet.cli.studies import studies
from asynet.cli.sweep import sweep

app, run_app = (
    typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    for _ in range(2)
)
COMMANDS = (
    run,
    sweep,
    evaluate,
    sample,
    analyze,
    report,
    live,
    inspect,
    irreversibility,
    export,
    keep,
    keys,
    studies,
)
for command in COMMANDS:
    app.command()(command)
app.add_typer(data_app, name="data")
run_app.command()(run)


@app.callback(no_args_is_help=True)
def about() -> None:
    """Simulate and train networks of stochastic neurons with asymmetric weights.

    They learn by variational walkback (Goyal, Ke, Ganguli, Bengio 2017).

    A study is a YAML file that says which data, which neurons and synapses, and how long to train.
    Running it leaves a directory with the numbers, the spikes and a report to open in a browser.

    \b
      asynet run studies/mnist_stdp_quick.yaml            the first thing to try
      asynet run studies/mnist_stdp.yaml --dry-run        how long would that take?
      asynet keys | less                                  what may a study say?

    Exit status: 0 done; 2 the study, its data or the command is wrong; 1 anything else.
    """
