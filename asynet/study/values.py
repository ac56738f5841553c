"""Blocks of a study made in Python: the same checks as for YAML, with a ValueError of one line."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from asynet.study.keys import explain

Block = TypeVar("Block", bound=BaseModel)


def checked(block: type[Block], key: str, where: str, values: Mapping[str, Any]) -> Block:
    """Return a block of a study with these values.

    Parameters
    ----------
    block : type
        The class of the block, such as `Train`.
    key : str
        The block's key in a study, such as `train`.
    where : str
        What a message starts with, such as the name of the function that was called.
    values : mapping
        Values by key; lists stand for YAML's lists.

    Returns
    -------
    block
        The block, checked.

    Raises
    ------
    ValueError
        One line that names the key, the value and what is allowed.
    """
    try:
        return block.model_validate(dict(values))
    except ValidationError as errors:
        found = [e for e in errors.errors() if e["type"] != "default_factory_not_called"]
        found.sort(key=lambda error: error["type"] != "extra_forbidden")
        place, what = explain({**found[0], "loc": (key, *found[0]["loc"])})
        said = what.replace(f"did you mean {key}.", "did you mean ")
        raise ValueError(f"{'.'.join((where, *place[1:]))}: {said}") from None
