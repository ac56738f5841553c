"""What a network is: populations, projections with weights of their own, an update order."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import issparse

from asynet.types import Array, Law, Matrix


@dataclass(frozen=True)
class Population:
    """A named group of neurons that share a law.

    sigma: standard deviation of a Gaussian neuron's noise at T = 1, in the state's units.
    """

    name: str
    size: int
    law: Law = "bernoulli"
    sigma: float = 1.0


@dataclass(frozen=True)
class Projection:
    """Synapses from one population to another (or to itself).

    weights: (n_post, n_pre); weights[i, j] is the synapse from j to i. Compressed sparse rows
        (scipy.sparse.csr_array, without duplicates) hold the synapses that exist, and are
        simulated as such; a stored 0 is a synapse.
    mask: (n_post, n_pre) bool, where synapses exist; None: everywhere, or where stored.
    signs: (n_pre,) of +1 and -1, the sign that Dale's law gives a presynaptic neuron's
        synapses; 0 leaves it free; None: all free.
    """

    pre: str
    post: str
    weights: Matrix
    mask: Array | None = None
    signs: Array | None = None
    plastic: bool = True

    @property
    def name(self) -> str:
        """The projection's name, `post<-pre`."""
        return f"{self.post}<-{self.pre}"

    @property
    def sparse(self) -> bool:
        """Whether the weights are stored as a list of synapses."""
        return bool(issparse(self.weights))

    @property
    def n_synapses(self) -> int:
        """Number of synapses that exist."""
        if self.sparse:
            return int(self.weights.nnz)
        return int(self.weights.size if self.mask is None else self.mask.sum())


@dataclass(frozen=True)
class Network:
    """Populations, projections, biases, and the order in which groups are resampled.

    The state is (B, size): the populations' columns side by side, in their order.
    bias: name -> (n,) drive of each neuron without input; absent names have zeros.
    rest: name -> (n,) drive that heating adds: at temperature T the bias is
        bias + (T - 1) rest, so that a very hot neuron fires with sigmoid(rest). With the
        logit of the data's mean, heating forgets correlations before it forgets rates; with
        zeros (the default), hot neurons are fair coins.
    order: groups of population names; one step resamples each group once, in this order, each
        given the state as it then is. Left empty: one group of all.
    alpha: weight of the input against the neuron's own last state, a = (1-alpha) s + alpha F(s).
    """

    populations: tuple[Population, ...]
    projections: tuple[Projection, ...]
    order: tuple[tuple[str, ...], ...] = ()
    alpha: float = 1.0
    bias: Mapping[str, Array] = field(default_factory=dict)
    rest: Mapping[str, Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check names and shapes; raise ValueError on the first that does not fit."""
        names = [p.name for p in self.populations]
        if len(set(names)) != len(names):
            raise ValueError(f"populations need different names, got {names}")
        if not self.order:
            object.__setattr__(self, "order", (tuple(names),))
        if sorted(name for group in self.order for name in group) != sorted(names):
            raise ValueError(f"order {self.order} must hold each of {names} exactly once")
        if not 0 < self.alpha <= 1:
            raise ValueError(f"alpha must be in (0, 1], got {self.alpha}")
        pairs = [(p.pre, p.post) for p in self.projections]
        if len(set(pairs)) != len(pairs):
            raise ValueError("two projections share both ends; add their weights instead")
        for projection in self.projections:
            shape = (self[projection.post].size, self[projection.pre].size)
            for what in ("weights", "mask"):
                array = getattr(projection, what)
                if array is not None and array.shape != shape:
                    raise ValueError(f"{projection.name}: {what} {array.shape}, not {shape}")
            if projection.sparse:
                _check_sparse(projection)
            signs = projection.signs
            if signs is not None and signs.shape != shape[1:]:
                raise ValueError(f"{projection.name}: signs {signs.shape}, not {shape[1:]}")
        for vectors in (self.bias, self.rest):
            for name, vector in vectors.items():
                if vector.shape != (self[name].size,):
                    raise ValueError(f"bias of {name}: {vector.shape}, not ({self[name].size},)")

    def __getitem__(self, name: str) -> Population:
        """Return the population of that name; KeyError if there is none."""
        for population in self.populations:
            if population.name == name:
                return population
        raise KeyError(name)

    @property
    def size(self) -> int:
        """Number of neurons."""
        return sum(p.size for p in self.populations)

    @property
    def n_synapses(self) -> int:
        """Number of synapses that exist."""
        return sum(p.n_synapses for p in self.projections)

    @property
    def dtype(self) -> np.dtype[np.float32] | np.dtype[np.float64]:
        """The state's dtype: float32 where all neurons spike, float64 with Gaussian ones."""
        spiking = all(p.law == "bernoulli" for p in self.populations)
        return np.dtype(np.float32) if spiking else np.dtype(np.float64)

    @property
    def listed(self) -> bool:
        """Whether some projections are lists of synapses, too large perhaps for whole matrices."""
        return any(p.sparse for p in self.projections)

    def columns(self, name: str) -> slice:
        """Return the population's columns in the state."""
        start = 0
        for population in self.populations:
            if population.name == name:
                return slice(start, start + population.size)
            start += population.size
        raise KeyError(name)

    def projection(self, post: str, pre: str) -> Projection:
        """Return the projection onto `post` from `pre`; KeyError if there is none."""
        for projection in self.projections:
            if (projection.post, projection.pre) == (post, pre):
                return projection
        raise KeyError(f"{post}<-{pre}")

    def self_free(self, group: tuple[str, ...]) -> bool:
        """Whether the group's input does not depend on the group's own state.

        Then the pre-activation is the same before and after the group is resampled, and one
        product serves the sample and the learning of its reverse.
        """
        recurrent = any(p.pre in group and p.post in group for p in self.projections)
        return self.alpha == 1.0 and not recurrent


def _check_sparse(projection: Projection) -> None:
    weights = projection.weights
    if projection.mask is not None:
        raise ValueError(f"{projection.name}: sparse weights are their own mask")
    if weights.format != "csr" or not weights.has_canonical_format:
        raise ValueError(
            f"{projection.name}: sparse weights must be csr_array with sorted columns and no "
            "duplicates (call sum_duplicates)"
        )
