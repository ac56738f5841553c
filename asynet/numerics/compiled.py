"""Compiled functions are kept in a cache on disk, wherever one can be written.

numba keeps them beside the code or in the user's home. Where neither can be written, a folder for
temporary files takes their place; where the disk is full, or the cache damaged, the functions are
compiled anew and not kept. numba would look only at the file of the function itself; what is kept
here is of no use once any file has changed from which compiled functions call each other.
"""

import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba

PACKAGE = Path(__file__).parents[1]
WITH_COMPILED_CODE = ("network/kernels", "numerics", "symmetry")


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Return a decorator that compiles a function when it is first called, and keeps the result.

    Parameters
    ----------
    **options
        Those of `numba.njit`, such as `parallel=True`.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        made = numba.njit(**options)(function)
        if _kept(made) or _kept_in_temporary_folder(made):
            _let_fail(made._cache)
            index = made._cache._cache_file
            index._source_stamp = (index._source_stamp, _sources())
        return made

    return decorate


@cache
def _sources() -> str:
    """Return a digest of all files with compiled code, or of the archive that holds them."""
    found = hashlib.sha256()
    paths = [p for folder in WITH_COMPILED_CODE for p in sorted((PACKAGE / folder).glob("*.py"))]
    for path in paths or [p for p in PACKAGE.parents if p.is_file()]:
        if not path.name.startswith("."):  # what editors leave
            found.update(path.name.encode() + path.read_bytes())
    return found.hexdigest()


def _kept(made: Any) -> bool:
    """Return whether numba finds a place for its cache of a function."""
    try:
        made.enable_caching()
    except RuntimeError:  # "no locator available"
        return False
    return True


def _kept_in_temporary_folder(made: Any) -> bool:
    folder = _temporary_folder()
    if folder is None:
        return False
    config: Any = numba.config
    before, config.CACHE_DIR = config.CACHE_DIR, str(folder)
    try:
        return _kept(made)
    finally:
        config.CACHE_DIR = before


def _let_fail(kept: Any) -> None:
    """Let a function be compiled where its cache cannot be read or written."""
    load, save = kept.load_overload, kept.save_overload

    def load_or_none(*args: Any) -> Any:
        try:
            return load(*args)
        except Exception:  # damaged bytes make pickle and LLVM raise whatever they please
            return None

    def save_if_possible(*args: Any) -> None:
        try:
            save(*args)
        except (OSError, EOFError, ValueError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            _say(f"compiled code cannot be kept in {kept.cache_path} ({reason})")
        except Exception:  # an index that is damaged cannot be added to
            _say(f"compiled code cannot be kept in {kept.cache_path}, which is damaged: remove it")

    kept.load_overload, kept.save_overload = load_or_none, save_if_possible


@cache
def _temporary_folder() -> Path | None:
    """Return a folder among the temporary files that this user alone can write, if there is one."""
    folder = Path(tempfile.gettempdir()) / f"asynet-numba-{_user()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        # Code is loaded from there, so it must not be another user's.
        private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
        if not private or (hasattr(os, "geteuid") and found.st_uid != os.geteuid()):
            raise PermissionError
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        _say("no folder for compiled code can be written, so it is compiled at every start")
        return None
    return folder


def _user() -> int:
    return os.geteuid() if hasattr(os, "geteuid") else 0


@cache
def _say(what: str) -> None:
    print(f"asynet: {what}; NUMBA_CACHE_DIR names another folder", file=sys.stderr)
