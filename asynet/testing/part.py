"""The part of a function that is to be checked."""

from collections.abc import Callable, Mapping
from typing import Any

from asynet.plugins.part import MARK, Kind, Part


def part_of(function: Callable[..., Any], kind: Kind, options: Mapping[str, Any]) -> Part:
    """Return the part that a decorator made of a function.

    Parameters
    ----------
    function : callable
        The function.
    kind : {"operators", "connections", "exports", "datasets", "rules"}
        Kind that it must be of.
    options : mapping
        Options that it must take.

    Raises
    ------
    AssertionError
        If it is no such part, or has no such option.
    """
    part, name = getattr(function, MARK, None), getattr(function, "__name__", repr(function))
    decorator = f"asynet.plugins.{kind[:-1]}"
    require(
        isinstance(part, Part) and part.kind == kind, name, f"is not decorated with {decorator}"
    )
    assert isinstance(part, Part)
    for option in options:
        require(option in part.options(), name, f"has no option {option}")
    return part


def require(holds: Any, name: str, problem: str) -> None:
    """Raise AssertionError with one line unless something holds.

    Parameters
    ----------
    holds : bool
        What must hold.
    name : str
        Name of the part.
    problem : str
        What is wrong if it does not.
    """
    if not holds:
        raise AssertionError(f"{name}: {' '.join(problem.split())}")
