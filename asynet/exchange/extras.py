"""Libraries that only exports need: imported when asked for, with one line where one is missing."""

import importlib
from typing import Any

from asynet.errors import UserError


def require(module: str, why: str) -> Any:
    """Return a module of the neuro extra; UserError that says how to install it if it is missing.

    why: what needs it, the start of the message.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        missing = (error.name or module).partition(".")[0]
        hint = "pip install 'asynet[neuro]'"
        raise UserError(f"{why}: {missing} is not installed; {hint}") from None
