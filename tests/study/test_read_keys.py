"""A key that is set and that nobody reads is found and named."""

import pytest
from pydantic import BaseModel

from asynet.errors import UserError
from asynet.study.data import Data
from asynet.study.read_keys import ReadKeys, changed_keys


class Block(BaseModel):
    first: int = 1
    second: int | None = None
    third: int


def test_a_key_that_holds_its_default_asks_for_nothing():
    assert changed_keys(Block(third=1)) == ["third"]
    assert changed_keys(Block(first=1, second=None, third=1)) == ["third"]
    assert changed_keys(Block(first=2, second=5, third=1)) == ["first", "second", "third"]


def test_a_default_that_depends_on_another_key_is_one():
    assert changed_keys(Data(name="mnist", binarise="sample")) == ["name"]
    assert changed_keys(Data(name="mnist", binarise="none")) == ["name", "binarise"]
    whole = Data(name="circle", count=50)
    assert changed_keys(Data.model_validate(whole.model_dump())) == ["name", "count"]


def test_what_is_read_is_the_block_s_own_and_the_rest_is_refused():
    block = ReadKeys(Block(first=2, second=5, third=1), ("third",))
    assert block.unread() == ["first", "second"]
    assert block.first == 2
    with pytest.raises(UserError, match=r"^some\.second: 5 is not used by them; leave it out$"):
        block.require_read("some", "them")
    assert block.second == 5
    block.require_read("some", "them")
    with pytest.raises(AttributeError):
        _ = block.fourth
