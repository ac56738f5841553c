"""The record block of a study: what of its walks and weights goes to trajectory.h5."""

from typing import Annotated

from pydantic import BaseModel, Field

from asynet.study.terms import CONFIG, Count, Name, Positive
from asynet.types import Analogue, Phase

Index = Annotated[int, Field(ge=0, le=10**9)]
NeuronLists = Annotated[
    dict[Name, Annotated[tuple[Index, ...], Field(strict=False, min_length=1)]],
    Field(min_length=1),
]


class RecordBlock(BaseModel):
    """Which states and weights go to trajectory.h5."""

    model_config = CONFIG

    chains: Annotated[int, Field(ge=0, le=10**9)] = 4
    """Chains kept of each recorded walk; 0: none."""
    every: Count = 200
    """Record one training walk out of so many, one that heats; 1: all of them."""
    weights_every: Positive = 1.0
    """Training between snapshots of the weights, in epochs."""
    run_steps: Annotated[int, Field(ge=0, le=10**9)] = 200
    """Steps at temperature 1 recorded after training."""
    populations: Annotated[tuple[Name, ...], Field(strict=False)] | None = None
    """Populations whose states are kept; null: all."""
    neurons: Count | NeuronLists | None = None
    """Neurons kept of each population: so many, evenly spread, or, by population's name, those
    listed, counted from 0 and increasing (all of a population that is not named); null: all."""
    phases: Annotated[tuple[Phase, ...], Field(strict=False)] = ("sleep", "cool", "run")
    """What is kept of a walk: its heating, its cooling, its walk at temperature 1."""
    steps_every: Count = 1
    """Keep the state after one step out of so many; 1: after each half-step."""
    analogue: Analogue = "float32"
    """How gaussian states and pre-activations are kept."""
    drive: bool = False
    """Whether the pre-activations of resampled neurons are kept too."""
    synapses: Count | None = None
    """Weights kept of each projection, a sample of its synapses; null: all."""
