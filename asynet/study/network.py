"""The network block of a study: populations of neurons, projections, and the update order."""

import math
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, field_validator, model_validator

from asynet.network.connect import is_sparse
from asynet.study.columns import ColumnsBlock
from asynet.study.parts import ConnectionName, Options, check_options
from asynet.study.terms import (
    CONFIG,
    MAX_WEIGHTS,
    Count,
    Name,
    PathText,
    Positive,
    mistake,
    nearest,
    refused,
    shown,
)
from asynet.types import Fall, Law, Rest, Space, WeightLaw


class PopulationBlock(BaseModel):
    """Neurons of one kind."""

    model_config = CONFIG

    size: Count
    """Number of neurons in the population."""
    law: Law = "bernoulli"
    """Probability distribution of a neuron's next state, given its input a. bernoulli: a spike
    (1) with probability sigmoid(a / T), else 0. gaussian: a real number with mean a and standard
    deviation sigma sqrt(T). T is the temperature (Goyal et al. 2017, section 3.3)."""
    sigma: Positive = 1.0
    """Standard deviation of a neuron's noise at temperature 1, in units of its state. Only for
    law: gaussian."""

    @model_validator(mode="after")
    def _sigma_is_for_gaussian(self) -> Self:
        if self.law == "bernoulli" and self.sigma != 1:
            raise refused("sigma", self.sigma, "with law: bernoulli", "1, its default")
        return self


class ProjectionBlock(BaseModel):
    """The synapses from one population to another, or from a population to itself."""

    model_config = CONFIG

    pre: Name
    """Name of the presynaptic population, from which the synapses come."""
    post: Name
    """Name of the postsynaptic population, to which the synapses go. Give the same name as in
    pre for recurrent synapses; no neuron has a synapse onto itself."""
    std: Annotated[float, Field(ge=0, le=1e6)] = 0.01
    """Standard deviation of the initial weights."""
    mean: Annotated[float, Field(ge=-1e6, le=1e6)] = 0.0
    """Mean of the initial weights. With std: 0 all weights have this value."""
    law: WeightLaw = "normal"
    """Probability distribution of the initial weights. It has the given mean and std."""
    probability: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Probability that a synapse exists between a pair of neurons. Drawn once for each pair,
    from the seed. With distance: the probability for neurons at the same place."""
    in_degree: Count | None = None
    """Number of synapses that each postsynaptic neuron receives. They come from different
    presynaptic neurons, drawn at random. null: probability decides."""
    out_degree: Count | None = None
    """Number of synapses that each presynaptic neuron sends. They go to different postsynaptic
    neurons, drawn at random. null: probability decides."""
    rule: ConnectionName | None = None
    """A plugin's connection rule, by name: see docs/plugins.md. null: probability decides."""
    options: Options = {}
    """Options of that rule, by name."""
    distance: Positive | None = None
    """Distance over which the probability of a synapse falls. Unit: the side of the space, which
    has length 1. See fall and space. null: the probability does not depend on distance."""
    fall: Fall = "gaussian"
    """How the probability falls with the distance d between two neurons. gaussian: as exp(-d^2 /
    (2 distance^2)). exponential: as exp(-d / distance). Only with distance."""
    space: Space = "ring"
    """Where the neurons are, evenly spaced. ring: on a closed line of length 1. line: on a line
    of length 1. torus: row by row on a square of side 1 whose opposite sides are joined. grid:
    the same without joined sides. Only with distance."""
    file: PathText | None = None
    """File with the weights, which are then not drawn. .npy, or sparse .npz: a matrix [post,
    pre]. .csv, .tsv: one synapse a line, with columns pre, post, weight. .h5: SONATA edges.
    .graphml, .gml: a graph. No weight may be left unread; see columns."""
    columns: ColumnsBlock = ColumnsBlock()
    """Names of the columns of the file. Only with file, for .csv, .tsv, .h5, .graphml and
    .gml."""
    scale: Annotated[float, Field(ge=-1e9, le=1e9)] = 1.0
    """Factor on the weights in the file, for weights in other units, such as numbers of synapses.
    Only with file."""
    storage: Literal["auto", "matrix", "list"] = "auto"
    """How synapses are stored. matrix: every pair of neurons has an entry. list: only synapses
    that exist. auto: a list if fewer than one in twenty of the possible synapses of a large
    projection exist. Speed and memory depend on it; the spikes do not."""
    mask: PathText | None = None
    """File (.npy) with a matrix of booleans [post, pre] that says which synapses exist. null:
    probability decides."""
    dale: Annotated[float, Field(ge=0, le=1)] | None = None
    """Fraction of the presynaptic neurons that are excitatory; the others are inhibitory. All
    synapses of a neuron then have the same sign, also after training (Dale's law). null: a
    neuron may have synapses of both signs."""
    plastic: bool = True
    """Whether training changes the weights."""

    @model_validator(mode="after")
    def _one_way_to_connect(self) -> Self:
        ways = ["file", "mask", "in_degree", "out_degree", "distance", "rule"]
        given = [key for key in ways if getattr(self, key) is not None]
        if self.probability < 1 and given not in ([], ["distance"]):
            raise refused("probability", self.probability, f"with {given[0]}", "1, its default")
        if len(given) > 1:
            raise refused(given[1], getattr(self, given[1]), f"with {given[0]}", "null")
        check_options("connections", self.rule, self.options)
        if self.law == "lognormal" and self.mean <= 0:
            raise refused("mean", self.mean, "with law: lognormal", "greater than 0")
        if self.storage == "list" and not self.listable:
            why = "if all synapses exist or a mask is given"
            raise refused("storage", "list", why, "auto or matrix")
        if self.file is None and self.columns.named():
            raise refused("columns", self.columns.named(), "without a file", "left out")
        if self.file is None and self.scale != 1:
            raise refused("scale", self.scale, "without a file", "1, its default")
        if self.scale == 0:
            raise refused("scale", 0, "", "another number than 0")
        return self

    @property
    def listable(self) -> bool:
        """Return whether synapses are drawn or read one by one, so that a list can hold them."""
        degrees = (self.in_degree, self.out_degree, self.distance, self.file, self.rule)
        return self.probability < 1 or any(given is not None for given in degrees)

    def stored_weights(self, n_pre: int, n_post: int) -> int:
        """Return about how many weights are stored; 0 if a file or a plugin's rule says it later.

        Parameters
        ----------
        n_pre, n_post : int
            Sizes of the presynaptic and of the postsynaptic population.
        """
        possible = n_pre * n_post
        drawn = possible * self.probability
        if self.in_degree is not None:
            drawn = n_post * self.in_degree
        if self.out_degree is not None:
            drawn = n_pre * self.out_degree
        if self.file is not None or self.rule is not None:
            return 0
        if not self.listable or self.storage == "matrix":
            return possible
        return int(drawn) if self.storage == "list" or is_sparse(drawn, possible) else possible


def _visible_bias(values: dict[str, Any]) -> Rest:
    visible = next(iter(values["populations"].values()))
    return "zero" if visible.law == "gaussian" else "data"


class NetworkBlock(BaseModel):
    """Populations of neurons, the synapses between them, and the order of their updates."""

    model_config = CONFIG

    populations: Annotated[dict[Name, PopulationBlock], Field(min_length=1)]
    """Populations of neurons, by name. The first one is visible: its neurons take the values of
    an example. The others are hidden."""
    projections: Annotated[tuple[ProjectionBlock, ...], Field(min_length=1, strict=False)]
    """Projections: the synapses from one population to another. At most one for each pair of
    populations and direction."""
    order: Literal["synchronous", "alternating"] | tuple[tuple[str, ...], ...]
    """Which neurons are updated together. synchronous: all at once. alternating: all hidden
    ones, then the visible ones. Or a list of groups, each a list of populations; groups are
    updated one after the other, and each population is in one group."""
    alpha: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Weight of the synaptic input against the neuron's own last state s. The total input is a =
    (1 - alpha) s + alpha (W s + b). 1: the last state does not count. Smaller: the state changes
    more slowly (Goyal et al. 2017, section 3.3)."""
    visible_bias: Rest = Field(
        default_factory=_visible_bias,
        json_schema_extra={"default_text": "data; zero when the visible neurons are gaussian"},
    )
    """Initial bias of the visible neurons. data: the logit of each neuron's mean in the training
    examples. zero: 0. Gaussian neurons need zero."""
    rest: Rest = Field(
        default_factory=_visible_bias,
        json_schema_extra={"default_text": "data; zero when the visible neurons are gaussian"},
    )
    """Firing probability of the visible neurons at very high temperature. data: each neuron's
    mean in the training examples, so that heating forgets correlations before it forgets rates.
    zero: 1/2, whose logit is 0. In formulas, the bias at temperature T is b + (T - 1) r, where r
    is the logit of that probability. Gaussian neurons need zero."""

    built: PathText | None = None
    """File (.npz) with the weights, signs and biases of a network that was built in Python.
    `asynet.train` writes it. null: weights are drawn, or read from each projection's file."""

    @property
    def visible(self) -> str:
        """Return the name of the population whose neurons take the values of an example."""
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
                problem = f"a second projection from {pair[0]} to {pair[1]} is not allowed"
                raise mistake(f"projections.{i}", f"{problem}; must be one for each direction")
            pairs.add(pair)
        if self.order == "alternating" and len(self.populations) < 2:
            raise refused("order", "alternating", "with one population", "synchronous")
        if not isinstance(self.order, str):
            names = [name for group in self.order for name in group]
            for name in names:
                self._require_population("order", name)
            for name in self.populations:
                if names.count(name) != 1:
                    problem = f"{name} is listed {names.count(name)} times; must be listed once"
                    raise mistake("order", problem)
        if self.visible_bias == "data" and self.populations[self.visible].law == "gaussian":
            raise refused("visible_bias", "data", "with gaussian visible neurons", "zero")
        if self.rest == "data" and self.populations[self.visible].law == "gaussian":
            raise refused("rest", "data", "with gaussian visible neurons", "zero")
        return self

    def _require_population(self, key: str, name: str) -> None:
        if name not in self.populations:
            hint = nearest(name, self.populations)
            raise mistake(key, f"{shown(name)} is not a population; {hint}")

    @model_validator(mode="after")
    def _projections_are_possible(self) -> Self:
        for i, projection in enumerate(self.projections):
            pre, post = (self.populations[n].size for n in (projection.pre, projection.post))
            weights = projection.stored_weights(pre, post)
            if weights > MAX_WEIGHTS:
                how = f"{pre} x {post} = " if weights == pre * post else ""
                problem = f"{how}{weights} weights are not allowed; must be at most {MAX_WEIGHTS}"
                raise mistake(f"projections.{i}", problem)
            alone = projection.pre == projection.post
            for key, pool in (("in_degree", pre - alone), ("out_degree", post - alone)):
                count = getattr(projection, key)
                if count is not None and count > pool:
                    most = f"at most {pool}, the number of neurons to choose from"
                    raise refused(f"projections.{i}.{key}", count, "", most)
            if projection.distance is not None and projection.space in ("torus", "grid"):
                for name in (projection.pre, projection.post):
                    if math.isqrt(self.populations[name].size) ** 2 != self.populations[name].size:
                        size = self.populations[name].size
                        why = f"with {size} neurons in {name}, which is no square number"
                        raise refused(
                            f"projections.{i}.space", projection.space, why, "ring or line"
                        )
        return self
