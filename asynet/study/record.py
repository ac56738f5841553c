"""The record block of a study: what of its walks and weights goes to trajectory.h5."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field

from asynet.study.terms import CONFIG, Count, Name, Positive
from asynet.types import EARLIER_PHASES, Analogue, RecordedPhase

Index = Annotated[int, Field(ge=0, le=10**9)]
NeuronLists = Annotated[
    dict[Name, Annotated[tuple[Index, ...], Field(strict=False, min_length=1)]],
    Field(min_length=1),
]


def _named_today(phases: Any) -> Any:
    """Return phases with their names of today: see `types.EARLIER_PHASES`."""
    if not isinstance(phases, list | tuple):
        return phases
    return [EARLIER_PHASES.get(p, p) if isinstance(p, str) else p for p in phases]


Phases = Annotated[tuple[RecordedPhase, ...], BeforeValidator(_named_today), Field(strict=False)]


class RecordBlock(BaseModel):
    """Which states and weights go to trajectory.h5."""

    model_config = CONFIG

    chains: Annotated[int, Field(ge=0, le=10**9)] = 4
    """Number of chains recorded of each recorded walk. 0: no states are recorded."""
    every: Count = 200
    """Record one training walk in every this many. Only walks that heat are recorded. 1: all of
    them."""
    weights_every: Positive = 1.0
    """Training between two recordings of the weights (snapshots), in epochs."""
    run_steps: Annotated[int, Field(ge=0, le=10**9)] = 200
    """Number of steps at temperature 1 recorded after training, without heating or cooling."""
    populations: Annotated[tuple[Name, ...], Field(strict=False)] | None = None
    """Names of the populations whose states are recorded. null: all."""
    neurons: Count | NeuronLists | None = None
    """Neurons recorded of each population. A number: that many of each, evenly spread. Names
    with lists, such as {visible: [0, 5, 9]}: these neurons, counted from 0 in increasing order;
    populations that are not named are recorded whole. null: all neurons."""
    phases: Phases = ("heating", "dream", "free run")
    """Phases of walks that are recorded. heating: from an example, at rising temperature. dream:
    from noise or from the end of heating, at falling temperature. free run: at temperature 1."""
    steps_every: Count = 1
    """Record the state after one step in every this many. 1: the state after every half-step,
    that is, after each update of a group of neurons."""
    analogue: Analogue = "float32"
    """Number format of recorded real values: states of gaussian neurons, and pre-activations.
    float16 takes half the space and keeps about three digits."""
    drive: bool = False
    """Whether to record also the pre-activation of each neuron, its total input, at each update."""
    synapses: Count | None = None
    """Number of synapses of each projection whose weights are recorded. They are drawn once at
    random. null: all."""
