"""Which keys of a block are read, so that one that is set and changes nothing can be refused."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from asynet.errors import UserError
from asynet.study.terms import shown


class ReadKeys:
    """Stand for a block of a study, and remember which of its keys were read.

    Parameters
    ----------
    block : BaseModel
        The block; every attribute of this object is the block's own.
    elsewhere : iterable of str
        Keys that count as read, since other code reads them.
    """

    def __init__(self, block: BaseModel, elsewhere: Iterable[str] = ()) -> None:
        self._block = block
        self._read = set(elsewhere)

    def __getattr__(self, key: str) -> Any:
        """Return what the block has under a name, and note that it was read."""
        self._read.add(key)
        return getattr(self._block, key)

    def unread(self) -> list[str]:
        """Return the keys that a study changed and nobody read, in the order of the block."""
        return [key for key in changed_keys(self._block) if key not in self._read]

    def require_read(self, block: str, user: str) -> None:
        """Refuse the first key that a study changed and nobody read.

        Parameters
        ----------
        block : str
            Path of the block in a study, such as `data`.
        user : str
            What should have read the key, such as `patterns`.

        Raises
        ------
        UserError
            One line that names the key and its value.
        """
        for key in self.unread():
            value = shown(getattr(self._block, key))
            raise UserError(f"{block}.{key}: {value} is not used by {user}; leave it out")


def changed_keys(block: BaseModel) -> list[str]:
    """Return the keys of a block that were given, and given another value than their default.

    A study that a run wrote gives every key. So a key that holds its default asks for nothing.

    Parameters
    ----------
    block : BaseModel
        The block of a study.
    """
    changed = []
    for key, field in type(block).model_fields.items():
        if key in block.model_fields_set:
            default = field.get_default(call_default_factory=True, validated_data=dict(block))
            if getattr(block, key) != default:
                changed.append(key)
    return changed
