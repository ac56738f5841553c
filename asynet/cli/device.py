"""The option --device of the commands that compute with a model."""

from typing import Annotated

import typer

from asynet.types import Device

Where = Annotated[
    Device,
    typer.Option(help="Where to compute. auto: on a GPU, if there is one that can be used."),
]
