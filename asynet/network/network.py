"""What a network is: populations, projections with weights of their own, an update order."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from asynet.network.population import Population
from asynet.network.projection import Projection
from asynet.numerics import checks
from asynet.types import Array

__all__ = ["Network", "Population", "Projection"]


@dataclass(frozen=True)
class Network:
    """Populations, projections, biases, and the order in which groups are resampled.

    The state is (B, size): the populations' columns side by side, in their order.

    Parameters
    ----------
    populations : tuple of Population
        One or more, with different names; the first one is visible: data clamp it. Their neurons
        get the names that the projections know, if they have none.
    projections : tuple of Projection
        At most one for each pair of populations and direction.
    order : tuple of tuple of str
        Groups of population names. One step resamples each group once, in this order, each given
        the state as it then is. Empty: one group of all.
    alpha : float
        Weight of the input against the neuron's own last state, in (0, 1]:
        a = (1 - alpha) s + alpha F(s).
    bias : mapping of str to ndarray of shape (n,)
        Drive of each neuron without input, by population; a population without one has zeros.
    rest : mapping of str to ndarray of shape (n,)
        Drive that heating adds: at temperature T the bias is bias + (T - 1) rest, so that a very
        hot neuron fires with probability sigmoid(rest). With the logit of the data's mean, heating
        forgets correlations before it forgets rates; with zeros, hot neurons are fair coins.

    Raises
    ------
    ValueError
        If a value is not allowed, or two of them do not fit each other.
    """

    populations: tuple[Population, ...]
    projections: tuple[Projection, ...]
    order: tuple[tuple[str, ...], ...] = ()
    alpha: float = 1.0
    bias: Mapping[str, Array] = field(default_factory=dict)
    rest: Mapping[str, Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check names, shapes and values; raise ValueError on the first that is not allowed."""
        for what, kind in (("populations", Population), ("projections", Projection)):
            object.__setattr__(self, what, _objects(what, getattr(self, what), kind))
        names = [p.name for p in self.populations]
        if not names or len(set(names)) != len(names):
            raise checks.refusal("populations", names, "one or more, with different names")
        object.__setattr__(self, "order", _groups(self.order, names))
        checks.real("alpha", self.alpha, above=0, most=1)
        pairs = [(p.pre, p.post) for p in self.projections]
        if len(set(pairs)) != len(pairs):
            raise ValueError("projections: two share both ends; add their weights instead")
        for projection in self.projections:
            _check_ends(projection, {p.name: p.size for p in self.populations})
        object.__setattr__(self, "populations", _named(self.populations, self.projections))
        for what in ("bias", "rest"):
            vectors = getattr(self, what)
            checks.instance(what, vectors, Mapping, "a mapping of population names to arrays")
            for name, vector in vectors.items():
                if name not in names:
                    raise checks.refusal(what, name, f"a population: {_listed(names)}")
                checks.numbers(f"{what} of {name}", vector, (self[name].size,))

    def __repr__(self) -> str:
        """Return the populations, the number of synapses and the order on one line."""
        names = ", ".join(f"{p.name} ({p.size} {p.law})" for p in self.populations)
        order = " then ".join(" with ".join(group) for group in self.order)
        return f"Network({names}; {self.n_synapses:,} synapses; order: {order})"

    def __getitem__(self, name: str) -> Population:
        """Return the population of that name; KeyError if there is none."""
        for population in self.populations:
            if population.name == name:
                return population
        raise KeyError(name)

    @property
    def size(self) -> int:
        """Return the number of neurons."""
        return sum(p.size for p in self.populations)

    @property
    def n_synapses(self) -> int:
        """Return the number of synapses that exist."""
        return sum(p.n_synapses for p in self.projections)

    @property
    def dtype(self) -> np.dtype[np.float32] | np.dtype[np.float64]:
        """Return the state's dtype: float32 if all neurons spike, float64 with Gaussian ones."""
        spiking = all(p.law == "bernoulli" for p in self.populations)
        return np.dtype(np.float32) if spiking else np.dtype(np.float64)

    @property
    def spiking(self) -> Array:
        """Return which neurons spike, (size,) bool; the others are Gaussian."""
        laws = [p.law == "bernoulli" for p in self.populations]
        return np.repeat(laws, [p.size for p in self.populations])

    @property
    def listed(self) -> bool:
        """Return whether some projections are lists, perhaps too large for whole matrices."""
        return any(p.sparse for p in self.projections)

    def columns(self, name: str) -> slice:
        """Return the population's columns in the state.

        Parameters
        ----------
        name : str
            The population's name.

        Raises
        ------
        KeyError
            If there is no such population.
        """
        start = 0
        for population in self.populations:
            if population.name == name:
                return slice(start, start + population.size)
            start += population.size
        raise KeyError(name)

    def projection(self, post: str, pre: str) -> Projection:
        """Return the projection between two populations.

        Parameters
        ----------
        post, pre : str
            Names of the populations that its synapses go to and come from.

        Raises
        ------
        KeyError
            If there is none.
        """
        for projection in self.projections:
            if (projection.post, projection.pre) == (post, pre):
                return projection
        raise KeyError(f"{post}<-{pre}")

    def self_free(self, group: tuple[str, ...]) -> bool:
        """Return whether the input of a group does not depend on the group's own state.

        Then the pre-activation is the same before and after the group is resampled, and one
        product serves the sample and the learning of its reverse.

        Parameters
        ----------
        group : tuple of str
            Names of populations.
        """
        recurrent = any(p.pre in group and p.post in group for p in self.projections)
        return self.alpha == 1.0 and not recurrent

    def forgets_hidden(self) -> bool:
        """Return whether hidden neurons are drawn anew from visible ones that see them alone.

        So in a restricted topology: no group has synapses of its own.
        """
        return all(self.self_free(group) for group in self.order)


def _named(
    populations: tuple[Population, ...], projections: tuple[Projection, ...]
) -> tuple[Population, ...]:
    """Return the populations with the names that files of synapses give their neurons."""
    known = {p.name: p for p in populations}
    for projection in projections:
        ends = ((projection.pre, projection.pre_names), (projection.post, projection.post_names))
        for end, names in ends:
            if names is None or known[end].names == names:
                continue
            if known[end].names is not None:
                raise ValueError(
                    f"projection {projection.name}: its file names the neurons of {end} otherwise, "
                    f"or in another order, than another does; give Population({end!r}, ...) names"
                )
            known[end] = replace(known[end], names=names)
    return tuple(known.values())


def _listed(names: list[str]) -> str:
    return ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")


def _objects(what: str, given: Any, kind: type) -> tuple[Any, ...]:
    """Return what was given as a tuple of objects of one kind."""
    checks.instance(what, given, tuple | list, f"a tuple of {kind.__name__}")  # type: ignore[arg-type]
    for one in given:
        checks.instance(what, one, kind, f"a tuple of {kind.__name__}")
    return tuple(given)


def _groups(order: Any, names: list[str]) -> tuple[tuple[str, ...], ...]:
    """Return the order as a tuple of groups that hold each population once."""
    allowed = f"groups (tuples of names) that hold each of {_listed(names)} exactly once"
    if not isinstance(order, tuple | list):
        raise checks.refusal("order", order, allowed)
    if not order:
        return (tuple(names),)
    for group in order:
        if not isinstance(group, tuple | list) or not group:
            raise checks.refusal("order", order, allowed)
        if not all(isinstance(name, str) for name in group):
            raise checks.refusal("order", order, allowed)
    if sorted(name for group in order for name in group) != sorted(names):
        raise checks.refusal("order", order, allowed)
    return tuple(tuple(group) for group in order)


def _check_ends(projection: Projection, sizes: dict[str, int]) -> None:
    """Refuse a projection between populations that are not there, or of other sizes."""
    where = f"projection {projection.name}"
    for what in ("pre", "post"):
        name = getattr(projection, what)
        if name not in sizes:
            allowed = f"a population of the network: {_listed(list(sizes))}"
            raise checks.refusal(f"{where}: {what}", name, allowed)
    shape = (sizes[projection.post], sizes[projection.pre])
    if projection.weights.shape != shape:
        allowed = f"of shape {shape}, (n_post, n_pre)"
        raise checks.refusal(f"{where}: weights", projection.weights, allowed)
