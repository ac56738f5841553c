"""Where a part comes from: what a run keeps of it, and whether it is the same later on."""

import hashlib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any, Self

from asynet.errors import UserError
from asynet.plugins.part import Kind, Part
from asynet.plugins.registry import find, installed, module_of


class PluginWarning(UserWarning):
    """A part is not the one that a run was made with."""


@dataclass(frozen=True)
class Origin:
    """Where a part comes from.

    Parameters
    ----------
    kind : {"operators", "connections", "exports", "datasets", "rules"}
        Kind of the part.
    name : str
        Its name.
    module : str, optional
        The module that `--plugin` named; None for an installed part.
    distribution, version : str, optional
        Package that announces an installed part, and its version.
    sha256 : str, optional
        Of the file that holds its function; None where there is no such file.
    """

    kind: Kind
    name: str
    module: str | None = None
    distribution: str | None = None
    version: str | None = None
    sha256: str | None = None

    @classmethod
    def of(cls, kind: Kind, name: str) -> Self | None:
        """Return where a part comes from; None if there is no such part.

        Parameters
        ----------
        kind : {"operators", "connections", "exports", "datasets", "rules"}
            Kind of the part.
        name : str
            Its name.

        Raises
        ------
        UserError
            See `find`.
        """
        part = find(kind, name)
        if part is None:
            return None
        module, file = module_of(kind, name), _hash_of(part)
        if module is not None:
            return cls(kind, name, module, sha256=file)
        dist: Distribution | None = next(e.dist for e in installed(kind) if e.name == name)
        if dist is None:
            return cls(kind, name, sha256=file)
        return cls(kind, name, distribution=dist.name, version=dist.version, sha256=file)

    def __str__(self) -> str:
        """Return "my-package 1.0" or "module my_module"."""
        if self.module is not None:
            return f"module {self.module}"
        return f"{self.distribution or 'a package without a name'} {self.version or ''}".strip()


def difference(recorded: Mapping[str, Any]) -> str | None:
    """Return in one line how a part differs from the one that a run recorded; None if it is equal.

    A part of a module that is not loaded counts as equal: `--plugin` is asked for elsewhere.

    Parameters
    ----------
    recorded : mapping
        An `Origin`, as `dataclasses.asdict` gives it.

    Raises
    ------
    UserError
        One line, if the part's package is not installed here.
    """
    before = Origin(**recorded)
    what = f"{before.name} ({before.kind})"
    now = Origin.of(before.kind, before.name)
    if now is None:
        if before.module is not None:
            return None
        of = f"{before.distribution}=={before.version}"
        raise UserError(f"needs {what} of {before}, which is not installed: pip install {of}")
    if str(now) != str(before):
        return f"{what} is of {now} here; the run used that of {before}"
    if now.sha256 != before.sha256:
        return f"{what} of {before} has another code than when the run was made"
    return None


def _hash_of(part: Part) -> str | None:
    try:
        file = inspect.getsourcefile(part.function)
        return None if file is None else hashlib.sha256(Path(file).read_bytes()).hexdigest()
    except (OSError, TypeError):
        return None
