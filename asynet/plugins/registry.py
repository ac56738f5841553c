"""Which parts there are: those of modules that were named, and those that are installed.

Nothing here imports a module because a study names it. A module is imported by `load` alone; an
installed part, which its package announces as an entry point, once a study uses its name.
"""

import importlib
import re
import traceback
from collections.abc import Collection
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

from asynet.errors import UserError
from asynet.plugins.part import MARK, Kind, Part

MODULE_PATTERN = r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$"
_loaded: dict[str, list[Part]] = {}  # parts by the module that was named


def load(module: str) -> None:
    """Import a module and let studies use its parts by name.

    This runs the module's code. It is what `--plugin MODULE` does.

    Parameters
    ----------
    module : str
        Name of the module, as in an import: `my_module` or `my_package.my_module`.

    Raises
    ------
    UserError
        One line, if it cannot be imported, holds no part, or one that another module has.
    """
    if not re.match(MODULE_PATTERN, module) or module.endswith(".py"):
        raise UserError(f"--plugin {module}: must be the name of a module, such as my_module")
    parts = _parts_of(_imported(module))
    if not parts:
        raise UserError(f"--plugin {module}: holds no part; see docs/plugins.md")
    for part in parts:
        for other, there in _loaded.items():
            same = [p for p in there if (p.kind, p.name) == (part.kind, part.name)]
            if other != module and same and same[0].function is not part.function:
                problem = f"its {part.name} has the name of one in {other}"
                raise UserError(f"--plugin {module}: {problem}; rename one of the two")
    _loaded[module] = parts


def is_loaded(module: str) -> bool:
    """Return whether a module was loaded: see `load`.

    Parameters
    ----------
    module : str
        Its name.
    """
    return module in _loaded


def module_of(kind: Kind, name: str) -> str | None:
    """Return the loaded module that has a part; None if no loaded module has it.

    Parameters
    ----------
    kind : {"operators", "connections", "exports", "datasets", "rules"}
        Kind of the part.
    name : str
        Its name.
    """
    for module, parts in _loaded.items():
        if any((part.kind, part.name) == (kind, name) for part in parts):
            return module
    return None


def find(kind: Kind, name: str) -> Part | None:
    """Return a part by its name; None if there is none.

    A part of a loaded module comes before an installed one, which is imported here.

    Parameters
    ----------
    kind : {"operators", "connections", "exports", "datasets", "rules"}
        Kind of the part.
    name : str
        Its name.

    Raises
    ------
    UserError
        One line, if an installed part cannot be imported, is no part, or two have the name.
    """
    for parts in _loaded.values():
        for part in parts:
            if (part.kind, part.name) == (kind, name):
                return part
    found = [entry for entry in installed(kind) if entry.name == name]
    if len({entry.value for entry in found}) > 1:
        values = " and ".join(sorted(entry.value for entry in found))
        raise UserError(f"plugin {name}: {values} have this name; uninstall one of the two")
    return _opened(found[0], kind) if found else None


def must_be(kind: Kind, built_in: Collection[str]) -> str:
    """Return "must be A, B, or of a plugin (loaded or installed: C)", for error messages.

    Parameters
    ----------
    kind : {"operators", "connections", "exports", "datasets", "rules"}
        Kind of the part.
    built_in : collection of str
        Names that asynet itself has.
    """
    loaded = [part.name for parts in _loaded.values() for part in parts if part.kind == kind]
    names = sorted({*loaded, *(entry.name for entry in installed(kind))})
    own = "".join(f"{name}, " for name in built_in) + "or " if built_in else ""
    return f"must be {own}of a plugin (loaded or installed: {', '.join(names) or 'none'})"


def installed(kind: Kind) -> list[EntryPoint]:
    """Return the entry points of installed packages that announce a part; nothing is imported.

    Parameters
    ----------
    kind : {"operators", "connections", "exports", "datasets", "rules"}
        Kind of the part.
    """
    return list(entry_points(group=f"asynet.{kind}"))


def _opened(entry: EntryPoint, kind: Kind) -> Part:
    where = f"plugin {entry.name}: {entry.value}"
    try:
        part = getattr(entry.load(), MARK, None)
    except Exception as error:
        raise UserError(f"{where} cannot be imported: {_place_of(error)}") from error
    if not isinstance(part, Part) or part.kind != kind:
        raise UserError(f"{where} is no part for asynet.{kind}; see docs/plugins.md")
    return part


def _imported(module: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except Exception as error:
        raise UserError(f"--plugin {module}: cannot be imported: {_place_of(error)}") from error


def _place_of(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    said = f"{type(error).__name__}: {error}"
    inside = not frame.filename.startswith("<")
    return f"{said} ({frame.filename}, line {frame.lineno})" if inside else said


def _parts_of(module: ModuleType) -> list[Part]:
    """Return the parts among a module's names, also those that it imports from another."""
    marks = (getattr(value, MARK, None) for value in vars(module).values())
    return list({id(part): part for part in marks if isinstance(part, Part)}.values())
