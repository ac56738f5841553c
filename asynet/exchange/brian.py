"""Brian2, both ways: a network as a Brian2 model, and a Brian2 model's synapses as a network.

One time step of the model is one half-step: the populations whose turn it is are resampled, given
the rest as it is. The model is written in Brian2's own equations, so that it is a witness of the
engine and not a copy: with `precision="engine"` they round where the engine rounds, and with the
same uniforms spikes and weights are the engine's, bit for bit; with `precision="double"` they are
the plain formulas, and a spike differs where a uniform lies within about 1e-6 of its probability.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from asynet.errors import UserError
from asynet.exchange.brian_model import (
    Precision,
    namespace_of,
    neurons_of,
    plain,
    synapses_of,
    uniforms_of,
)
from asynet.exchange.connectome import from_pairs
from asynet.network.connect import projection_of
from asynet.network.network import Network, Population
from asynet.types import Array, Rule

Order = tuple[tuple[str, ...], ...]


def to_brian2(
    network: Network,
    temperatures: Sequence[float] | Array,
    state: Array,
    seed: int | None = None,
    chain: int = 0,
    order: Order | None = None,
    rule: Rule | None = None,
    lr: float = 0.0,
    precision: Precision = "engine",
    dt_ms: float = 1.0,
) -> Any:
    """Return a `brian2.Network` that walks from `state` through `temperatures`, one a step.

    Run it for `len(order) * len(temperatures) * dt_ms` milliseconds with the numpy target, and
    look at `model["states_NAME"].s`, `model["spikes_NAME"]`, `model["synapses_POST_PRE"].w` and
    `model["neurons_NAME"].bias`.

    Parameters
    ----------
    network : Network
        Of Bernoulli neurons.
    temperatures : sequence of float
        Of each step; factors on the variance.
    state : array of {0, 1}, shape (N,)
        Where the walk starts.
    seed : int, optional
        Of the engine, whose uniforms are then used. None: Brian2 draws its own.
    chain : int
        Id of the engine's chain whose uniforms are used.
    order : tuple of tuple of str, optional
        Groups in the order of their resampling. None: `network.order`. A walk that teaches has
        the order `walkback.heating_order(network)`.
    rule : {"rate", "spike"}, optional
        Learn by this rule, as `walkback.heat` and `learn` do online with one chain. Where a
        group's input depends on its own state, the lesson of a step is learned in the next one, so
        run one step more. None: do not learn.
    lr : float
        Learning rate.
    precision : {"engine", "double"}
        Round as the engine does, or not.
    dt_ms : float
        Duration of a half-step, in milliseconds.

    Raises
    ------
    UserError
        Without Brian2, for Gaussian neurons, and for learning in an order of several groups with
        inertia or with synapses inside a group.
    """
    b2 = _brian2()
    groups = network.order if order is None else order
    if any(p.law != "bernoulli" for p in network.populations):
        raise UserError("to_brian2: only Bernoulli neurons can be taken to Brian2")
    at_once = all(network.self_free(group) for group in groups)
    if rule is not None and len(groups) > 1 and not at_once:
        raise UserError("to_brian2: learning needs one group, or groups without inner synapses")
    heat = np.repeat(np.asarray(temperatures, np.float64), len(groups))
    lagging = rule is not None and not at_once
    if lagging:
        heat = np.append(heat, heat[-1])
    space = namespace_of(b2, network, heat, lr, lagging, precision, dt_ms)
    objects: dict[str, Any] = {}
    for p in network.populations:
        turn = [float(p.name in groups[k % len(groups)]) for k in range(len(heat))]
        own = {"turn": b2.TimedArray(turn, dt=dt_ms * b2.ms)}
        if seed is not None:
            own["uniform"] = uniforms_of(b2, network, p.name, seed, chain, len(heat), dt_ms)
        neurons = neurons_of(b2, network, p, space | own, rule, lagging, precision, dt_ms)
        neurons.s = state[network.columns(p.name)]
        neurons.past = neurons.s[:]
        for key, given in (("bias", network.bias), ("rest", network.rest)):
            values = np.asarray(given.get(p.name, np.zeros(p.size)))
            setattr(neurons, key, values.astype(np.float32 if precision == "engine" else float))
        objects[p.name] = neurons
    everything = list(objects.values())
    for one in network.projections:
        number = [q.name for q in network.projections if q.post == one.post].index(one.name)
        ends = objects[one.pre], objects[one.post]
        everything.append(synapses_of(b2, one, number, ends, space, rule, precision, dt_ms))
    for name, neurons in objects.items():
        everything.append(b2.SpikeMonitor(neurons, name=f"spikes_{plain(name)}"))
        monitor = b2.StateMonitor(
            neurons, "s", True, dt=dt_ms * b2.ms, when="end", name=f"states_{plain(name)}"
        )
        everything.append(monitor)
    return b2.Network(everything)


def _brian2() -> Any:
    try:
        import brian2
    except ImportError as error:
        raise UserError("Brian2 is not installed: pip install 'asynet[neuro]'") from error
    return brian2


def from_brian2(*synapses: Any, weight: str = "w", scale: Any = 1.0, order: Order = ()) -> Network:
    """Return a network with the groups and weights of Brian2 `Synapses`.

    Each group becomes a population of its name, of Bernoulli neurons: who projects to whom and how
    strongly is taken, the neurons' equations are not. Several synapses of a pair of neurons add up.

    Parameters
    ----------
    *synapses : brian2.Synapses
        Between whole groups.
    weight : str
        The synapses' variable.
    scale : float or brian2.Quantity
        What the weights are divided by to make numbers, such as `1 * mV`.
    order : tuple of tuple of str
        Groups of populations that are resampled together; see `Network`.

    Raises
    ------
    UserError
        For subgroups, a variable that is not there, and weights with units.
    """
    b2 = _brian2()
    populations: dict[str, Population] = {}
    found: dict[tuple[str, str], Any] = {}
    for one in synapses:
        for group in (one.source, one.target):
            if isinstance(group, b2.Subgroup):
                raise UserError(f"from_brian2: {one.name} is of a subgroup; take whole groups")
            populations[group.name] = Population(group.name, len(group))
        if weight not in one.variables:
            raise UserError(f"from_brian2: {one.name} has no variable {weight!r}; give weight=")
        values = getattr(one, weight)[:] / scale
        if not b2.have_same_dimensions(values, 1):
            unit = b2.get_unit(b2.get_dimensions(values))
            raise UserError(f"from_brian2: {one.name}.{weight} is in {unit}; give scale=1*{unit}")
        pair = one.target.name, one.source.name
        shape = len(one.target), len(one.source)
        pre, post = (np.asarray(end[:], np.int64) for end in (one.i, one.j))
        matrix = from_pairs(pre, post, np.asarray(values), shape)
        found[pair] = found[pair] + matrix if pair in found else matrix
    projections = tuple(
        projection_of(populations[pre], populations[post], matrix)
        for (post, pre), matrix in found.items()
    )
    return Network(tuple(populations.values()), projections, order)
