"""The check of a learning rule."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from asynet.errors import UserError
from asynet.network.afferents import Afferents, gather
from asynet.network.kernels import make_kernel
from asynet.network.network import Network, Population, Projection
from asynet.network.wiring import synapse_matrix
from asynet.plugins import Part
from asynet.testing.part import part_of, require
from asynet.types import Array, KernelName
from asynet.walkback.chains import Chains
from asynet.walkback.heat import heat
from asynet.walkback.local_learner import LocalRule, NetworkLearner
from asynet.walkback.own_rule import Gradient, OwnRule, Seen

SIZES = {"visible": 7, "hidden": 5}
CHAINS = 16
TEMPERATURES = (1.0, 1.0, 1.7, 3.0)
STEPS = 3  # of a rule's running means, before locality is looked at
RATE = 0.05


def check_rule(rule: Callable[..., Any], **options: Any) -> None:
    """Check a learning rule: locality, kernels, and that its numbers depend on nothing else.

    Two populations, `visible` and `hidden`, learn from walks of 16 chains. Each of the three
    kernels, matrices and lists of synapses, and another order of the chains must give the same
    weights, to the last bit. Then everything changes except what neurons j and i do, and the weight
    between them: what the rule wants of the synapse from j to i must stay the same, to the last
    bit; and so must what it wants of the bias of i, when all that neuron i receives stays too.

    Parameters
    ----------
    rule : callable
        A function with the decorator `plugins.rule`.
    **options
        Options of the rule.

    Raises
    ------
    AssertionError
        One line, for the first thing that is wrong.
    """
    part = part_of(rule, "rules", options)
    try:
        for post, pre in (("hidden", "visible"), ("visible", "hidden")):
            _check_local(part, post, pre, options)
        _check_kernels(part, options)
    except (ValueError, FloatingPointError, UserError) as error:
        said = " ".join(str(error).split())
        raise AssertionError(f"{part.name}: {said}") from error


def _own(part: Part, options: dict[str, Any]) -> OwnRule:
    return OwnRule(part.name, partial(part, **options), part.sample)


def _check_kernels(part: Part, options: dict[str, Any]) -> None:
    network, order = _network(), np.arange(CHAINS)
    expected = _learned(_own(part, options), "reference", network, order)
    problems: list[tuple[str, KernelName, Network, Array]] = [
        ("the same walks again give other numbers", "reference", network, order),
        ("chains in another order give other numbers", "reference", network, order[::-1].copy()),
        ("the numba kernel gives other numbers", "numba", network, order),
        ("the torch kernel gives other numbers", "torch", network, order),
    ]
    for problem, kernel, same, chains in problems:
        found = _learned(_own(part, options), kernel, same, chains)
        equal = found.keys() == expected.keys() and all(
            np.array_equal(found[key], array) for key, array in expected.items()
        )
        require(equal, part.name, problem)
    lists = tuple(replace(p, weights=synapse_matrix(p), mask=None) for p in network.projections)
    listed = replace(network, projections=lists)
    found = _learned(_own(part, options), "reference", listed, order)
    for name in SIZES:
        wiring = gather(listed, name).wiring
        assert wiring is not None, "its projections are lists"
        matrix = wiring.matrix(found[f"{name}/weights"]).toarray()
        equal = np.array_equal(matrix, expected[f"{name}/weights"])
        require(equal, part.name, "synapses that are stored as lists get other weights")


def _network() -> Network:
    """Return visible and hidden neurons, joined both ways, and hidden ones among themselves."""
    rng, projections = np.random.default_rng(1), []
    for pre, post in (("visible", "hidden"), ("hidden", "visible"), ("hidden", "hidden")):
        mask = rng.random((SIZES[post], SIZES[pre])) < 0.7
        if pre == post:
            np.fill_diagonal(mask, False)
        weights = rng.normal(0, 0.5, mask.shape) * mask
        projections.append(Projection(pre, post, weights, mask))
    populations = tuple(Population(name, size) for name, size in SIZES.items())
    return Network(populations, tuple(projections), (("hidden",), ("visible",)), alpha=0.8)


def _learned(
    rule: OwnRule, kernel_name: KernelName, network: Network, order: Array
) -> dict[str, Array]:
    """Return all that a rule has learned after two walks whose chains come in some order."""
    kernel = make_kernel(kernel_name, network, threads=1)
    learner = NetworkLearner(kernel, LocalRule(momentum=0.5), rule)
    rng = np.random.default_rng(2)
    for walk in range(2):
        state = kernel.tensor((rng.random((CHAINS, network.size)) < 0.4)[order])
        learner.begin(state)
        chains = Chains(walk, order)
        for moment in heat(kernel, state, TEMPERATURES, chains, rule.errors):
            if moment.lesson is not None:
                learner.follow(moment.lesson, RATE, 1.0)
        learner.end(RATE)
    learner.check()
    return learner.arrays()


def _check_local(part: Part, post: str, pre: str, options: dict[str, Any]) -> None:
    """Change everything but the two ends of one synapse, for each of a few synapses."""
    shape = SIZES[pre], SIZES[post]
    onto = gather(
        Network(
            tuple(Population(name, size) for name, size in SIZES.items()),
            (Projection(pre, post, np.zeros(shape[::-1])),),
        ),
        post,
    )
    before = _want(_own(part, options), onto, post, _activity(1, *shape))
    for j, i in ((0, 0), (shape[0] - 1, 1), (2, shape[1] - 1)):
        end = _mixed(_activity(1, *shape), _activity(2, *shape), j, i, whole=False)
        after = _want(_own(part, options), onto, post, end)
        for what in ("replay", "heating"):
            same = np.array_equal(getattr(before, what)[j, i], getattr(after, what)[j, i])
            problem = f"{what} of a synapse depends on neurons at neither of its ends"
            require(same, part.name, problem)
        end = _mixed(_activity(1, *shape), _activity(2, *shape), j, i, whole=True)
        after = _want(_own(part, options), onto, post, end)
        problem = "bias of a neuron depends on others that do not project to it"
        require(before.bias[i] == after.bias[i], part.name, problem)


Activity = list[dict[str, Array]]  # what is seen, by name, one mapping a step


def _activity(seed: int, n_pre: int, n_post: int) -> Activity:
    rng = np.random.default_rng(seed)
    return [
        {
            "pre": (rng.random((CHAINS, n_pre)) < 0.5).astype(np.float64),
            "past": (rng.random((CHAINS, n_post)) < 0.5).astype(np.float64),
            "predicted": rng.integers(0, 2**16, (CHAINS, n_post)) / 2.0**16,
            "weights": rng.normal(0, 0.5, (n_pre, n_post)),
        }
        for _ in range(STEPS)
    ]


def _mixed(kept: Activity, other: Activity, j: int, i: int, whole: bool) -> Activity:
    """Return the other activity, except what neurons j and i do; or except all that i sees."""
    for step, new in zip(kept, other, strict=True):
        for name in ("past", "predicted"):
            new[name][:, i] = step[name][:, i]
        new["pre"][:, j] = step["pre"][:, j]
        new["weights"][j, i] = step["weights"][j, i]
        if whole:
            new["pre"], new["weights"][:, i] = step["pre"], step["weights"][:, i]
    return other


def _want(rule: OwnRule, onto: Afferents, population: str, activity: Activity) -> Gradient:
    """Return what a rule wants at the last of a few steps."""
    means: dict[str, Array] = {}
    for step in activity:
        weights = step["weights"]
        given = {name: step[name] for name in ("pre", "past", "predicted")}
        seen = Seen(population, **given, temperature=1.5, alpha=0.8, means=means,
                    read_weights=lambda weights=weights: weights)  # type: ignore[misc]  # fmt: skip
        found = rule.gradient(seen, onto)
    return found
