"""The recall block of a study: how well stored patterns come back, against how many there are."""

from typing import Annotated

from pydantic import BaseModel, Field, field_validator

from asynet.study.terms import CONFIG, Count, Steps

FlipProbability = Annotated[float, Field(ge=0, le=0.5)]


class Recall(BaseModel):
    """How well the network restores stored patterns, against how many it stores; patterns only."""

    model_config = CONFIG

    stored: Annotated[tuple[Count, ...], Field(strict=False)] = ()
    """Numbers of patterns, in increasing order: besides data.count, networks with the same settings
    are trained on so many, without early stopping, and recall is measured in all; []: in none."""
    flips: Annotated[tuple[FlipProbability, ...], Field(strict=False, min_length=1)] = (
        0.1,
        0.2,
        0.3,
    )
    """Probabilities with which each neuron of a pattern is flipped to make a cue, in increasing
    order; at 0.5 nothing of the pattern is left."""
    steps: Steps = 20
    """Steps that the network takes from a cue."""
    cues: Count = 400
    """Cues for each number of patterns and each flip probability, at least one a pattern."""

    @field_validator("stored", "flips")
    @classmethod
    def _values_increase(cls, values: tuple[float, ...]) -> tuple[float, ...]:
        if list(values) != sorted(set(values)):
            raise ValueError("must increase")
        return values
