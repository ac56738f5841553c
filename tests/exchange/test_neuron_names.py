"""Names of neurons travel from a connectome through a network and a recording to every export."""

import csv
from datetime import UTC, datetime

import h5py
import networkx as nx
import numpy as np
import pytest
from scipy.sparse import csr_array

import asynet as an
from asynet.exchange.neo import to_neo
from asynet.exchange.nwb import Metadata, write_nwb
from asynet.exchange.selection import select
from asynet.exchange.sonata import write_sonata
from asynet.exchange.synapse_graphs import to_networkx
from asynet.exchange.tables import write_csv, write_parquet
from asynet.network.saved import network_bytes, read_network
from asynet.record.trajectory import Trajectory

WORM = ("AVAL", "AVAR", "DB01", "PVCL")
FLYWIRE = ("720575940599457990", "720575940610453042", "720575940610453043")
W = np.array([[0, 2.5, 0, -1], [0.5, 0, 0, 0], [0, -3, 0, 0.25], [1, 0, 0, 0]])


def table(path, names, weights, pre_names=None):
    pre_names = names if pre_names is None else pre_names
    rows = [(pre_names[j], names[i], weights[i, j]) for i, j in np.argwhere(weights)]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("pre", "post", "weight"), *rows])
    return path


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Return a network of named neurons, and one recording of it."""
    folder = tmp_path_factory.mktemp("named")
    worm, fly = an.Population("worm", 4), an.Population("fly", 3)
    bare = an.Population("bare", 2)
    across = np.array([[0.5, 0, 0, 1], [0, -2, 0, 0], [0, 0, 3, 0]])
    network = an.Network(
        (worm, fly, bare),
        (
            an.connect(worm, worm, table(folder / "worm.csv", WORM, W)),
            an.connect(worm, fly, table(folder / "fly.csv", FLYWIRE, across, WORM)),
            an.connect(fly, bare, np.full((2, 3), 0.5)),
        ),
    )
    out = folder / "trajectory.h5"
    an.simulate(network, steps=12, chains=2, seed=1, out=out, kernel="reference")
    return network, out


def test_a_network_knows_what_its_files_call_the_neurons(recorded):
    network, _ = recorded
    assert [p.names for p in network.populations] == [WORM, FLYWIRE, None]


def test_files_that_name_neurons_otherwise_do_not_make_one_network(tmp_path):
    a, b = an.Population("a", 4), an.Population("b", 4)
    whole = np.ones((4, 4))
    one, other = table(tmp_path / "a.csv", WORM, whole), table(tmp_path / "b.csv", "wxyz", whole)
    projections = an.connect(a, b, one), an.connect(b, a, other)
    with pytest.raises(ValueError, match=r"projection a<-b: its file names the neurons of b other"):
        an.Network((a, b), projections)


def test_names_that_a_population_has_say_which_neuron_is_meant(tmp_path):
    order = WORM[::-1]
    given = an.Population("worm", 4, names=order)
    found = an.connect(given, given, table(tmp_path / "a.csv", WORM, W))
    np.testing.assert_array_equal(found.weights, W[::-1, ::-1])
    few = table(tmp_path / "b.csv", WORM[:2], np.array([[0, 4.0], [0, 0]]))
    assert an.connect(given, given, few).weights[3, 2] == 4
    graph = nx.DiGraph([("AVAL", "PVCL")])
    assert np.argwhere(an.connect(given, given, graph).weights).tolist() == [[0, 3]]
    wrong = table(tmp_path / "c.csv", ("AVAL", "nobody"), np.array([[0, 1.0], [0, 0]]))
    with pytest.raises(an.UserError, match="'nobody' is no neuron; there are PVCL, DB01, AVAR"):
        an.connect(given, given, wrong)
    assert an.Population("fly", 3, names=[int(name) for name in FLYWIRE]).names == FLYWIRE


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["a", "b"], "2 are not allowed; must be 3"),
        (["a", "b", "a"], "'a' is there twice"),
        (["a", "b", ""], "printable"),
        (["a", "b", 1.5], "printable"),
        (["a", "b", "c\nd"], "printable"),
        ("abc", "a list of 3 names"),
    ],
)
def test_names_that_are_none(names, words):
    with pytest.raises(ValueError, match=f"population p: names: .*{words}"):
        an.Population("p", 3, names=names)


def test_a_saved_network_keeps_names(recorded, tmp_path):
    network, _ = recorded
    (tmp_path / "n.npz").write_bytes(network_bytes(network))
    again = read_network(tmp_path / "n.npz")
    assert again.populations == network.populations


def test_the_recording_holds_the_names_and_says_so(recorded):
    _, out = recorded
    with Trajectory(out) as opened:
        assert [p.names for p in opened.network] == [WORM, FLYWIRE, None]
    with h5py.File(out) as file:
        assert "name says what all of a population's neurons" in file.attrs["about"]


def test_nwb_has_a_column_of_names(recorded, tmp_path):
    pynwb = pytest.importorskip("pynwb", reason="needs the neuro extra")
    about = Metadata("1", "s", datetime(2026, 1, 1, tzinfo=UTC), "d", "e")
    with Trajectory(recorded[1]) as opened:
        write_nwb(select(opened), tmp_path / "a.nwb", about)
    with pynwb.NWBHDF5IO(tmp_path / "a.nwb", "r") as io:
        units = io.read().units.to_dataframe()
    assert units["neuron_name"].tolist() == [*WORM, *FLYWIRE, "", ""]
    assert units["neuron"].tolist() == [0, 1, 2, 3, 0, 1, 2, 0, 1]


def test_neo_annotates_names(recorded):
    pytest.importorskip("neo", reason="needs the neuro extra")
    with Trajectory(recorded[1]) as opened:
        trains = to_neo(select(opened)).segments[0].spiketrains
    assert [train.annotations.get("neuron_name") for train in trains] == [
        *WORM,
        *FLYWIRE,
        None,
        None,
    ]


def test_tables_have_a_column_of_names(recorded, tmp_path):
    pandas = pytest.importorskip("pandas", reason="needs the neuro extra")
    with Trajectory(recorded[1]) as opened:
        write_csv(select(opened), tmp_path / "a.csv")
        write_parquet(select(opened), tmp_path / "a.parquet")
    one = pandas.read_csv(tmp_path / "a.csv", dtype={"neuron_name": str}, keep_default_na=False)
    two = pandas.read_parquet(tmp_path / "a.parquet")
    names = {"worm": WORM, "fly": FLYWIRE, "bare": ("", "")}
    for frame in (one, two):
        expected = [names[p][k] for p, k in zip(frame["population"], frame["neuron"], strict=True)]
        assert frame["neuron_name"].tolist() == expected
    assert set(one["population"]) == set(names)


def test_libsonata_finds_the_names_and_the_circuit_is_read_back(recorded, tmp_path):
    libsonata = pytest.importorskip("libsonata", reason="needs the neuro extra")
    network, out = recorded
    with Trajectory(out) as opened:
        write_sonata(select(opened), tmp_path / "s")
    circuit = libsonata.CircuitConfig.from_file(str(tmp_path / "s/circuit/circuit_config.json"))
    for population in network.populations:
        nodes = circuit.node_population(population.name)
        assert ("name" in nodes.attribute_names) == (population.names is not None)
        if population.names is not None:
            assert tuple(nodes.get_attribute("name", nodes.select_all())) == population.names
    edges = tmp_path / "s/circuit/edges.h5"
    worm, fly = an.Population("worm", 4), an.Population("fly", 3)
    with pytest.raises(an.UserError, match=r"columns: \{population: fly__bare__chemical\}"):
        an.connect(worm, fly, edges)
    which = {"population": "worm__fly__chemical"}
    again = an.connect(worm, fly, edges, columns=which)
    np.testing.assert_array_equal(again.weights, network.projection("fly", "worm").weights)
    assert (again.pre_names, again.post_names) == (WORM, FLYWIRE)
    turned = an.Population("worm", 4, names=WORM[::-1])
    other = an.connect(turned, turned, edges, columns={"population": "worm__worm__chemical"})
    np.testing.assert_array_equal(other.weights, W[::-1, ::-1])
    with pytest.raises(an.UserError, match=r"columns.population: 'x' is not there; there is fly__"):
        an.connect(worm, fly, edges, columns={"population": "x"})
    with pytest.raises(an.UserError, match="names 4 nodes; there are 5 neurons"):
        an.connect(an.Population("w", 5), fly, edges, columns=which)


@pytest.mark.parametrize("listed", [False, True])
def test_networkx_gives_back_weights_signs_and_names(recorded, listed, tmp_path):
    network, _ = recorded
    graph = to_networkx(network)
    assert graph.edges["PVCL", "AVAL"]["weight"] == -1
    assert graph.nodes[FLYWIRE[2]] == {"population": "fly", "neuron": 2}
    worm = an.Population("worm", 4, names=WORM)
    weights, mask = (csr_array(W), None) if listed else (W, W != 0)
    alone = to_networkx(an.Network((worm,), (an.Projection("worm", "worm", weights, mask),)))
    fresh = an.Population("worm", 4)
    for again in (an.connect(fresh, fresh, alone), _through_files(alone, fresh, tmp_path)):
        np.testing.assert_array_equal(again.weights, W)
        assert again.pre_names == again.post_names == WORM


def _through_files(graph, population, folder):
    for kind in ("gml", "gexf", "graphml"):
        getattr(nx, f"write_{kind}")(graph, folder / f"a.{kind}")
    one, two, three = (
        an.connect(population, population, folder / f"a.{kind}")
        for kind in ("gml", "gexf", "graphml")
    )
    np.testing.assert_array_equal(one.weights, two.weights)
    assert one.pre_names == two.pre_names
    return three
