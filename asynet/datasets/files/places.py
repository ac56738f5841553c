"""Find data: every data set is searched in the same places, in the same order."""

import os
from collections.abc import Callable
from pathlib import Path

from asynet import files
from asynet.errors import UserError

Recognise = Callable[[Path], Path | None]


def find_place(path: str | Path | None, title: str, recognise: Recognise, hint: str) -> Path:
    """Return the file or folder to read a data set from.

    Without a path, the search goes through $ASYNET_DATA (a file or a folder), the data/ folder in
    or beside the package, and data/ in the working directory. A file is taken as it is.

    Parameters
    ----------
    path : str or Path, optional
        The only place to search, if it is given.
    title : str
        Name of the data set, for the message.
    recognise : callable
        Returns what is to be read of a folder, or None. The first folder with a result is taken.
    hint : str
        What to put there, for the message.

    Raises
    ------
    UserError
        One line that names every place, if the data set is in none of them.
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
    """Return the first of several files that a folder holds, or None.

    Parameters
    ----------
    folder : Path
        The folder.
    *names : str
        Names of the files.
    """
    return next((folder / name for name in names if os.path.isfile(folder / name)), None)
