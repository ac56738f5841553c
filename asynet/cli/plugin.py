"""The option --plugin of the commands that open a study or a run."""

import os
import sys
from typing import Annotated

import typer

from asynet.cli.mistakes import mistakes_in_one_line


def _load(modules: list[str] | None) -> list[str] | None:
    """Load the modules, which may lie in the working directory; a module of Python comes first."""
    with mistakes_in_one_line():
        if not modules:
            return modules
        from asynet import plugins

        if os.getcwd() not in sys.path:
            sys.path.append(os.getcwd())
        for module in modules:
            plugins.load(module)
    return modules


Plugins = Annotated[
    list[str] | None,
    typer.Option(
        "--plugin",
        metavar="MODULE",
        help="Import this Python module and use its parts; may be repeated. It runs its code.",
        callback=_load,
    ),
]
