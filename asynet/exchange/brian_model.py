"""A network's populations and projections in Brian2's equations: see `brian.to_brian2`."""

import re
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from asynet.network.network import Network, Population, Projection
from asynet.network.wiring import synapse_matrix
from asynet.numerics import philox
from asynet.numerics.exact import SNAP, sigmoid
from asynet.types import Array, Rule

Precision = Literal["engine", "double"]
MAGIC = SNAP[np.dtype(np.float32)]


def plain(name: str) -> str:
    """Return a population's name as Brian2 can take it.

    Parameters
    ----------
    name : str
        Characters that Brian2 does not allow become "_".
    """
    return re.sub(r"\W", "_", name)


def namespace_of(
    b2: Any,
    network: Network,
    heat: Array,
    lr: float,
    lagging: bool,
    precision: Precision,
    dt_ms: float,
) -> dict[str, Any]:
    """Return the constants, functions of time, and rounding functions that equations use.

    Parameters
    ----------
    b2 : module
        Brian2.
    network : Network
        Its alpha is a constant.
    heat : array of float, shape (n_half_steps,)
        Temperature of each half-step.
    lr : float
        Learning rate.
    lagging : bool
        Whether the lesson of a half-step is learned in the next one.
    precision : {"engine", "double"}
        Round as the engine does, or not.
    dt_ms : float
        Duration of a half-step, in milliseconds.
    """
    number = np.float32 if precision == "engine" else np.float64

    def _timed(values: Array) -> Any:
        return b2.TimedArray(values.astype(number).astype(np.float64), dt=dt_ms * b2.ms)

    def _pure(function: Callable[[Array], Array]) -> Any:
        return b2.Function(function, arg_units=[1], return_unit=1, stateless=True)

    taught = np.concatenate([heat[:1], heat[:-1]]) if lagging else heat
    return {
        "above": _timed(heat - 1),
        "cold": _timed(1 / heat),
        "above_taught": _timed(taught - 1),
        "cold_taught": _timed(1 / taught),
        "rate": _timed(lr * network.alpha / taught),
        "lesson": _timed(np.arange(len(heat)) >= int(lagging)),
        "alpha": float(number(network.alpha)),
        "keep": float(number(1 - network.alpha)),
        "single": _pure(_single),
        "grid": _pure(_grid),
        "engine_sigmoid": _pure(_engine_sigmoid),
    }


def _single(x: Array) -> Array:
    """Round to float32. Of a sum or product of two float32 it is what float32 would give."""
    return np.asarray(x, np.float64).astype(np.float32).astype(np.float64)


def _grid(x: Array) -> Array:
    """Round float32 values to the grid: see `exact.snap`."""
    return _single(_single(x + MAGIC) - MAGIC)


def _engine_sigmoid(x: Array) -> Array:
    rho: Array = sigmoid(np.asarray(x)).astype(np.float64)
    return rho


def uniforms_of(
    b2: Any, network: Network, name: str, seed: int, chain: int, steps: int, dt_ms: float
) -> Any:
    """Return the engine's uniforms of one chain as a function of time and neuron.

    Parameters
    ----------
    b2 : module
        Brian2.
    network : Network
        Uniforms are drawn by a neuron's column in it.
    name : str
        The population.
    seed, chain : int
        Of the engine.
    steps : int
        Number of half-steps.
    dt_ms : float
        Duration of a half-step, in milliseconds.
    """
    columns = network.columns(name)
    first, size = columns.start, columns.stop - columns.start
    chains = np.array([chain])
    rows = [philox.uniforms(seed, chains, k + 1, first, size)[0] for k in range(steps)]
    return b2.TimedArray(np.array(rows, np.float64), dt=dt_ms * b2.ms)


def neurons_of(
    b2: Any,
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

    Parameters
    ----------
    b2 : module
        Brian2.
    network : Network
        Says how many projections end on the population.
    population : Population
        Of Bernoulli neurons.
    namespace : dict
        What `namespace_of` returns, and the population's own functions of time.
    rule : {"rate", "spike"}, optional
        Learn the biases by this rule.
    lagging : bool
        Whether the lesson of a half-step is learned in the next one.
    precision : {"engine", "double"}
        Round as the engine does, or not.
    dt_ms : float
        Duration of a half-step, in milliseconds.
    """
    r, law = _rounding(precision), _sigmoid(precision)
    count = sum(p.post == population.name for p in network.projections)
    brought = " + ".join(f"I{k}" for k in range(count)) or "0"

    def _rho(above: str, cold: str) -> str:
        bias = r(f"bias + {r(f'{above}(t) * rest')}")
        driven = r(f"alpha * {r(f'({brought}) + {bias}')}")
        a = r(f"{r('keep * s')} + {driven}")
        return law(r(f"{a} * {cold}(t)"))

    uniform = "uniform(t, i)" if "uniform" in namespace else "rand()"
    code = [f"u = {uniform}", f"fired = int(u < {_rho('above', 'cold')})"]
    if rule is not None:
        taught = _rho("above_taught", "cold_taught")
        prediction = f"int(u < {taught})" if rule == "spike" else taught
        target, difference = ("past" if lagging else "s"), f"{{}} - {prediction}"
        error = difference.format(target)
        error = f"grid(single({error}))" if precision == "engine" else error
        code.append(f"error = turn(t) * lesson(t) * ({error})")
        change = r("rate(t) * error")
        code.append(f"bias = {r(f'bias + {change}')}")
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
        name=f"neurons_{plain(population.name)}",
    )
    group.run_regularly("\n".join(code), dt=dt_ms * b2.ms, when="groups", order=1)
    return group


def synapses_of(
    b2: Any,
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

    Parameters
    ----------
    b2 : module
        Brian2.
    projection : Projection
        Synapses from one population to another.
    number : int
        Which of the projections onto its population it is.
    ends : tuple of brian2.NeuronGroup
        Presynaptic and postsynaptic neurons.
    namespace : dict
        What `namespace_of` returns.
    rule : {"rate", "spike"}, optional
        Learn the weights by this rule.
    precision : {"engine", "double"}
        Round as the engine does, or not.
    dt_ms : float
        Duration of a half-step, in milliseconds.
    """
    r = _rounding(precision)
    felt = "grid(w)" if precision == "engine" else "w"
    synapses = b2.Synapses(
        *ends,
        f"w : 1\ndale : 1 (constant)\nI{number}_post = {felt} * s_pre : 1 (summed)",
        dt=dt_ms * b2.ms,
        namespace=namespace,
        name=f"synapses_{plain(projection.post)}_{plain(projection.pre)}",
    )
    listed = synapse_matrix(projection).tocoo()
    synapses.connect(i=listed.col, j=listed.row)
    weights = listed.data.astype(np.float32) if precision == "engine" else listed.data
    synapses.w = weights
    synapses.dale = 0.0 if projection.signs is None else projection.signs[listed.col]
    if rule is not None and projection.plastic:
        change = r(f"rate(t) * {r('error_post * past_pre')}")
        code = [
            f"w = {r(f'w + {change}')}",
            "w = int(dale == 0) * w + int(dale > 0) * clip(w, 0, inf) + int(dale < 0) * "
            "clip(w, -inf, 0)",
        ]
        synapses.run_regularly("\n".join(code), dt=dt_ms * b2.ms, when="synapses")
    return synapses


def _rounding(precision: Precision) -> Callable[[str], str]:
    return (lambda e: f"single({e})") if precision == "engine" else (lambda e: f"({e})")


def _sigmoid(precision: Precision) -> Callable[[str], str]:
    if precision == "engine":
        return lambda x: f"engine_sigmoid({x})"
    return lambda x: f"(1 / (1 + exp(clip(-({x}), -80, 80))))"
