"""Libraries that only exports need: imported when asked for, with one line where one is missing."""

import importlib
from typing import Any

from asynet.errors import UserError


def require(module: str, why: str, extra: str = "neuro") -> Any:
    """Return a module of an extra.

    Parameters
    ----------
    module : str
        Its name.
    why : str
        What needs it: the start of the message.
    extra : str
        What to install it with.

    Raises
    ------
    UserError
        If it is missing; the message says how to install it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        missing = (error.name or module).partition(".")[0]
        hint = f"pip install 'asynet[{extra}]'"
        raise UserError(f"{why}: {missing} is not installed; {hint}") from None
