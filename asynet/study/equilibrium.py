"""The equilibrium block of a study: how ln p(x) of the model at equilibrium is measured."""

from typing import Annotated

from pydantic import BaseModel, Field

from asynet.study.terms import CONFIG, MAX_STEPS, Count


class Equilibrium(BaseModel):
    """How ln p(x) at equilibrium at temperature 1 is measured."""

    model_config = CONFIG

    steps: Annotated[int, Field(ge=0, le=MAX_STEPS)] = 0
    """Number of steps of annealed importance sampling, from independent neurons to the network.
    More steps make ln p(x) more accurate. 0: not measured. Measured is the network itself if its
    weights are symmetric, else its symmetric part, with biases that keep each neuron's input at
    the mean activity. Only for bernoulli neurons with alpha: 1, in two groups of which one is the
    visible neurons and none has synapses within, or in one group of visible neurons alone."""
    chains: Annotated[int, Field(ge=2, le=10**6)] = 100
    """Number of independent chains of annealed importance sampling."""
    examples: Count = 2000
    """Number of test examples."""
    reverse: Annotated[int, Field(ge=2, le=10**9)] = 100
    """Number of test examples, the first ones, for the reverse estimator. It walks from an example
    back to independent neurons, and errs to the other side: it is a lower bound."""
