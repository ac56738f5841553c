"""The command `asynet keys`."""

import typer


def keys() -> None:
    """List every key of a study: its default, what is allowed, what it does.

    NAME stands for the name of a population, 0 for the number of a projection, counted from 0.
    docs/glossary.md explains the words.
    """
    from asynet.study.keys import describe_keys

    typer.echo(describe_keys())
