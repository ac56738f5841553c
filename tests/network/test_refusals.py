"""What is not allowed is refused, in one line that names the argument, the value, what is allowed.

The first part is a table of mistakes; the second feeds nonsense to everything public; the third
asks all kernels the same wrong questions.
"""

import re

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nonsense import NONSENSE, answers_or_refuses
from scipy.sparse import csr_array, csr_matrix

from asynet.errors import UserError
from asynet.network import Network, Population, Projection
from asynet.network.afferents import Plasticity
from asynet.network.connect import (
    AllToAll,
    Distance,
    FixedInDegree,
    FixedOutDegree,
    FixedProbability,
    Weights,
    connect,
    dale_signs,
)
from asynet.network.kernels import Fire, Teach, make_kernel
from asynet.walkback.chains import Chains
from asynet.walkback.heat import heat
from asynet.walkback.sample import complete
from asynet.walkback.schedules import cooling, geometric, heating, heating_steps, learning_rate
from asynet.walkback.walk import Clamp, infer_hidden, walk

KERNELS = ["reference", "numba", "torch"]
V, H, G = Population("v", 3), Population("h", 2), Population("g", 2, "gaussian")
UP, DOWN = Projection("v", "h", np.ones((2, 3))), Projection("h", "v", np.ones((3, 2)))
NET = Network((V, H), (UP, DOWN), (("h",), ("v",)))
MIXED = Network((V, G), (Projection("v", "g", np.ones((2, 3))),))
CHAINS = Chains(1, np.arange(4))
KERNEL = make_kernel("reference", NET)
START = KERNEL.tensor(np.ones((4, 5)))
HELD = np.array([True, False, False, False, False])
NAN = float("nan")
BAD = np.array([[1, 1, NAN], [1, 1, 1]])


def project(**changes):
    return Projection(**{"pre": "v", "post": "h", "weights": np.ones((2, 3)), **changes})


def network(**changes):
    return Network(**{"populations": (V, H), "projections": (UP,), **changes})


def joined(**changes):
    given = {"pre": V, "post": H, "rule": AllToAll(), "weights": Weights(1.0), "seed": 1}
    return connect(**given | changes)


def walked(**changes):
    given = {"kernel": KERNEL, "state": START, "temperatures": [1.0], "chains": CHAINS}
    return walk(**given | changes)


def heated(**changes):
    given = {"kernel": KERNEL, "state": START, "temperatures": [1.0], "chains": CHAINS}
    return list(heat(**given | changes))


def mixed(**changes):
    kernel = make_kernel("reference", MIXED)
    state = kernel.tensor(np.ones((4, 5)))
    given = {"kernel": kernel, "state": state, "temperatures": [1.0], "chains": CHAINS}
    return walk(**given | changes)


REFUSED = [
    (Population, ("a", 3, "poisson"), "population a: law: 'poisson' .* bernoulli, gaussian"),
    (Population, (7, 3), "population name: 7 .* letters"),
    (Population, ("", 3), "population name: '' .* letters"),
    (Population, ("a/b", 3), "population name: 'a/b' .* letters"),
    (Population, ("a", -3), "population a: size: -3 .* from 1"),
    (Population, ("a", 0), "population a: size: 0 .* from 1"),
    (Population, ("a", 2.5), "population a: size: 2.5 .* whole number"),
    (Population, ("a", True), "population a: size: True .* whole number"),
    (Population, ("a", 3, "gaussian", 0), "population a: sigma: 0 .* above 0"),
    (Population, ("a", 3, "gaussian", NAN), "population a: sigma: nan .* finite .* above 0"),
    (Population, ("a", 3, "bernoulli", 2.0), "sigma: 2.0 .* only gaussian"),
    (project, {"weights": BAD}, "projection h<-v: weights: nan .* finite; 1 are not"),
    (project, {"weights": BAD - np.inf}, "projection h<-v: weights: .* finite; 6 are not"),
    (project, {"weights": "strong"}, "weights: 'strong' .* array of real numbers"),
    (project, {"weights": np.ones(3)}, r"weights: ndarray of float64 .* \(n_post, n_pre\)"),
    (project, {"weights": csr_array(BAD)}, "weights: nan .* finite"),
    (project, {"weights": np.ones((2, 3)) * 1j}, "weights: ndarray of complex128"),
    (project, {"signs": np.array([1, -1, 1])}, "weights: 2 have the wrong sign"),
    (project, {"weights": csr_array(UP.weights), "signs": np.array([1, -1, 0])}, "2 have the wr"),
    (project, {"signs": np.array([1, 2, 1])}, r"signs: .* 3 whole numbers \+1, -1 or 0"),
    (project, {"signs": np.ones(3)}, "signs: ndarray of float64 .* whole numbers"),
    (project, {"signs": np.ones(2, int)}, r"signs: ndarray .* shape \(2,\)"),
    (project, {"mask": np.zeros((2, 3), bool)}, "weights: 6 are not 0 where mask is False"),
    (project, {"mask": np.ones((3, 2), bool)}, r"mask: ndarray of bool and shape \(3, 2\)"),
    (project, {"mask": np.ones((2, 3))}, "mask: ndarray of float64 .* must be bool"),
    (project, {"mask": 1}, "mask: 1 .* must be bool"),
    (project, {"plastic": "yes"}, "plastic: 'yes' .* True or False"),
    (project, {"pre": 3}, "pre: 3 .* population's name"),
    (network, {"projections": (project(pre="x"),)}, "projection h<-x: pre: 'x' .* v, h"),
    (network, {"projections": (project(post="x"),)}, "projection x<-v: post: 'x' .* v, h"),
    (network, {"projections": (UP, UP)}, "two share both ends"),
    (network, {"projections": (5,)}, "projections: 5 .* Projection"),
    (network, {"populations": (V, V)}, "different names"),
    (network, {"populations": ()}, "one or more"),
    (network, {"populations": "vh"}, "populations: 'vh' .* tuple of Population"),
    (network, {"order": (("v",),)}, "order: .* v, h exactly once"),
    (network, {"order": ("vh",)}, "order: .* groups"),
    (network, {"order": "vh"}, "order: 'vh' .* groups"),
    (network, {"alpha": NAN}, "alpha: nan .* above 0 and at most 1|alpha: nan .* finite"),
    (network, {"alpha": 0}, "alpha: 0 .* above 0"),
    (network, {"alpha": 1.5}, "alpha: 1.5 .* at most 1"),
    (network, {"bias": {"v": np.array([0, NAN, 0])}}, "bias of v: nan .* finite"),
    (network, {"bias": {"x": np.zeros(3)}}, "bias: 'x' .* v, h"),
    (network, {"bias": [1]}, "bias: .* mapping"),
    (network, {"rest": {"v": np.zeros(2)}}, r"rest of v: .*\(2,\) .* shape \(3,\)"),
    (network, {"rest": {"v": np.full(3, np.inf)}}, "rest of v: inf .* finite"),
    (Weights, {"law": "lognorm"}, "weights: law: 'lognorm' .* lognormal"),
    (Weights, {"std": -1}, "weights: std: -1 .* at least 0"),
    (Weights, {"mean": np.inf}, "weights: mean: inf .* finite"),
    (Weights, {"mean": 0.0, "law": "lognormal"}, "weights: mean: 0.0 .* above 0 for lognormal"),
    (FixedProbability, (0.0,), "probability: 0.0 .* above 0 and at most 1"),
    (FixedProbability, (1.5,), "probability: 1.5 .* at most 1"),
    (FixedInDegree, (0,), "count: 0 .* whole number from 1"),
    (FixedInDegree, (2.5,), "count: 2.5 .* whole number"),
    (FixedOutDegree, (-1,), "count: -1 .* whole number"),
    (Distance, (0.5, 0.1, "gauss"), "fall: 'gauss' .* gaussian, exponential"),
    (Distance, (0.5, 0.1, "gaussian", "Torus"), "space: 'Torus' .* ring, line, torus, grid"),
    (Distance, (0.5, 0.0), "scale: 0.0 .* above 0"),
    (Distance, (2, 0.1), "probability: 2 .* at most 1"),
    (joined, {"dale": 1.5}, "dale: 1.5 .* at least 0 and at most 1"),
    (joined, {"pre": "v"}, "pre: 'v' .* a Population"),
    (joined, {"rule": "all"}, "rule: 'all' .* a rule"),
    (joined, {"weights": 0.1}, r"weights: 0.1 .* Weights\("),
    (joined, {"seed": -1}, "seed: -1 .* from 0"),
    (joined, {"seed": None}, "seed: None .* whole number"),
    (joined, {"pre": Population("b", 10**6), "post": Population("a", 10**6)}, "2000000000"),
    (dale_signs, (4, -0.1), "dale: -0.1 .* at least 0"),
    (Chains, (-1, np.arange(3)), "chains: seed: -1 .* from 0"),
    (Chains, (2**64, np.arange(3)), "chains: seed: 18446744073709551616"),
    (Chains, (1, np.array([-1])), "chains: indices: -1 .* from 0"),
    (Chains, (1, np.array([2**56])), "chains: indices: 72057594037927936 .* from 0"),
    (Chains, (1, np.array([0.0])), "chains: indices: ndarray of float64 .* whole numbers"),
    (Chains, (1, 3), "chains: indices: 3 .* array of whole numbers"),
    (Clamp, (np.array([0, 1]),), "clamp: neurons: ndarray of int64 .* bool"),
    (Clamp, (HELD, "on"), "clamp: state: 'on' .* real numbers"),
    (walked, {"kernel": NET}, r"kernel: Network\(.* make_kernel\('numba', network\)"),
    (walked, {"chains": 4}, r"chains: 4 .* Chains\(seed, indices\)"),
    (walked, {"chains": Chains(1, np.arange(3))}, r"state: .* \(4, 5\) .* shape \(3, 5\)"),
    (walked, {"state": START[0]}, r"state: ndarray .* \(5,\) .* shape \(4, 5\)"),
    (walked, {"state": START[:, :4]}, r"state: ndarray .* \(4, 4\) .* shape \(4, 5\)"),
    (walked, {"state": START / 2}, "state: 0.5 .* 0 or 1"),
    (walked, {"state": START * np.float32(NAN)}, "state: nan .* 0 or 1"),
    (walked, {"state": START.astype(np.float64)}, "state: .* float64 .* float32, C-contiguous"),
    (walked, {"state": [[1.0] * 5] * 4}, "state: .* from kernel.tensor"),
    (mixed, {"state": np.full((4, 5), np.inf)}, "state of v: inf .* 0 or 1"),
    (mixed, {"state": np.array([[1, 0, 1, NAN, 0.5]] * 4)}, "state of g: 4 values are not finite"),
    (walked, {"temperatures": [1.0, 0.0]}, "temperatures: step 2: 0.0 .* above 0"),
    (walked, {"temperatures": np.array([1.0, NAN])}, "temperatures: step 2: nan .* finite"),
    (walked, {"temperatures": iter([1.0, -2])}, "temperatures: step 2: -2 .* above 0"),
    (walked, {"temperatures": 1.0}, "temperatures: 1.0 .* a step"),
    (walked, {"steps_done": -1}, "steps_done: -1 .* from 0"),
    (walked, {"clamp": HELD}, "clamp: ndarray of bool .* a Clamp"),
    (walked, {"clamp": Clamp(HELD[:4])}, r"clamp: neurons: .* \(4,\) .* shape \(5,\)"),
    (walked, {"clamp": Clamp(HELD, np.full(5, 0.5))}, "clamp: state of v: 0.5 .* 0 or 1"),
    (walked, {"clamp": Clamp(HELD, np.ones(4))}, r"clamp: state: .* \(5,\) or \(4, 5\)"),
    (walked, {"clamp": lambda _: HELD}, "clamp at step 1: .* a Clamp"),
    (walked, {"clamp": lambda _: Clamp(HELD, np.full(5, 2))}, "clamp: state of v: 2 .* 0 or 1"),
    (walked, {"drive": 1.0}, "drive: 1.0 .* an array, or a function of the step"),
    (walked, {"drive": lambda _: np.ones(4)}, r"drive at step 1: .* \(5,\) or \(4, 5\)"),
    (walked, {"drive": lambda _: np.full(5, 64.0)}, "drive at step 1: 64.0 .* below 64"),
    (walked, {"drive": lambda _: np.full(5, NAN)}, "drive at step 1: nan .* below 64"),
    (walked, {"observe": print}, "observe: .* functions of a HalfStep"),
    (heated, {"kernel": NET}, "kernel: .* make_kernel"),
    (heated, {"rule": "hebb"}, "rule: 'hebb' .* rate, spike"),
    (heated, {"objective": "loss"}, "objective: 'loss' .* walkback"),
    (heated, {"order": (("x",),)}, "order: .* groups"),
    (heated, {"state": START / 2}, "state: 0.5 .* 0 or 1"),
    (infer_hidden, (KERNEL, START, CHAINS), r"visible: .* \(4, 5\) .* shape \(4, 3\)"),
    (infer_hidden, (KERNEL, START[:, :3] / 3, CHAINS), "visible: 0.33.* 0 or 1"),
    (heating_steps, (0.5, 1.2), "t_max: 0.5 .* at least 1"),
    (heating_steps, (2.0, 1.0), "factor: 1.0 .* above 1"),
    (heating_steps, (2.0, 1 + 1e-12), "factor: 1.0.* larger; heating would take"),
    (heating, (-1, 2.0, 2.0), "prologue: -1 .* from 0"),
    (cooling, (2.0, -1, 0), "steps: -1 .* from 0"),
    (cooling, (2.0, 1, 2.5), "epilogue: 2.5 .* whole number"),
    (geometric, (2.0, 0), "steps: 0 .* from 1"),
    (geometric, (NAN, 3), "t_max: nan .* at least 1"),
    (learning_rate, ("fast", 0.1, 0.5, 0.0), "kind: 'fast' .* constant, linear, cosine"),
    (complete, (KERNEL, START[:, :3], np.arange(3), np.ones(2), CHAINS), "known: .* bool of shape"),
    (make_kernel, ("reference", "net"), "network: 'net' .* a Network"),
]


def call(function, arguments):
    if isinstance(arguments, dict):
        return function(**arguments)
    return function(*arguments)


@pytest.mark.parametrize(("function", "arguments", "message"), REFUSED)
def test_a_mistake_is_refused_in_one_line(function, arguments, message):
    with pytest.raises(ValueError, match=message) as refused:
        call(function, arguments)
    text = str(refused.value)
    assert "\n" not in text
    assert len(text) < 250
    assert re.search("is not allowed|not allowed;|must be|must have|add their", text)


def test_what_is_allowed_is_not_refused():
    """The same calls without their mistakes."""
    signs = np.array([1, 0, 1])
    sparse = csr_array(UP.weights)
    for made in (project(), project(signs=signs), project(weights=sparse, signs=signs)):
        assert network(projections=(made,)).n_synapses == 6
    masked = project(weights=np.eye(3)[:2], mask=np.eye(3, dtype=bool)[:2])
    assert network(projections=[masked], order=[["h"], ["v"]]).order == (("h",), ("v",))
    assert Population("a-1_B", np.int64(3)).size == 3
    half = np.full(5, 0.5)
    half[0] = 1.0
    assert (walked(clamp=Clamp(HELD, half))[:, 0] == 1).all()
    assert mixed(temperatures=(t for t in (1, np.float32(2)))).shape == (4, 5)
    assert geometric(1, 1).tolist() == [1]
    assert connect(V, H, AllToAll(), Weights(), np.random.default_rng(1)).n_synapses == 6
    assert Chains(2**64 - 1, np.array([2**56 - 1], np.uint64)).indices.dtype == np.int64


def test_sparse_weights_of_another_kind_are_refused():
    with pytest.raises(ValueError, match="must be csr_array"):
        project(weights=csr_array(UP.weights).tocsc())
    assert project(weights=csr_matrix(UP.weights)).sparse


NUMBERS = [2**70, -(2**70), 1e-300, 3 + 1j, np.True_, [1.0, 2.0], np.ones(()), np.array("x")]
WORDS = ["v", "gaussian", "lognormal", "torus", b"v", (V, H), (UP,), ("v", "h"), (("v",), ("h",))]
ARRAYS = [csr_array(np.eye(3)), np.ones((2, 3)), np.arange(4), HELD, np.array([None])]
OBJECTS = [V, H, UP, AllToAll(), Weights(), CHAINS, KERNEL, NET, START, Clamp(HELD)]
OTHERS = [torch.ones(4, 5), {"v": np.zeros(3)}, {"v": "x"}, {1: 2}]
FUNCTIONS = [lambda _: None, lambda _: np.ones(5), lambda: 1]
ODD = st.one_of(
    NONSENSE, *(st.sampled_from(x) for x in (NUMBERS, WORDS, ARRAYS, OBJECTS, OTHERS, FUNCTIONS))
)
PUBLIC = [
    (Population, ("a", 3, "gaussian", 1.0)),
    (Projection, ("v", "h", np.ones((2, 3)), np.ones((2, 3), bool), np.array([1, 1, 0]), True)),
    (Network, ((V, H), (UP,), (("h",), ("v",)), 1.0, {"v": np.zeros(3)}, {"h": np.zeros(2)})),
    (Weights, (0.1, 0.2, "lognormal")),
    (FixedProbability, (0.5,)),
    (FixedInDegree, (1,)),
    (FixedOutDegree, (1,)),
    (Distance, (0.5, 0.2, "gaussian", "ring")),
    (connect, (V, H, FixedProbability(0.5), Weights(0.1), 1, 0.5, True, False)),
    (dale_signs, (4, 0.5)),
    (Chains, (1, np.arange(4))),
    (Clamp, (HELD, np.ones(5))),
    (walk, (KERNEL, START, [1.0, 2.0], CHAINS, 0, Clamp(HELD), (), lambda _: np.ones(5))),
    (infer_hidden, (KERNEL, START[:, :3], CHAINS, True)),
    (heated, (KERNEL, START, [1.0, 2.0], CHAINS, "rate", "walkback", True, None, "model")),
    (heating_steps, (2.0, 1.5)),
    (heating, (2, 2.0, 1.5)),
    (cooling, (2.0, 3, 2)),
    (geometric, (2.0, 3)),
    (learning_rate, ("linear", 0.1, 0.5, 0.1)),
]


@pytest.mark.parametrize(("function", "right"), PUBLIC, ids=lambda x: getattr(x, "__name__", ""))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_nonsense_gives_a_result_or_one_line(function, right, data):
    """One or more arguments of a call that works are replaced by something odd."""
    where = data.draw(st.sets(st.integers(0, len(right) - 1), min_size=1))
    arguments = [data.draw(ODD) if i in where else x for i, x in enumerate(right)]
    if function is heated:
        answers_or_refuses(lambda: list(heat(*arguments)))
    else:
        answers_or_refuses(function, *arguments)


@pytest.mark.parametrize(("function", "right"), PUBLIC, ids=lambda x: getattr(x, "__name__", ""))
def test_the_call_that_nonsense_is_put_into_works(function, right):
    assert (list(heat(*right)) if function is heated else function(*right)) is not None


def questions(kernel):
    """Wrong questions by name, and a right one; each a function that asks the kernel."""
    rng = np.random.default_rng(1)
    state = kernel.tensor(rng.integers(0, 2, (4, 5)))
    target = state[:, :3]
    fire = Fire(1.0, 3, np.arange(4), 1)
    wide = kernel.tensor(np.ones((4, 10)))
    double = np.float64 if isinstance(state, np.ndarray) else torch.float64
    cast = (lambda x, t: x.astype(t)) if isinstance(state, np.ndarray) else (lambda x, t: x.to(t))
    foreign = torch.ones(4, 5) if isinstance(state, np.ndarray) else np.ones((4, 5), np.float32)

    def ask(s=state, f=fire, t=None, current=None, name="v"):
        return kernel.respond(name, s, f, t, True, current)

    def asked(chains=None, temperature=1.0, seed=3, step=1):
        chains = np.arange(4) if chains is None else chains
        return ask(f=Fire(temperature, seed, chains, step))

    def learn(s=state, error=None):
        error = kernel.tensor(np.zeros((4, 3))) if error is None else error
        return kernel.learn("v", s, error, 0.1, Plasticity())

    def coincide(error):
        return kernel.coincidences("v", state, error)

    return {
        "right": lambda: ask(t=Teach(1.0, target, True), current=kernel.tensor(np.ones((4, 3)))),
        "right lesson": learn,
        "right drive": lambda: kernel.drive("v", state, 1.0),
        "fewer chains": lambda: asked(np.arange(3)),
        "more chains": lambda: asked(np.arange(5)),
        "one chain": lambda: asked(np.arange(1)),
        "chains of int32": lambda: asked(np.arange(4, dtype=np.int32)),
        "chains of floats": lambda: asked(np.arange(4.0)),
        "chains in a column": lambda: asked(np.arange(4)[:, None]),
        "chains in a list": lambda: asked([0, 1, 2, 3]),
        "every second chain": lambda: asked(np.arange(8)[::2]),
        "temperature 0": lambda: asked(temperature=0.0),
        "temperature nan": lambda: asked(temperature=NAN),
        "temperature in words": lambda: asked(temperature="hot"),
        "negative seed": lambda: asked(seed=-1),
        "long seed": lambda: asked(seed=2**64),
        "negative step": lambda: asked(step=-1),
        "long step": lambda: asked(step=2**32),
        "fire in words": lambda: ask(f="fire"),
        "unknown population": lambda: ask(name="x"),
        "no population": lambda: ask(name=None),
        "no state": lambda: ask(s=None),
        "state of another kind": lambda: ask(s=foreign),
        "state in double precision": lambda: ask(s=cast(state, double)),
        "one row": lambda: ask(s=state[0]),
        "a column less": lambda: ask(s=state[:, :4]),
        "every second column": lambda: ask(s=wide[:, ::2]),
        "transposed": lambda: ask(s=kernel.tensor(np.ones((5, 4))).T),
        "spikes without fire": lambda: ask(f=None, t=Teach(1.0, target, True)),
        "target of other neurons": lambda: ask(t=Teach(1.0, state[:, :2])),
        "fewer targets": lambda: ask(t=Teach(1.0, target[:2])),
        "target in double precision": lambda: ask(t=Teach(1.0, cast(target, double))),
        "teaching at 0": lambda: ask(t=Teach(0.0, target)),
        "current of other neurons": lambda: ask(current=kernel.tensor(np.ones(5))),
        "current in double precision": lambda: ask(current=cast(kernel.tensor(np.ones(3)), double)),
        "fewer errors": lambda: learn(error=kernel.tensor(np.zeros((3, 3)))),
        "errors of other neurons": lambda: learn(error=kernel.tensor(np.zeros((4, 2)))),
        "every second error": lambda: learn(error=kernel.tensor(np.zeros((4, 6)))[:, ::2]),
        "errors of a state too wide": lambda: learn(s=wide),
        "right coincidences": lambda: coincide(kernel.tensor(np.zeros((4, 3)))),
        "coincidences in double precision": lambda: coincide(cast(wide[:, :3], double)),
        "coincidences of every second error": lambda: coincide(wide[:, :6:2]),
        "drive at 0": lambda: kernel.drive("v", state, 0.0),
        "drive of a row": lambda: kernel.drive("v", state[0], 1.0),
        "drive of nothing": lambda: kernel.drive("v", None, 1.0),
        "mean of a row": lambda: kernel.track(state[0]),
    }


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("made", [NET, MIXED])
@pytest.mark.parametrize("what", questions(KERNEL))
def test_kernels_accept_the_same_questions(name, made, what):
    """The rows of a batch beyond the chains that a caller gave are not read."""
    kernel = make_kernel(name, made, threads=1)
    if what == "state in double precision" and made is MIXED:
        pytest.skip("states next to Gaussian neurons are in double precision")
    if what.endswith("double precision") and made is MIXED:
        pytest.skip("so are their targets and currents")
    ask = questions(kernel)[what]
    if what.startswith("right"):
        ask()
        return
    with pytest.raises(ValueError, match="not allowed; must be") as refused:
        ask()
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", KERNELS)
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_nonsense_for_a_kernel_is_refused_by_all_alike(name, data):
    """What the reference answers every kernel answers, and what it refuses every one refuses."""
    reference, kernel = KERNEL, make_kernel(name, NET, threads=1)
    odd = data.draw(st.one_of(ODD, st.sampled_from([np.arange(4), 1.0, 3, 2**32, 2**31, "h"])))
    place = data.draw(st.sampled_from(["population", "temperature", "seed", "chains", "step"]))

    def outcome(k):
        given = {"temperature": 1.0, "seed": 1, "chains": np.arange(4), "step": 1}
        population = odd if place == "population" else "v"
        fire = Fire(**given | ({} if place == "population" else {place: odd}))
        return answers_or_refuses(k.respond, population, k.tensor(np.ones((4, 5))), fire)

    one, other = outcome(reference), outcome(kernel)
    assert isinstance(one, Exception) == isinstance(other, Exception)
    if isinstance(one, Exception):
        assert str(one) == str(other)


def test_a_device_that_is_not_there_is_a_users_mistake():
    with pytest.raises(UserError, match="device 'tpu' is not allowed; must be cpu"):
        make_kernel("torch", NET, "tpu")
