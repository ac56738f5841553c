"""Check that a user's mistake is said in one line."""

import pytest

from asynet.errors import UserError


def one_line_error(call, *words):
    """Check that the call raises a UserError of one line with these words."""
    with pytest.raises(UserError) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message
    assert all(word in message for word in words), message
