"""The recall block of a study: how well stored patterns come back, against how many there are."""

from typing import Annotated

from pydantic import BaseModel, Field, field_validator

from asynet.study.terms import CONFIG, Count, Steps

FlipProbability = Annotated[float, Field(ge=0, le=0.5)]


class Recall(BaseModel):
    """How well the network restores stored patterns, against how many it stores; patterns only."""

    model_config = CONFIG

    stored: Annotated[tuple[Count, ...], Field(strict=False)] = ()
    """Numbers of patterns for which recall is measured, in increasing order. For each number a
    network with the same settings is trained on that many patterns, without early stopping. The
    network of the study itself, with data.count patterns, is measured too. []: recall is not
    measured."""
    flips: Annotated[tuple[FlipProbability, ...], Field(strict=False, min_length=1)] = (
        0.1,
        0.2,
        0.3,
    )
    """Probabilities, in increasing order, with which each neuron of a pattern is flipped to make
    a cue. A cue made with 0.5 holds no information about its pattern."""
    steps: Steps = 20
    """Number of steps that the network takes from a cue before its state is compared with the
    pattern."""
    cues: Count = 400
    """Number of cues for each number of patterns and each flip probability. Every pattern gets
    at least one."""

    @field_validator("stored", "flips")
    @classmethod
    def _values_increase(cls, values: tuple[float, ...]) -> tuple[float, ...]:
        if list(values) != sorted(set(values)):
            raise ValueError("must be in increasing order, each number once")
        return values
