"""The engine of the page gives the spikes of the reference kernel, bit for bit, under Node."""

from pathlib import Path

import numpy as np
import pytest
from live_pages import ask, content_of, live_of, network_of
from scipy.sparse import csr_array

from asynet.network import Network, Population, Projection
from asynet.network.kernels import make_kernel
from asynet.network.kernels.reference import rate
from asynet.numerics import philox
from asynet.numerics.exact import sigmoid
from asynet.report.live.content import rounded
from asynet.report.live.pack import packed
from asynet.report.live.page import live_page
from asynet.thermodynamics.circulation import circulation_of, produced_by_circulation
from asynet.thermodynamics.couplings import couplings_of
from asynet.walkback.prior import Prior
from asynet.walkback.sample import cool
from asynet.walkback.walk import Chains, Clamp, walk

ORDERS = {
    "alternating": {"sizes": (70, 33), "order": (("b",), ("a",))},
    "synchronous": {"sizes": (20, 9), "order": ()},
    "inertia": {"sizes": (20, 9), "order": (("b",), ("a",)), "alpha": 0.3},
    "recurrent": {"sizes": (130,), "order": (), "alpha": 0.7, "kinds": "self"},
    "three": {"sizes": (20, 9, 65), "order": (("c", "a"), ("b",)), "kinds": "self"},
}


def bits(state):
    return "".join(str(int(s)) for s in state)


def test_random_numbers_and_rates_have_the_bits_of_asynet():
    rng = np.random.default_rng(1)
    counters = rng.integers(0, 2**32, (200, 6), dtype=np.uint32)
    counters[0], counters[1] = 0, 2**32 - 1
    x = np.concatenate([rng.normal(0, 8, 20_000), np.linspace(-100, 100, 5_000), [0.0, -0.0]])
    x = x.astype(np.float32)
    words, rates = ask(
        {"philox": [[row[:4].tolist(), row[4:].tolist()] for row in counters]},
        {"sigmoid": packed(x, "<f4")},
    )
    expected = [philox.philox(row[:4], (int(row[4]), int(row[5]))).tolist() for row in counters]
    assert words == expected
    np.testing.assert_array_equal(np.array(rates, np.uint32), sigmoid(x).view(np.uint32))


class Watch:
    """States, rates and entropy production of a walk of the reference kernel."""

    def __init__(self, network):
        self.kernel, self.couplings = make_kernel("reference", network), couplings_of(network)
        self.circulation = circulation_of(self.couplings)
        self.states, self.produced = [], []
        self.rates = np.zeros(network.size, np.float32)

    def __call__(self, half):
        network, heat = self.kernel.network, half.temperature
        for name in half.group:
            a = self.kernel.drive(name, half.before, heat)
            self.rates[network.columns(name)] = rate(a, heat)[0]
        where = (half.index - 1) % len(network.order)
        between = half.before, half.after, heat
        new = produced_by_circulation(self.couplings, self.circulation, where, *between)
        if where == 0:
            self.produced.append(0.0)
        self.produced[-1] += float(new[0])
        if where == len(network.order) - 1:
            self.states.append(bits(half.after[0]))


@pytest.fixture(scope="module")
def walked():
    """Walks of every kind of network: what the reference kernel gives, and what Node gives."""
    watches, questions = {}, []
    for name, kind in ORDERS.items():
        rng = np.random.default_rng(len(name))
        network = network_of(rng, **kind)
        watches[name] = watch = Watch(network)
        start = rng.random(network.size) < 0.4
        held = rng.random(network.size) < 0.2
        temperatures = np.concatenate([np.ones(10), rng.uniform(0.2, 5, 30)])
        chain = 2**55 + 2**33 + 12345
        chains, state = Chains(2**63 - 25, np.array([chain])), watch.kernel.tensor(start[None])
        walk(watch.kernel, state, temperatures, chains, clamp=Clamp(held), observe=[watch])
        asked = {"snapshot": 0, "chain": [chain % 2**32, chain >> 32], "start": bits(start)}
        asked |= {"temperatures": temperatures.tolist(), "held": bits(held)}
        content = content_of(live_page(live_of(network), 16))
        questions.append({"content": content, "walk": asked})
    return dict(zip(watches, zip(watches.values(), ask(*questions), strict=True), strict=True))


@pytest.mark.parametrize("name", ORDERS)
def test_every_spike_is_that_of_the_reference_kernel(walked, name):
    watch, answer = walked[name]
    assert answer["states"] == watch.states
    assert len(set(watch.states)) > 20


@pytest.mark.parametrize("name", ORDERS)
def test_every_rate_has_the_bits_of_the_reference_kernel(walked, name):
    watch, answer = walked[name]
    found = np.array(answer["rates"], np.uint32)
    np.testing.assert_array_equal(found, watch.rates.view(np.uint32))


@pytest.mark.parametrize("name", ORDERS)
def test_entropy_production_is_that_of_the_antisymmetric_weights(walked, name):
    watch, answer = walked[name]
    np.testing.assert_allclose(answer["produced"], watch.produced, rtol=1e-5, atol=2e-4)
    assert np.abs(watch.produced).max() > 0.1


def test_dreams_are_samples_of_asynet_one_chain_after_another():
    network = network_of(np.random.default_rng(5), (70, 33), order=(("b",), ("a",)))
    run = live_of(network, first_chain=2**50 + 2**32 - 2)
    (found,) = ask({"content": content_of(live_page(run, 16)), "dreams": 4})
    n = len(run.rates)
    prior = Prior(run.rates, np.ones(n), np.ones(n, bool))
    chains = Chains(run.seed, run.first_chain + np.arange(4))
    samples = cool(make_kernel("reference", network), prior, run.cooling[::-1], chains)
    assert found == [bits(state) for state in samples]


def listed():
    """A network with a sparse and a masked projection, and one without bias."""
    rng = np.random.default_rng(3)
    there = rng.random((20, 9)) < 0.4
    w = rng.normal(0, 1, (20, 9)).astype(np.float32) * there
    return Network(
        (Population("a", 20), Population("b", 9)),
        (Projection("b", "a", csr_array(w)), Projection("a", "b", w.T, there.T)),
        (("b",), ("a",)),
    )


def test_the_self_test_passes_and_covers_every_snapshot():
    rng = np.random.default_rng(2)
    networks = [network_of(rng, order=(("b",), ("a",))) for _ in range(4)]
    whole = content_of(live_page(live_of(*networks), 16))
    other = content_of(live_page(live_of(*networks[::-1]), 16))
    sparse = content_of(live_page(live_of(listed()), 16))
    swapped = whole | {"snapshots": [other["snapshots"][0], *whole["snapshots"][1:]]}
    for one in whole["snapshots"] + other["snapshots"]:
        assert not any(part["change"] for part in one["weights"]), "random weights do not shrink"
    good, listed_, bad = ask(*({"content": c, "test": True} for c in (whole, sparse, swapped)))
    for result in (good, listed_):
        assert (result["same"], result["steps"], result["differs"]) == (1000, 1000, False)
    assert whole["test"]["own"] is None
    assert bad["differs"]
    assert 212 <= bad["same"] < 222, "the first snapshot runs after 12 + 200 steps"


def test_weights_that_change_little_are_written_as_changes():
    rng = np.random.default_rng(4)
    first = network_of(rng, (60, 50), order=(("b",), ("a",)))
    moved = tuple(
        Projection(p.pre, p.post, p.weights + rng.normal(0, 1e-3, p.weights.shape).astype("f4"))
        for p in first.projections
    )
    second = Network(first.populations, moved, first.order, 1.0, first.bias, first.rest)
    content = content_of(live_page(live_of(first, second, shape=(6, 10)), 16))
    assert all(part["change"] for part in content["snapshots"][1]["weights"])
    (result,) = ask({"content": content, "test": True})
    assert result["same"] == 1000


def test_a_page_of_rounded_weights_has_the_spikes_of_rounded_weights_and_says_so():
    network = network_of(np.random.default_rng(6), order=(("b",), ("a",)))
    coarse = content_of(live_page(live_of(network), 3))
    (result,) = ask({"content": coarse, "test": True})
    assert (result["same"], result["differs"]) == (1000, False)
    assert 1 <= coarse["test"]["own"] < 100
    assert coarse["snapshots"][-1]["bits"] == 3
    again = content_of(live_page(live_of(rounded(network, 3)), 3))
    assert again["test"]["own"] is None, "rounding changes nothing"
    assert again["test"]["checksums"] == coarse["test"]["checksums"]


def test_earlier_weights_are_rounded_more_and_simulated_as_they_are():
    rng = np.random.default_rng(7)
    networks = [network_of(rng, order=(("b",), ("a",))) for _ in range(3)]
    content = content_of(live_page(live_of(*networks), 7))
    assert [one["bits"] for one in content["snapshots"]] == [4, 4, 7]
    (result,) = ask({"content": content, "test": True})
    assert (result["same"], result["differs"]) == (1000, False)


def test_the_page_of_the_documentation_has_the_spikes_of_asynet_and_fits():
    page = Path(__file__).parents[3] / "docs" / "live_quick.html"
    assert page.stat().st_size <= 10**6
    (result,) = ask({"content": content_of(page.read_text()), "test": True})
    assert (result["same"], result["steps"]) == (1000, 1000)
