"""How a command says what is wrong: in one line on stderr, and by its exit status."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

from asynet.errors import UserError


@contextmanager
def mistakes_in_one_line() -> Iterator[None]:
    """Say what goes wrong in one line and exit: 2 for what the user can mend, else 1."""
    try:
        yield
    except (UserError, FloatingPointError) as error:
        fail(str(error), 2)
    except (KeyboardInterrupt, OSError, MemoryError) as error:
        fail(reason(error), 1)
    except RuntimeError as error:
        if not out_of_memory(error):
            raise
        fail(reason(error), 1)


def out_of_memory(error: RuntimeError) -> bool:
    """Return whether torch ran out of memory: on the processor that is a plain RuntimeError."""
    text = str(error)
    return "DefaultCPUAllocator" in text or "out of memory" in text


def reason(error: BaseException) -> str:
    """Return why a command was hindered."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if isinstance(error, KeyboardInterrupt):
        return "stopped"
    if isinstance(error, RuntimeError) and out_of_memory(error):
        return f"out of memory: {str(error).splitlines()[0].rpartition('] ')[2]}"
    return f"out of memory: {error}" if isinstance(error, MemoryError) else str(error)


def fail(message: str, status: int) -> NoReturn:
    """Say on stderr what is wrong, in one line whatever a path holds, and exit."""
    line = "".join(c if c.isprintable() else repr(c)[1:-1] for c in message)
    typer.secho(line, fg="red", err=True)
    raise typer.Exit(status)
