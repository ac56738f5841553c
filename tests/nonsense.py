"""Nonsense for public functions, and what they may do about it."""

import numpy as np
from hypothesis import strategies as st

SIZES = st.integers(0, 4)
VALUES = st.one_of(
    st.sampled_from([np.nan, np.inf, -np.inf, 0.0, 1.0, -1.0, 0.5, 1e300]),
    st.floats(-3, 3),
)


@st.composite
def arrays(draw):
    """Draw an array of 0 to 4 axes, of floats, bits, whole numbers, or text."""
    shape = draw(st.lists(SIZES, max_size=4))
    kind = draw(st.sampled_from(["float", "bits", "int", "text"]))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    if kind == "bits":
        return rng.integers(0, 2, shape).astype(np.float32)
    if kind == "int":
        return rng.integers(-3, 4, shape)
    if kind == "text":
        return np.full(shape, "x")
    x = rng.normal(size=shape)
    if x.size and draw(st.booleans()):
        x.flat[rng.integers(x.size)] = draw(VALUES)
    return x


NONSENSE = st.one_of(
    arrays(),
    VALUES,
    st.sampled_from([None, "x", -1, 0, 1, 2, True, [], [[1], [1, 2]], {}, object]),
)


def answers_or_refuses(call, *arguments, **named):
    """Check that a call returns, or raises ValueError or TypeError with one line that says why."""
    try:
        with np.errstate(all="ignore"):  # a huge number may overflow to an infinite answer
            return call(*arguments, **named)
    except (ValueError, TypeError) as error:
        message = str(error)
        assert message, f"{call.__name__} says nothing"
        assert "\n" not in message, message
        return error
