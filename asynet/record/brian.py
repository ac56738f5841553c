"""Brian2, both ways: a network as a Brian2 model, and a Brian2 model's synapses as a network.

One time step of the model is one half-step: the populations whose turn it is are resampled, given
the rest as it is. The model is written in Brian2's own equations, so that it is a witness of the
engine and not a copy: with `precision="engine"` they round where the engine rounds, and with the
same uniforms spikes and weights are the engine's, bit for bit; with `precision="double"` they are
the plain formulas, and a spike differs where a uniform lies within about 1e-6 of its probability.
"""

import re
from collections.abc import Sequence
from types import ModuleType
from typing import Any, Literal

import numpy as np

from asynet import philox
from asynet.errors import UserError
from asynet.network.connect import projection_of
from asynet.network.exact import SNAP, sigmoid
from asynet.network.network import Network, Population, Projection
from asynet.network.sources import from_pairs
from asynet.network.wiring import synapse_matrix
from asynet.types import Array
from asynet.walkback import Rule

Precision = Literal["engine", "double"]
Order = tuple[tuple[str, ...], ...]
MAGIC = SNAP[np.dtype(np.float32)]


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

    state: (N,) of {0, 1}. seed, chain: the uniforms of that chain of the engine; None: Brian2's
    own. order: groups in the order of their resampling; None: `network.order`, and
    `walkback.heating_order(network)` is the order of a walk that teaches. rule: learn by it, at
    rate lr, as `walkback.heat` and `learn` do online with one chain; where a group's input depends
    on its own state, the lesson of a step is learned in the next, so run one step more.
    Run it for `len(order) * len(temperatures) * dt_ms` milliseconds with the numpy target, and
    look at `model["states_NAME"].s`, `model["spikes_NAME"]`, `model["synapses_POST_PRE"].w` and
    `model["neurons_NAME"].bias`.
    Raises UserError without Brian2, for Gaussian neurons, and for learning in an order of several
    groups with inertia or with synapses inside a group.
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
    space = _namespace(b2, network, heat, lr, lagging, precision, dt_ms)
    objects: dict[str, Any] = {}
    for p in network.populations:
        turn = [float(p.name in groups[k % len(groups)]) for k in range(len(heat))]
        own = {"turn": b2.TimedArray(turn, dt=dt_ms * b2.ms)}
        if seed is not None:
            own["uniform"] = _uniforms(b2, network, p.name, seed, chain, len(heat), dt_ms)
        neurons = _neurons(b2, network, p, space | own, rule, lagging, precision, dt_ms)
        neurons.s = state[network.columns(p.name)]
        neurons.past = neurons.s[:]
        for key, given in (("bias", network.bias), ("rest", network.rest)):
            values = np.asarray(given.get(p.name, np.zeros(p.size)))
            setattr(neurons, key, values.astype(np.float32 if precision == "engine" else float))
        objects[p.name] = neurons
    everything = list(objects.values())
    for p in network.projections:
        number = [q.name for q in network.projections if q.post == p.post].index(p.name)
        ends = objects[p.pre], objects[p.post]
        everything.append(_synapses(b2, p, number, ends, space, rule, precision, dt_ms))
    for name, neurons in objects.items():
        everything.append(b2.SpikeMonitor(neurons, name=f"spikes_{_name(name)}"))
        monitor = b2.StateMonitor(
            neurons, "s", True, dt=dt_ms * b2.ms, when="end", name=f"states_{_name(name)}"
        )
        everything.append(monitor)
    return b2.Network(everything)


def _brian2() -> ModuleType:
    try:
        import brian2
    except ImportError as error:
        raise UserError("Brian2 is not installed: pip install 'asynet[neuro]'") from error
    return brian2


def _name(name: str) -> str:
    return re.sub(r"\W", "_", name)


def _namespace(
    b2: ModuleType,
    network: Network,
    heat: Array,
    lr: float,
    lagging: bool,
    precision: Precision,
    dt_ms: float,
) -> dict[str, Any]:
    """Return the constants, functions of time, and rounding functions that equations use."""
    number = np.float32 if precision == "engine" else np.float64

    def timed(values: Array) -> Any:
        return b2.TimedArray(values.astype(number).astype(np.float64), dt=dt_ms * b2.ms)

    taught = np.concatenate([heat[:1], heat[:-1]]) if lagging else heat
    return {
        "above": timed(heat - 1),
        "cold": timed(1 / heat),
        "above_taught": timed(taught - 1),
        "cold_taught": timed(1 / taught),
        "rate": timed(lr * network.alpha / taught),
        "lesson": timed(np.arange(len(heat)) >= int(lagging)),
        "alpha": float(number(network.alpha)),
        "keep": float(number(1 - network.alpha)),
        "single": b2.check_units(x=1, result=1)(_single),
        "grid": b2.check_units(x=1, result=1)(_grid),
        "engine_sigmoid": b2.check_units(x=1, result=1)(_engine_sigmoid),
    }


def _single(x: Array) -> Array:
    """Round to float32. Of a sum or product of two float32 it is what float32 would give."""
    return np.asarray(x, np.float64).astype(np.float32).astype(np.float64)


def _grid(x: Array) -> Array:
    """Round float32 values to the grid: see `exact.snap`."""
    return _single(_single(x + MAGIC) - MAGIC)


def _engine_sigmoid(x: Array) -> Array:
    return sigmoid(np.asarray(x)).astype(np.float64)


def _uniforms(
    b2: ModuleType, network: Network, name: str, seed: int, chain: int, steps: int, dt_ms: float
) -> Any:
    """Return the engine's uniforms of one chain as a function of time and neuron."""
    columns = network.columns(name)
    first, size = columns.start, columns.stop - columns.start
    chains = np.array([chain])
    rows = [philox.uniforms(seed, chains, k + 1, first, size)[0] for k in range(steps)]
    return b2.TimedArray(np.array(rows, np.float64), dt=dt_ms * b2.ms)


def _neurons(
    b2: ModuleType,
    network: Network,
    population: Population,
    namespace: dict[str, Any],
    rule: Rule | None,
    lagging: bool,
    precision: Precision,
    dt_ms: float,
) -> Any:
    """Return the population: a state, the last one, what synapses bring, and how it is resampled.

    a = (1 - alpha) s + alpha (I + b + (T - 1) rest); s' = 1 where u < sigmoid(a / T).
    """
    r, law = _rounding(precision), _sigmoid(precision)
    count = sum(p.post == population.name for p in network.projections)
    brought = " + ".join(f"I{k}" for k in range(count)) or "0"

    def rho(above: str, cold: str) -> str:
        bias = r(f"bias + {r(f'{above}(t) * rest')}")
        driven = r(f"alpha * {r(f'({brought}) + {bias}')}")
        a = r(f"{r('keep * s')} + {driven}")
        return law(r(f"{a} * {cold}(t)"))

    uniform = "uniform(t, i)" if "uniform" in namespace else "rand()"
    code = [f"u = {uniform}", f"fired = int(u < {rho('above', 'cold')})"]
    if rule is not None:
        taught = rho("above_taught", "cold_taught")
        prediction = f"int(u < {taught})" if rule == "spike" else taught
        target, difference = ("past" if lagging else "s"), f"{{}} - {prediction}"
        error = difference.format(target)
        error = f"grid(single({error}))" if precision == "engine" else error
        code.append(f"error = turn(t) * lesson(t) * ({error})")
        code.append(f"bias = {r(f'bias + {r("rate(t) * error")}')}")
    code += ["past = s", "s = turn(t) * fired + (1 - turn(t)) * s"]
    equations = ["s : 1", "past : 1", "error : 1", "bias : 1", "rest : 1"]
    equations += [f"I{k} : 1" for k in range(count)]
    group = b2.NeuronGroup(
        population.size,
        "\n".join(equations),
        threshold="s > 0.5 and turn(t) > 0.5",
        reset="",
        dt=dt_ms * b2.ms,
        namespace=namespace,
        name=f"neurons_{_name(population.name)}",
    )
    group.run_regularly("\n".join(code), dt=dt_ms * b2.ms, when="groups", order=1)
    return group


def _synapses(
    b2: ModuleType,
    projection: Projection,
    number: int,
    ends: tuple[Any, Any],
    namespace: dict[str, Any],
    rule: Rule | None,
    precision: Precision,
    dt_ms: float,
) -> Any:
    """Return the projection: weights, what neurons feel of them, and the local rule.

    dW_ij = lr (alpha / T) error_i s_j, s_j the presynaptic state before the half-step.
    """
    r = _rounding(precision)
    felt = "grid(w)" if precision == "engine" else "w"
    synapses = b2.Synapses(
        *ends,
        f"w : 1\nsign : 1 (constant)\nI{number}_post = {felt} * s_pre : 1 (summed)",
        dt=dt_ms * b2.ms,
        namespace=namespace,
        name=f"synapses_{_name(projection.post)}_{_name(projection.pre)}",
    )
    listed = synapse_matrix(projection).tocoo()
    synapses.connect(i=listed.col, j=listed.row)
    weights = listed.data.astype(np.float32) if precision == "engine" else listed.data
    synapses.w = weights
    synapses.sign = 0.0 if projection.signs is None else projection.signs[listed.col]
    if rule is not None and projection.plastic:
        change = r(f"rate(t) * {r('error_post * past_pre')}")
        code = [
            f"w = {r(f'w + {change}')}",
            "w = int(sign == 0) * w + int(sign > 0) * clip(w, 0, inf) + int(sign < 0) * "
            "clip(w, -inf, 0)",
        ]
        synapses.run_regularly("\n".join(code), dt=dt_ms * b2.ms, when="synapses")
    return synapses


def _rounding(precision: Precision) -> Any:
    return (lambda e: f"single({e})") if precision == "engine" else (lambda e: f"({e})")


def _sigmoid(precision: Precision) -> Any:
    if precision == "engine":
        return lambda x: f"engine_sigmoid({x})"
    return lambda x: f"(1 / (1 + exp(clip(-({x}), -80, 80))))"


def from_brian2(*synapses: Any, weight: str = "w", scale: Any = 1.0, order: Order = ()) -> Network:
    """Return a network with the groups and weights of Brian2 `Synapses`.

    Each group becomes a population of its name, whose neurons toss coins that their input biases:
    what is taken is who projects to whom, how strongly, and not the neurons' equations. weight: the
    synapses' variable, divided by `scale` (say `1 * mV`) to make a number. Several synapses of a
    pair of neurons add up. order: see `Network`.
    Raises UserError for subgroups, a variable that is not there, and weights with units.
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
