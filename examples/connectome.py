"""A worm's nervous system, from its published table to spikes in NWB.

The table has the 7,379 chemical and electrical connections of a hermaphrodite of Caenorhabditis
elegans (Cook et al. 2019, Nature 571:63): numbers of synapses between 448 named cells. The OpenWorm
package cect carries it (MIT licence), in cect/data/herm_full_edgelist.csv:

    pip install --no-deps cect
    python examples/connectome.py PATH/TO/herm_full_edgelist.csv worm.nwb

It does not say which synapses inhibit: here all excite, and a bias takes away part of what a cell
receives.
"""

import csv
import sys
from pathlib import Path

import networkx as nx
import numpy as np

import asynet as an

SCALE = 0.05  # of a synapse's weight: the most innervated cell then receives 45 in all


def main(table: str, out: str) -> an.Recording:
    """Build the network of a table of connections, let it run, and write its spikes."""
    graph = nx.MultiDiGraph()  # chemical and electrical connections of a pair are two edges
    with Path(table).open() as file:
        for row in csv.DictReader(file):
            pre, post = row["Source"].strip(), row["Target"].strip()
            if pre != post:  # a neuron of asynet has no synapse onto itself
                graph.add_edge(pre, post, weight=float(row["Weight"]))
    worm = an.Population("worm", len(graph))
    synapses = an.connect(worm, worm, graph, scale=SCALE)
    received = SCALE * np.array([count for _, count in graph.in_degree(weight="weight")])
    network = an.Network((worm,), (synapses,), bias={"worm": -1 - 0.3 * received})
    recording = an.simulate(network, steps=500, chains=4, seed=1)
    recording.to_nwb(out)  # the column neuron_name of its units has the cells' names
    return recording


if __name__ == "__main__":
    found = main(sys.argv[1], sys.argv[2])
    busiest = np.argsort(found.rates("worm"))[-5:]
    names = found.network["worm"].names
    print("fire most:", ", ".join(names[k] for k in busiest))
    print("entropy production:", found.irreversibility())
