"""How a command reports an error: one line on stderr, and its exit status."""

import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import typer

from asynet import processes
from asynet.errors import UserError


@contextmanager
def mistakes_in_one_line() -> Iterator[None]:
    """Report an error in one line and exit: with 2 if the user can correct it, else with 1.

    A warning to users is one line too, and goes to stderr.
    """
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _in_one_line(warnings.showwarning)
            yield
    except (UserError, FloatingPointError) as error:
        fail(str(error), 2)
    except (KeyboardInterrupt, OSError, MemoryError) as error:
        fail(reason(error), 1)
    except RuntimeError as error:
        if not out_of_memory(error):
            raise
        fail(reason(error), 1)


def _in_one_line(show: Callable[..., None]) -> Callable[..., None]:
    def shown(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
        if not processes.is_first():
            return
        if issubclass(category, UserWarning):
            typer.echo(f"warning: {message}", err=True)
        else:
            show(message, category, *place, **more)

    return shown


def out_of_memory(error: RuntimeError) -> bool:
    """Return whether torch ran out of memory, which on a processor is a plain RuntimeError.

    Parameters
    ----------
    error : RuntimeError
        The error.
    """
    text = str(error)
    return "DefaultCPUAllocator" in text or "out of memory" in text


def reason(error: BaseException) -> str:
    """Return in a few words why a command stopped.

    Parameters
    ----------
    error : BaseException
        What stopped it.
    """
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if isinstance(error, KeyboardInterrupt):
        return "stopped"
    if isinstance(error, RuntimeError) and out_of_memory(error):
        return f"out of memory: {str(error).splitlines()[0].rpartition('] ')[2]}"
    return f"out of memory: {error}" if isinstance(error, MemoryError) else str(error)


def fail(message: str, status: int) -> NoReturn:
    """Print an error message on stderr, in one line whatever characters it holds, and exit.

    Of several processes of a run the first to fail prints.

    Parameters
    ----------
    message : str
        Where the error is, what is wrong, and what is allowed.
    status : int
        Exit status.
    """
    _say(message)
    raise typer.Exit(status)


def fail_at_once(message: str, status: int) -> NoReturn:
    """Print an error message as `fail` does, and end the process without any cleaning up.

    Parameters
    ----------
    message : str
        Where the error is, what is wrong, and what is allowed.
    status : int
        Exit status.
    """
    _say(message)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _say(message: str) -> None:
    if not processes.first_to_say():
        return
    line = "".join(c if c.isprintable() else repr(c)[1:-1] for c in message)
    typer.secho(line, fg="red", err=True)
