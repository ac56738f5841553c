"""What the compiled walk is given: see `numba_walk`."""

import numba
import numpy as np

from asynet.network.afferents import Afferents
from asynet.network.kernels.numba_walk import walk_spikes
from asynet.network.kernels.packed_spikes import BITS, pack_states
from asynet.network.kernels.row_sums import SCATTERED
from asynet.network.kernels.scatter import Events
from asynet.network.kernels.stretch import Stretch
from asynet.network.network import Network
from asynet.numerics.philox import key_words
from asynet.types import Array

FLOATS, WORDS, INTEGERS = (np.zeros(0, kind) for kind in (np.float32, np.int32, np.int64))


def walk_stretch(
    network: Network,
    afferents: dict[str, Afferents],
    events: dict[str, Events],
    state: Array,
    stretch: Stretch,
) -> tuple[Array, Array | None]:
    """Return where a stretch ends, and the states on the way: see `Strider.stride`.

    Parameters
    ----------
    network : Network
        A network of spiking neurons.
    afferents : dict of str to Afferents
        What drives each population.
    events : dict of str to Events
        Of those whose synapses are listed.
    state : ndarray of float32, shape (B, N)
        Where it begins.
    stretch : Stretch
        The steps.
    """
    f, after = np.float32, state.copy()
    bytes_of = {p.name: (p.size + BITS - 1) // BITS for p in network.populations}
    begins = dict(zip(bytes_of, np.cumsum([0, *bytes_of.values()]).tolist(), strict=False))
    order = [name for group in network.order for name in group]
    table, arrays = [], []
    for name in order:
        onto, columns = afferents[name], network.columns(name)
        arrays.append(_arrays(onto, events.get(name)))  # they have to outlive the call
        size = columns.stop - columns.start
        line = [columns.start, size, _first(onto), len(onto.columns), begins[name]]
        table.append(line + [a.__array_interface__["data"][0] if a.size else 0 for a in arrays[-1]])
    packed = np.zeros((0, 0, 0), np.uint8)
    if stretch.keep:
        rows = len(stretch.temperatures) * len(network.order)
        packed = np.empty((rows, len(state), sum(bytes_of.values())), np.uint8)
        packed[0] = pack_states(network, state)
    walk_spikes(
        after,
        min(numba.get_num_threads(), len(state)),
        np.array(table, np.int64),
        np.cumsum([len(group) for group in network.order]),
        (stretch.temperatures - 1).astype(f),
        (1 / stretch.temperatures).astype(f),
        f(1 - network.alpha),
        f(network.alpha),
        np.array(key_words(stretch.seed), np.uint32),
        stretch.chains,
        stretch.index,
        stretch.held,
        stretch.values,
        stretch.sets,
        stretch.current,
        packed,
        FLOATS,
        WORDS,
        INTEGERS,
    )
    return after, packed if stretch.keep else None


def _arrays(onto: Afferents, events: Events | None) -> list[Array]:
    """Return the arrays that the table points to, of the dtypes that compiled code expects."""
    felt = onto.effective if events is None else events.weights
    arrays = [np.ascontiguousarray(a, np.float32) for a in (felt, onto.bias, onto.rest)]
    starts = INTEGERS if onto.wiring is None else onto.wiring.starts
    return arrays + [np.ascontiguousarray(a, np.int64) for a in (onto.columns, starts)]


def _first(onto: Afferents) -> int:
    """Return the column of the first presynaptic neuron, or SCATTERED."""
    if isinstance(onto.span, slice):
        return int(onto.span.start)
    return SCATTERED if len(onto.columns) else 0
