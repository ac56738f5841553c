"""What a command prints: to any device, in any encoding, and with one line where that fails."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import typer

from asynet.cli.mistakes import reason


class Commands(typer.Typer):
    """Commands whose output may go anywhere: see `printed`."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command that the arguments name, and exit."""
        with printed():
            return super().__call__(*args, **kwargs)


@contextmanager
def printed() -> Iterator[None]:
    """Let what is printed within reach its device, or say in one line why it does not.

    Characters that the device's encoding lacks are printed as escapes. A reader that has gone away,
    as `head` does, ends the command without a word.

    Yields
    ------
    None
        While a command runs.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        _silence(sys.stdout)
        sys.exit(1)
    except OSError as error:
        _silence(sys.stdout)
        try:
            print(reason(error), file=sys.stderr)
        except OSError:
            _silence(sys.stderr)
        sys.exit(1)


def _silence(stream: Any) -> None:
    """Throw away what a stream still holds, which Python would try to write at its exit."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
