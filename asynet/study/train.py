"""The train block of a study: how the weights are trained."""

from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator

from asynet.study.parts import Options, RuleName, check_options
from asynet.study.terms import CONFIG, Count, Positive, Share, Steps, refused
from asynet.types import Objective, RateSchedule, Rule, StepWeight, Updates


class Train(BaseModel):
    """How the weights are trained to undo the steps of a walk."""

    model_config = CONFIG

    rule: RuleName = "rate"
    """Learning rule of the synapses of a network. rate: compares the earlier state of a neuron
    with its predicted firing probability. spike: compares it with one more random spike drawn
    with that probability. Both give the same mean weight change. spike is noisier, but it needs
    nothing except spikes. reciprocal: as rate, but a synapse and the one the other way between
    the same two neurons both take the sum of their changes. Their difference then stays that of
    the initial weights. reciprocal_spike: the same with spike. An operator uses rate. Or the name
    of a plugin's learning rule: see docs/plugins.md."""
    options: Options = {}
    """Options of a plugin's learning rule, by name. Only for such a rule."""
    objective: Objective = "walkback"
    """What training increases. walkback: the log-probability of the state before, given the
    state after a heating step (Goyal et al. 2017, Algorithm 1). pathwise: the same for gaussian
    operators, with a gradient that also flows through the sampled state; about one more
    evaluation a step. Of bernoulli operators with codes it flows through the code. self: the
    log-probability of a state given itself. That is an autoencoder, only for comparison, and has
    no bound."""
    step_weight: StepWeight = "one"
    """Weight of each step's log-probability in the objective. one: 1 (Algorithm 1). temperature:
    the temperature of the step. Then the weight changes of a walk add up to the correlations in
    its first state minus those in its last, the dream. Better than one for networks whose walks
    cool again (walk.cooling), since hot steps then count as much as cold ones."""
    anchor: Annotated[float, Field(ge=0, le=1e6)] = 0.0
    """Weight of an extra term that keeps an operator heating. The term keeps the step away from
    the data as random as that of the untrained operator. Raise it if walks that should be hot
    lose their randomness during training. Only for law: bernoulli with output: residual, and not
    for objective: self. 0: no extra term."""
    updates: Updates = "online"
    """When weights change. online: after every step of a walk (Goyal et al. 2017). batch: once
    at the end of a walk, by the sum over its steps. ends: as batch, but the sum is computed from
    the walk's first and last states, which is faster, and with rule: reciprocal less noisy. That is
    possible where the sum telescopes: with a reciprocal rule, step_weight: temperature and two
    groups of neurons, visible and hidden, that have every synapse both ways and none within."""
    epochs: Positive
    """Length of training, in passes over the training split. Need not be a whole number. A run
    that is stopped or finished can be prolonged: --resume train.epochs=40."""
    batch: Count = 100
    """Number of walks computed at the same time, each from its own example. A weight change is
    the mean over them."""
    lessons: Steps | None = None
    """Number of a walk's steps that an operator learns to undo, drawn anew for each walk and evenly
    spread over it. null: all. A few of many steps show the operator more examples in the same time,
    which pays most with walk.destruction: noise, where a step without a lesson costs almost
    nothing. Needs walk.steps and may not be more than that. Only for operators."""
    lr: Positive = 0.1
    """Learning rate at the start of training. For a network: the rate eta of the local rule. For
    an operator: the rate of Adam, for which 0.001 to 0.003 is usual. Lower it if weights
    overflow."""
    lr_schedule: RateSchedule = "linear"
    """How the learning rate changes during training. constant: not at all. linear: it falls to 0
    along a straight line. cosine: it falls to 0 along half a cosine. A run that is prolonged has
    from there on the rate that a run of the new length has at that walk; with linear or cosine it
    is then higher than before. Only with constant, and no warm-up, does a prolonged run end with
    the numbers of a run that was as long from the start."""
    warmup: Share = 0.0
    """Fraction of the training during which the learning rate rises from 0 to lr. The schedule
    follows after that."""
    momentum: Share = 0.0
    """Fraction of the last weight change that is added to the next one. Only for networks; for
    an operator see optimiser.beta_1."""
    weight_decay: Annotated[float, Field(ge=0, le=1e6)] = 0.0
    """Rate at which weights shrink toward 0. Each update multiplies them by 1 - learning rate *
    weight_decay. Biases stay as they are, so that the mean input of neurons shrinks too, unlike
    with symmetry_pull."""
    symmetry_pull: Annotated[float, Field(ge=-1e6, le=1e6)] = 0.0
    """Strength with which the two synapses between a pair of neurons are pulled toward the same
    weight. After each training walk their difference shrinks by the fraction learning rate *
    symmetry_pull. Negative: they are pushed apart. Biases move so that the mean input of each
    neuron stays the same. This is not a local rule, because each synapse needs the other's
    weight. Only for networks."""
    centre: bool = True
    """Whether the rule subtracts from each presynaptic activity its running mean. Usually makes
    learning faster (Montavon and Müller 2012). Only for networks."""
    patience: Count | None = None
    """Stop training after this many validations without a better bound. null: train for all
    epochs."""
    validate_every: Positive = 1.0
    """Training between two validations, in epochs."""
    validation_examples: Count = 500
    """Number of held-out examples used in each validation."""

    @property
    def reciprocal(self) -> bool:
        """Return whether opposite synapses take the sum of their changes."""
        return self.rule in ("reciprocal", "reciprocal_spike")

    @property
    def prediction(self) -> Rule:
        """Return what the rule compares the earlier state with."""
        return "spike" if self.rule in ("spike", "reciprocal_spike") else "rate"

    @model_validator(mode="after")
    def _options_are_of_the_rule(self) -> Self:
        check_options("rules", self.rule, self.options)
        return self

    @model_validator(mode="after")
    def _pull_does_not_overshoot(self) -> Self:
        if abs(self.lr * self.symmetry_pull) > 1:
            limit = 1 / self.lr
            between = f"between {-limit:g} and {limit:g}, that is 1 / train.lr"
            raise refused("symmetry_pull", self.symmetry_pull, "", between)
        return self
