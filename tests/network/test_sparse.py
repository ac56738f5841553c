"""Listed synapses give the bits of a dense matrix with a mask, in every kernel."""

from dataclasses import replace

import numba
import numpy as np
import pytest
import torch
from hypothesis import Phase, given, settings
from kernel_cases import CASES, CUDA, DENSE, LEARNED, agree, make, network_of, random_states, use
from scipy.sparse import csr_array

from asynet.network import Network, Population, Projection
from asynet.network.afferents import Plasticity, check_range, gather
from asynet.network.kernels import Fire, Teach, make_kernel, sparse_torch
from asynet.network.kernels.numba_kernel import cores
from asynet.network.learned import network_of as learned_network
from asynet.network.weights import sparse_weight_matrix, symmetrised, weight_matrix
from asynet.network.wiring import list_synapses, synapse_matrix, unlisted
from asynet.numerics.exact import snap
from asynet.symmetry.measure import measure_symmetry


@pytest.fixture(autouse=True, scope="module")
def one_torch_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def listed(network, every=True):
    """Return the same network with its projections (or every other one) as lists of synapses."""
    projections = tuple(
        replace(p, weights=synapse_matrix(p), mask=None) if every or i % 2 else p
        for i, p in enumerate(network.projections)
    )
    return replace(network, projections=projections)


def with_matrices(network, found):
    """Return what `use` found, its listed values as (n_in, n_post) with zeros where no synapse is.

    Velocities of synapses that do not exist mean nothing: they are left out on the dense side.
    """
    answers, learned = found
    for p in network.populations:
        wiring = gather(network, p.name).wiring
        for key in ("weights", "effective", "velocity"):
            if wiring is not None:
                learned[p.name, key] = wiring.matrix(learned[p.name, key]).toarray()
    return answers, learned


def existing(network, found):
    answers, learned = found
    for p in network.populations:
        mask = gather(network, p.name).mask
        if mask.size:
            learned[p.name, "velocity"] = learned[p.name, "velocity"] * mask
    return answers, learned


@pytest.mark.parametrize("name", ["reference", "numba", "torch", CUDA])
@settings(max_examples=6, phases=[Phase.generate])
@given(case=CASES)
def test_listed_synapses_give_the_bits_of_a_mask(name, case):
    dense = network_of(case)
    sparse = listed(dense, every=case.seed % 2 == 0)
    expected = existing(dense, use(case, make_kernel("reference", dense)))
    found = with_matrices(sparse, use(case, make(name, sparse)))
    found = existing(dense, found)
    agree(case, expected, found, "gaussian" in case.laws)


def test_silent_synapses_forget_their_velocity_whoever_set_it():
    """The numba kernel passes over rows of which it knows that they stand still."""
    network = listed(network_of(replace(DENSE, masked=True, sizes=(60, 40))))
    kernels = [make(name, network) for name in ("reference", "numba")]
    name, rng = network.populations[0].name, np.random.default_rng(1)
    n, plasticity = network[name].size, Plasticity()
    state = random_states(network, 1, rng).astype(network.dtype)
    error = snap(rng.normal(0, 0.2, (1, n)).astype(network.dtype))
    moved = rng.normal(0, 1, len(kernels[0].afferents[name].weights)).astype(network.dtype)

    def load(kernel):
        kernel.afferents[name].velocity[:] = moved
        kernel.upload()

    for before in (
        lambda kernel: kernel.learn(name, state, error, 0.1, plasticity),
        lambda kernel: kernel.learn(name, state, error, 0.1, plasticity, None),
        lambda kernel: kernel.learn(name, state, error, 0.1, Plasticity(momentum=0.5)),
        lambda kernel: kernel.change(name, moved, np.zeros(n), 0.1),
        load,
    ):
        for kernel in kernels:
            before(kernel)
        expected, found = (kernel.afferents[name] for kernel in kernels)
        np.testing.assert_array_equal(found.velocity, expected.velocity)
        assert found.velocity.any()
        for kernel in kernels:
            kernel.learn(name, np.zeros_like(state), error, 0.1, plasticity)
        np.testing.assert_array_equal(found.velocity, expected.velocity)
        np.testing.assert_array_equal(found.effective, expected.effective)
        assert not found.velocity.any()


def test_the_torch_kernel_takes_lists_in_parts(monkeypatch):
    """Some 4,000 synapses, seven products at a time of 5 chains, or one synapse at a time."""
    dense = network_of(replace(DENSE, masked=True, sizes=(60, 40)))
    case, sparse = replace(DENSE, batch=5), listed(dense)
    expected = use(case, make("reference", sparse))
    for most in (7 * 5, 1):
        monkeypatch.setattr(sparse_torch, "MOST_AT_ONCE", most)
        agree(case, expected, use(case, make("torch", sparse)), analogue=False)


@pytest.mark.parametrize("name", ["reference", "numba", "torch"])
def test_an_injected_current_adds_to_what_synapses_bring(name):
    """It is a bias that comes and goes; both are on the grid, so that they add exactly."""
    dense = network_of(replace(DENSE, masked=True))
    rng = np.random.default_rng(5)
    current = np.rint(rng.normal(0, 2, 130) * 2**16) / 2**16
    biased = replace(dense, bias={"a": current})
    bare = replace(dense, bias={})
    state = (rng.random((61, 220)) < 0.4).astype(np.float32)
    for network in (bare, listed(bare)):
        kernel = make_kernel(name, network)
        expected = make_kernel("reference", biased)
        found = []
        for k, injected in ((kernel, current), (kernel, np.tile(current, (61, 1))), (expected, 0)):
            s = k.tensor(state)
            drive = None if k is expected else k.tensor(injected)
            fire, teach = Fire(1.7, 3, np.arange(61), 1), Teach(1.0, s[:, :130])
            r = k.respond("a", s, fire, teach, current=drive)
            found.append([k.array(r.sample), k.array(r.error)])
        for other in found[:2]:
            np.testing.assert_array_equal(other[0], found[2][0])
            np.testing.assert_array_equal(other[1], found[2][1])


def small():
    weights = csr_array(np.array([[0, 1.0, 2.0], [3.0, 0, 0]]))
    weights.data[0] = 0.0  # a synapse of weight 0 is one
    back = csr_array(([5.0], ([2], [1])), shape=(3, 2))
    populations = Population("a", 3), Population("b", 2)
    return Network(populations, (Projection("a", "b", weights), Projection("b", "a", back)))


def test_synapses_are_listed_by_their_presynaptic_row():
    network = small()
    wiring, values = list_synapses(network.projections[:1], 2)
    assert wiring.starts.tolist() == [0, 1, 2, 3]
    assert wiring.pre.tolist() == [0, 1, 2]
    assert wiring.post.tolist() == [1, 0, 0]
    assert values.tolist() == [3.0, 0.0, 2.0]
    again = unlisted(wiring, values, 0, 3)
    np.testing.assert_array_equal(again.toarray(), network.projections[0].weights.toarray())
    assert again.nnz == 3
    assert network.n_synapses == 4
    assert network.projections[0].sparse


def test_two_projections_onto_a_population_share_its_rows():
    dense = network_of(replace(DENSE, masked=True))
    kernel = make_kernel("reference", listed(dense))
    before = listed(dense)
    after = learned_network(kernel.network, kernel.afferents)
    for one, other in zip(before.projections, after.projections, strict=True):
        np.testing.assert_array_equal(
            one.weights.toarray().astype(np.float32), other.weights.toarray()
        )
        assert one.weights.nnz == other.weights.nnz


def test_learned_dense_projections_stay_dense_beside_sparse_ones():
    mixed = listed(network_of(replace(DENSE, masked=True, seed=11)), every=False)
    kernel = make_kernel("numba", mixed)
    after = learned_network(mixed, kernel.afferents)
    assert [p.sparse for p in after.projections] == [p.sparse for p in mixed.projections]
    np.testing.assert_allclose(weight_matrix(after), weight_matrix(mixed), atol=1e-7)


def test_sparse_networks_say_what_dense_ones_say():
    dense = network_of(replace(DENSE, masked=True))
    sparse = listed(dense)
    w = weight_matrix(dense)
    np.testing.assert_array_equal(weight_matrix(sparse), w)
    np.testing.assert_array_equal(sparse_weight_matrix(sparse).toarray(), w)
    one, other = measure_symmetry(w), measure_symmetry(sparse_weight_matrix(sparse))
    for key in ("cosine", "antisymmetric", "symmetric"):
        assert getattr(one, key) == pytest.approx(getattr(other, key), rel=1e-12)
    np.testing.assert_allclose(
        weight_matrix(symmetrised(sparse, 0.3)), weight_matrix(symmetrised(dense, 0.3))
    )


def test_listed_weights_out_of_range_are_noticed():
    onto = gather(small(), "b")
    check_range("b", onto)
    onto.effective[:] = 130.0
    with pytest.raises(FloatingPointError, match="weights onto a neuron of b add up to 260"):
        check_range("b", onto)


def test_sparse_weights_must_be_canonical_rows():
    a = Population("a", 2)
    columns = csr_array(np.eye(2)).tocsc()
    with pytest.raises(ValueError, match="must be csr_array"):
        Network((a,), (Projection("a", "a", columns),))
    twice = csr_array((np.ones(2), np.array([0, 0]), np.array([0, 2, 2])), shape=(2, 2))
    with pytest.raises(ValueError, match="no duplicates"):
        Network((a,), (Projection("a", "a", twice),))
    with pytest.raises(ValueError, match="their own mask"):
        Network((a,), (Projection("a", "a", csr_array(np.eye(2)), np.ones((2, 2), bool)),))


def test_learned_arrays_have_the_layout_of_the_list():
    kernel = make_kernel("numba", small())
    for name, n in (("a", 1), ("b", 3)):
        for key in set(LEARNED) & {"weights", "effective", "velocity"}:
            assert getattr(kernel.afferents[name], key).shape == (n,)


@pytest.mark.skipif(cores() < 2, reason="numba may use one thread only")
def test_a_small_network_wakes_no_second_thread():
    for size, threads in ((20, 1), (2000, 2)):
        a = Population("a", size)
        kernel = make_kernel(
            "numba", Network((a,), (Projection("a", "a", np.zeros((size, size))),))
        )
        kernel.respond("a", kernel.tensor(np.zeros((1, size))), Fire(1.0, 1, np.arange(1), 1))
        assert min(numba.get_num_threads(), 2) == threads
