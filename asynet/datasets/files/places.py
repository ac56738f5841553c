"""Where data lie: one search for every data set, in the same places and the same order."""

import os
from collections.abc import Callable
from pathlib import Path

from asynet import files
from asynet.errors import UserError

Recognise = Callable[[Path], Path | None]


def find_place(path: str | Path | None, title: str, recognise: Recognise, hint: str) -> Path:
    """Return the file or folder to read a data set from.

    A given path is the only place. Otherwise: $ASYNET_DATA (a file or a folder), the data/
    folder in or beside the package, data/ in the working directory; the first where
    recognise(folder) returns what is to be read. A file given, or named by $ASYNET_DATA, is taken as it is.
    Raises UserError naming every place, and the hint of what to put there, if there is none.
    """
    variable = os.environ.get("ASYNET_DATA") or None
    named = variable if path is None else path
    if named is not None and not os.path.exists(os.path.expanduser(named)):
        key = "ASYNET_DATA" if path is None else "data.path"
        raise UserError(f"{key}: {named}: no such file or folder")
    shipped = [files.PACKAGE / "data", files.PACKAGE.parent / "data"]  # installed, and in a clone
    places = [variable, *shipped, "data"] if path is None else [path]
    folders = [Path(os.path.expanduser(place)).absolute() for place in places if place is not None]
    for place in folders:
        if os.path.isfile(place):
            return place
        found = recognise(place)
        if found is not None:
            return found
    raise UserError(
        f"data.path: no {title} in {', '.join(map(str, dict.fromkeys(folders)))}; {hint}, or "
        "set data.path or ASYNET_DATA to where they are"
    )


def first_file(folder: Path, *names: str) -> Path | None:
    """Return the first of these files that the folder holds, if any."""
    return next((folder / name for name in names if os.path.isfile(folder / name)), None)
