"""Shards: where the files of a set in parts lie, and whose split each of them is."""

import glob
import os
import re
from pathlib import Path

from asynet.errors import UserError

ENDINGS = (".parquet", ".tar")
PICTURES = (".png", ".jpg", ".jpeg")
PACKED = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst")
WORDS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test", "testing", "eval", "evaluation"),
}
SPLIT_OF = {word: split for split, words in WORDS.items() for word in words}


def find_shards(path: str) -> dict[str, list[Path]] | None:
    """Return the shards at a path by split, or None if there are none.

    Parameters
    ----------
    path : str
        A `.tar` or `.parquet` file, a folder that holds such files at any depth, or a pattern such
        as `shards/*.tar`. A word of a folder or of a file's name, below what the pattern or the
        path fixes, says whose split a shard is: train, validation or val, test and the like. If
        none says it, all of them are `train`.

    Returns
    -------
    dict
        Files in the order of their paths, all with one ending.

    Raises
    ------
    UserError
        One line, for a pattern that fits nothing, two kinds of shards, a name that speaks of two
        splits, shards without a split beside others with one, and no split for training.
    """
    root, files = _files(Path(path).expanduser())
    if not files:
        return None
    endings = {file.suffix.lower() for file in files}
    if len(endings) > 1:
        raise UserError(f"{path}: holds both .parquet and .tar files; must be one kind of shards")
    found = dict[str, list[Path]]()
    for file in files:
        found.setdefault(_split_of(file.relative_to(root), path), []).append(file)
    if list(found) == [""]:
        return {"train": found[""]}
    if "" in found:
        named = next(file for split, some in found.items() if split for file in some)
        problem = f"its name says no split, as that of {named.name} does"
        raise UserError(f"{found[''][0]}: {problem}; must be {', '.join(WORDS)}")
    if "train" not in found:
        raise UserError(f"{path}: holds shards for {' and '.join(sorted(found))}, none for train")
    return {split: found[split] for split in WORDS if split in found}


def _files(path: Path) -> tuple[Path, list[Path]]:
    """Return the folder from which on names count, and the shards in it."""
    if path.is_dir():
        return path, _below(path)
    if path.exists() or not glob.has_magic(str(path)):
        is_shard = path.suffix.lower() in ENDINGS or path.name.lower().endswith(PACKED)
        _require_plain(path)
        return path.parent, [path] if is_shard else []
    files = sorted(Path(name) for name in glob.iglob(str(path), recursive=True))
    files = [file for file in files if file.is_file()]
    if not files:
        raise UserError(f"data.path: {path}: no file fits the pattern")
    for file in files:
        _require_plain(file)
        if file.suffix.lower() not in ENDINGS:
            raise UserError(f"{file}: is no shard; must end in {' or '.join(ENDINGS)}")
    parts = path.parts
    fixed = next(k for k, part in enumerate(parts) if glob.has_magic(part))
    return Path(*parts[:fixed]), files


def _below(folder: Path) -> list[Path]:
    """Return the shards in a folder, at any depth."""
    shards, picture = list[Path](), None
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if name.startswith("."):
                continue
            if path.suffix.lower() in ENDINGS:
                shards.append(path)
            elif path.suffix.lower() in PICTURES:
                picture = picture or path
            else:
                _require_plain(path)
    if shards and picture is not None:
        problem = f"{picture.name} lies beside shards such as {shards[0].name}"
        raise UserError(f"data.path: {folder}: {problem}; must be one of both, or a pattern")
    return sorted(shards)


def _require_plain(path: Path) -> None:
    if path.name.lower().endswith(PACKED):
        raise UserError(f"{path}: is compressed as a whole; shards must be plain .tar files")


def _split_of(path: Path, given: str) -> str:
    """Return the split that the words of a path speak of; no text if none."""
    words = re.split(r"[^a-z]+", str(path.with_suffix("")).lower())
    found = sorted({SPLIT_OF[word] for word in words if word in SPLIT_OF})
    if len(found) > 1:
        raise UserError(f"{given}: {path} speaks of {' and '.join(found)}; must say one split")
    return found[0] if found else ""
