"""Spikes as a pynapple TsGroup, with the recorded trials as an IntervalSet.

    pip install pynapple
    asynet export RUN --to pynapple --plugin examples.plugins.pynapple_export

writes RUN/spikes.npz, which `pynapple.load_file` reads.
"""

import numpy as np

from asynet import plugins


@plugins.export(suffix=".npz")
def pynapple(selection, path):
    """Write every spike; each neuron has its population and its number there as metadata."""
    try:
        import pynapple as nap
    except ImportError:
        raise ValueError("needs pynapple: pip install pynapple") from None
    events, trains, about = selection.spikes(), {}, {"population": [], "neuron": []}
    times = selection.time(events.half_step)
    start, stop = (dt * selection.dt for dt in (0, selection.n_half_steps))
    observed = nap.IntervalSet(start, stop)
    for index, population in enumerate(selection.populations):
        if population.law != "bernoulli":
            continue
        of_population = events.population == index
        for neuron in population.indices.tolist():
            own = of_population & (events.neuron == neuron)
            trains[len(trains)] = nap.Ts(times[own], time_support=observed)
            about["population"].append(population.name)
            about["neuron"].append(neuron)
    metadata = {name: np.array(values) for name, values in about.items()}
    nap.TsGroup(trains, time_support=observed, metadata=metadata).save(str(path))
