"""Entropy production from states alone, by an estimator that suits their number."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from asynet.errors import UserError
from asynet.exchange.spike_files import read_activity
from asynet.exchange.spike_trains import Activity, from_neo
from asynet.numerics.estimates import Estimate
from asynet.thermodynamics.from_states.maximum_entropy import maximum_entropy_bound
from asynet.thermodynamics.from_states.transitions import (
    RegimeWarning,
    extrapolated,
    plug_in,
    without_arrow,
)
from asynet.types import Array

MOST_COUNTED = 5  # neurons whose transitions can be counted one by one
SEEN_EACH = 10  # times that each possible transition should be seen
CONTROL_BLOCK = 100  # successive pairs that the control turns together
CONTROLS = 20
FEWEST_PAIRS = 4


@dataclass(frozen=True)
class FromStates:
    """The entropy production of a recording, from its states alone.

    Parameters
    ----------
    value : Estimate
        In nats a step; a lower bound where `estimator` is maximum entropy.
    estimator : str
        What was used, and why.
    control : Estimate
        The same estimator on copies in which random stretches run backward: the truth there is 0.
        Its error is the spread over copies.
    pairs : int
        Number of transitions.
    source : str
        What was measured, where it needs to be said.
    """

    value: Estimate
    estimator: str
    control: Estimate
    pairs: int = 0
    source: str = ""

    def __repr__(self) -> str:
        """Return the number, the estimator and the control."""
        found = f"{self.value} by {self.estimator}"
        if self.value.value <= 0:
            found = f"nothing detected by {self.estimator}"
        of = f" of {self.source}" if self.source else ""
        return f"{found}{of}; control, without an arrow of time: {self.control}"


def from_pairs(before: Array, after: Array, seed: int = 1) -> FromStates:
    """Estimate the entropy production from pairs of successive states.

    Transitions of up to five neurons are counted, where each possible one was seen often.
    Otherwise the estimate is a lower bound by maximum entropy. A control stands beside it.

    Parameters
    ----------
    before, after : array of {0, 1}, shape (n_pairs, n_neurons)
        The states, and those one step later.
    seed : int
        Seed of the control.

    Returns
    -------
    FromStates
        In nats a step.

    Raises
    ------
    ValueError
        If the shapes differ, a value is neither 0 nor 1, or there are fewer than four pairs.
    """
    n, neurons = before.shape
    if n < FEWEST_PAIRS:
        raise ValueError(f"states: {n} transitions are too few; at least {FEWEST_PAIRS} are needed")
    often = n / 4.0**neurons
    if neurons <= MOST_COUNTED and often >= SEEN_EACH:
        how = f"counted transitions ({neurons} neurons; each transition {often:.0f} times)"
        value = Estimate(extrapolated(plug_in, before, after), None, n, "nats a step")

        def again(x: Array, y: Array) -> float:
            return extrapolated(plug_in, x, y)
    else:
        why = "too many neurons to count"
        if neurons <= MOST_COUNTED:
            why = f"too few to count; each possible one {often:.2g} times"
        how = f"a lower bound by maximum entropy ({neurons} neurons, {n} transitions: {why})"
        value = maximum_entropy_bound(before, after)

        def again(x: Array, y: Array) -> float:
            return maximum_entropy_bound(x, y).value

    few = CONTROLS if n * neurons**2 < 10**8 else 3
    copies = [without_arrow(before, after, CONTROL_BLOCK, seed + k) for k in range(few)]
    with warnings.catch_warnings():  # where the truth is 0, every correction is a large share
        warnings.simplefilter("ignore", RegimeWarning)
        null = np.array([again(*pair) for pair in copies])
    on = f"{few} copies in which random stretches run backward"
    control = Estimate(float(null.mean()), float(null.std(ddof=1)), few, "nats a step", on)
    return FromStates(value, how, control, n)


def from_recording(
    recording: Any, width: float | None, seed: int = 1, key: str = "bin"
) -> FromStates:
    """Estimate the entropy production of recorded spikes or states.

    Parameters
    ----------
    recording : Path, neo.Segment or neo.Block
        A file that `read_activity` reads, or spike trains.
    width : float, optional
        Length of a bin in seconds; None for a file of states.
    seed : int
        Seed of the control.
    key : str
        What a message calls the width.

    Returns
    -------
    FromStates
        In nats a bin. No transition crosses a pause or a trial.

    Raises
    ------
    UserError
        One line, for a file that cannot be used.
    ValueError
        One line, for Neo objects that cannot be used.
    """
    if isinstance(recording, Path):
        try:
            return _from_activity(read_activity(recording, width), seed)
        except UserError as error:
            raise UserError(str(error).replace("data.bin", key)) from None
        except ValueError as error:
            raise UserError(f"{recording}: {error}") from None
    if width is None:
        raise ValueError(f"{key}: missing; must say how long a bin of spike trains is, in seconds")
    return _from_activity(from_neo(recording, width), seed)


def is_neo(x: Any) -> bool:
    """Return whether something is a Neo Block or Segment.

    Parameters
    ----------
    x : object
        Anything.
    """
    return hasattr(x, "segments") or hasattr(x, "spiketrains")


def _from_activity(activity: Activity, seed: int) -> FromStates:
    kept = activity.followed[:-1]
    return from_pairs(activity.states[:-1][kept], activity.states[1:][kept], seed)
