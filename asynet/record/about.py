"""The text within trajectory.h5 that explains it to somebody who has only numpy and h5py."""

from collections.abc import Sequence

from asynet.record.population import RecordedPopulation


def about(populations: Sequence[RecordedPopulation]) -> str:
    """Return the text, with an example that reads the first recorded population.

    Parameters
    ----------
    populations : sequence of RecordedPopulation
        Those of the file.
    """
    first = next((p for p in populations if p.size), populations[0])
    named = any(p.names is not None for p in populations)
    names = "\nname says what all of a population's neurons are called." if named else ""
    unpacked = {
        "bernoulli": 'np.unpackbits(rows, axis=1, count=p.attrs["n_neurons"], bitorder="little")',
        "gaussian": "rows",
    }[first.law]
    return f"""\
States of a network of stochastic neurons, walk by walk. The first walk (0) of the population
{first.name!r}, as an array of (time, chain, neuron), is read by

    import h5py, numpy as np
    f = h5py.File("trajectory.h5", "r", swmr=True)
    w, p = f["walks"][0], f["populations/{first.name}"]
    rows = p["states"][w["first_state"] : w["first_state"] + w["n_rows"] * w["n_chains"]]
    states = {unpacked}.reshape(w["n_rows"], w["n_chains"], -1)

Populations whose attribute law is bernoulli are packed to bits, eight neurons a byte, the first
neuron in the lowest bit; gaussian ones are floats and are not unpacked. Where only some neurons of
a population were recorded, its dataset neuron says which. drive holds pre-activations: the input
that each neuron was resampled from. swmr=True also opens the file of a run that is still going on,
or that was killed.{names}
Of each entry w of walks: phase is heating (rising temperature, from data), dream (falling
temperature, from noise) or free run (temperature 1), step the number of training walks before it,
ended whether it was recorded to its end. The half-step of each time (0 is where the walk starts),
its temperature (a factor on the variance), and which populations were resampled since the time
before (columns in the order of first_column), are n_rows rows of half_step, temperature and
resampled from first_row on; the ids of its chains are n_chains values of chain from first_chain on.
weights/NAME[i] was taken after weight_step[i] training walks; matrices are [post, pre], or a sample
of the synapses that synapses/NAME lists as [post, pre]. Rows that neither walks nor weight_step
lists are unfinished and do not count.
"""
