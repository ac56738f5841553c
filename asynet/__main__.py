"""The command `asynet`, also as `python -m asynet`."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager


def main(of_run: bool = False) -> None:
    """Run the command that the arguments name, and exit.

    Parameters
    ----------
    of_run : bool
        The arguments are those of `asynet run`, without its name.
    """
    with leaving_at_once():
        from asynet.cli.app import app, run_app
    (run_app if of_run else app)()


@contextmanager
def leaving_at_once() -> Iterator[None]:
    """End the process in one line at Ctrl-C, while there is nothing to save.

    Half-imported libraries turn an exception into others, or swallow it.

    Yields
    ------
    None
        While libraries are imported.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return

    def leave(*_: object) -> None:
        os.write(2, b"stopped\n")
        os._exit(1)

    signal.signal(signal.SIGINT, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


if __name__ == "__main__":
    main()
