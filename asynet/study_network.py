"""The network block of a study: populations of neurons, projections, and the update order."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, field_validator, model_validator

from asynet.study_terms import (
    CONFIG,
    MAX_WEIGHTS,
    Count,
    Name,
    PathText,
    Positive,
    mistake,
    nearest,
    shown,
)


class Population(BaseModel):
    """Neurons of one kind."""

    model_config = CONFIG

    size: Count
    """Number of neurons."""
    law: Literal["bernoulli", "gaussian"] = "bernoulli"
    """Law of a neuron's next state: a spike, 0 or 1, or a real number (Goyal et al. 2017, section
    3.3)."""
    sigma: Positive = 1.0
    """Standard deviation of the noise at temperature 1, in units of the state; gaussian only."""

    @model_validator(mode="after")
    def _sigma_is_for_gaussian(self) -> Self:
        if self.law == "bernoulli" and self.sigma != 1:
            raise mistake("sigma", f"{self.sigma} is not allowed; only law: gaussian has a sigma")
        return self


class Projection(BaseModel):
    """The synapses from one population to another, or from a population to itself."""

    model_config = CONFIG

    pre: Name
    """Population the synapses come from."""
    post: Name
    """Population the synapses go to; the same as pre for recurrent synapses, none from a neuron to
    itself."""
    std: Annotated[float, Field(ge=0, le=1e6)] = 0.01
    """Standard deviation of the initial weights, which are normal with mean 0."""
    probability: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Probability that a synapse exists, drawn once from the seed."""
    mask: PathText | None = None
    """File (.npy) of booleans [post, pre]: which synapses exist; null: see probability."""
    dale: Annotated[float, Field(ge=0, le=1)] | None = None
    """Share of the presynaptic neurons that are excitatory, the rest being inhibitory; null: a
    neuron may have synapses of both signs."""
    plastic: bool = True
    """Whether training changes the weights."""

    @model_validator(mode="after")
    def _mask_or_probability(self) -> Self:
        if self.mask is not None and self.probability < 1:
            problem = f"{self.probability} is not allowed together with a mask: give one of the two"
            raise mistake("probability", problem)
        return self


def _visible_bias(values: dict[str, Any]) -> Literal["data", "zero"]:
    visible = next(iter(values["populations"].values()))
    return "zero" if visible.law == "gaussian" else "data"


class Network(BaseModel):
    """Populations of neurons, the synapses between them, and the order of their updates."""

    model_config = CONFIG

    populations: Annotated[dict[Name, Population], Field(min_length=1)]
    """Populations by name; the first one is visible: data clamp it."""
    projections: Annotated[tuple[Projection, ...], Field(min_length=1, strict=False)]
    """Projections, at most one for each pair of populations and direction."""
    order: Literal["synchronous", "alternating"] | tuple[tuple[str, ...], ...]
    """Which neurons are updated together: all, the hidden and then the visible ones, or a list of
    groups, each a list of populations that are updated given all the others."""
    alpha: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Weight of the synaptic input against the neuron's own last state (Goyal et al. 2017, section
    3.3)."""
    visible_bias: Literal["data", "zero"] = Field(
        default_factory=_visible_bias,
        json_schema_extra={"default_text": "data; zero when the visible neurons are gaussian"},
    )
    """Initial bias of the visible neurons: logit of the training mean (bernoulli only), or 0."""
    rest: Literal["data", "zero"] = Field(
        default_factory=_visible_bias,
        json_schema_extra={"default_text": "data; zero when the visible neurons are gaussian"},
    )
    """What the visible neurons do when very hot: fire at the data's mean rates, or toss fair coins.
    At temperature T the bias is b + (T - 1) rest."""

    @property
    def visible(self) -> str:
        """Name of the population that data clamp."""
        return next(iter(self.populations))

    @field_validator("order", mode="before")
    @classmethod
    def _order_is_a_word_or_groups(cls, order: object) -> object:
        if isinstance(order, str) and order in ("synchronous", "alternating"):
            return order
        if isinstance(order, list | tuple) and all(
            isinstance(group, list | tuple) and group and all(isinstance(n, str) for n in group)
            for group in order
        ):
            return tuple(tuple(group) for group in order)
        raise ValueError("must be synchronous, alternating, or a list of lists of populations")

    @model_validator(mode="after")
    def _names_agree(self) -> Self:
        pairs = set()
        for i, projection in enumerate(self.projections):
            for end in ("pre", "post"):
                self._require_population(f"projections.{i}.{end}", getattr(projection, end))
            pair = (projection.pre, projection.post)
            if pair in pairs:
                problem = f"a second projection from {pair[0]} to {pair[1]}; at most one is allowed"
                raise mistake(f"projections.{i}", problem)
            pairs.add(pair)
        if self.order == "alternating" and len(self.populations) < 2:
            raise mistake("order", "'alternating' is not allowed; it needs two populations or more")
        if not isinstance(self.order, str):
            names = [name for group in self.order for name in group]
            for name in names:
                self._require_population("order", name)
            for name in self.populations:
                if names.count(name) != 1:
                    problem = (
                        f"{name} comes {names.count(name)} times; each population must come once"
                    )
                    raise mistake("order", problem)
        if self.visible_bias == "data" and self.populations[self.visible].law == "gaussian":
            problem = "'data' is not allowed; gaussian visible neurons need visible_bias: zero"
            raise mistake("visible_bias", problem)
        if self.rest == "data" and self.populations[self.visible].law == "gaussian":
            raise mistake("rest", "'data' is not allowed; gaussian visible neurons need rest: zero")
        return self

    def _require_population(self, key: str, name: str) -> None:
        if name not in self.populations:
            hint = nearest(name, self.populations)
            raise mistake(key, f"{shown(name)} is not a population; {hint}")

    @model_validator(mode="after")
    def _projections_are_possible(self) -> Self:
        for i, projection in enumerate(self.projections):
            pre, post = (self.populations[n].size for n in (projection.pre, projection.post))
            if pre * post > MAX_WEIGHTS:
                problem = f"{pre} x {post} = {pre * post} weights; at most {MAX_WEIGHTS}"
                raise mistake(f"projections.{i}", problem)
        return self
