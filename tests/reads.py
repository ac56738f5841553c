"""Which keys of a study a piece of code reads."""

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import BaseModel


def blocks_of(study):
    """Return every block of a study by its path, with numbers for projections."""
    found = {}

    def visit(path, value):
        if isinstance(value, BaseModel):
            found[path] = value
            for key in type(value).model_fields:
                visit(f"{path}.{key}".strip("."), value.__dict__[key])
        elif isinstance(value, dict):
            for key, inner in value.items():
                visit(f"{path}.{key}", inner)
        elif isinstance(value, tuple):
            for number, inner in enumerate(value):
                visit(f"{path}.{number}", inner)

    visit("", study)
    return found


@contextmanager
def reading(study) -> Iterator[set[str]]:
    """Note the paths of the study's keys that are read while the context is open.

    A copy of a block, as `model_copy` makes, counts as the block of the same class.
    """
    read, blocks = set(), blocks_of(study)
    paths = {}  # of each class, the path of its block: those of a list count as one
    for path, block in blocks.items():
        general = path
        if path.startswith(("network.populations.", "network.projections.")):
            _, kind, _, *rest = path.split(".")
            general = ".".join(["network", kind, "*", *rest])
        paths[type(block)] = general

    def watched(kind, path):
        plain = kind.__getattribute__

        def get(self, name):
            if name in kind.model_fields:
                read.add(f"{path}.{name}".strip("."))
            return plain(self, name)

        return get

    try:
        for kind, path in paths.items():
            kind.__getattribute__ = watched(kind, path)
        yield read
    finally:
        for kind in paths:
            del kind.__getattribute__
