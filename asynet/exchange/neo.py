"""A selection of a trajectory as neo objects in memory: for Elephant, and whatever reads neo."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from asynet.exchange.extras import require
from asynet.exchange.selection import Events, Selection, Trial

if TYPE_CHECKING:
    import neo


def to_neo(selection: Selection) -> "neo.Block":
    """Return a neo Block with one Segment for each trial, which starts at time 0.

    Each neuron is a SpikeTrain (silent ones too) with annotations population and neuron, and
    neuron_name where it has a name; each Gaussian population a signal "NAME", the temperature a
    signal "temperature". A Segment's annotations are phase, chain and training_walks, and an Epoch
    "phase" spans it. Spikes lie at (k + 1/2) dt, so that bins of dt
    (elephant.conversion.BinnedSpikeTrain) give back the states. Needs memory for
    all of the selection.

    Parameters
    ----------
    selection : Selection
        Trials and populations.

    Raises
    ------
    UserError
        If neo is not installed.
    """
    neo = require("neo", "to_neo()")
    block = neo.Block(name=selection.trajectory.path.name, dt_seconds=selection.dt)
    events = selection.spikes()
    bounds = np.searchsorted(events.trial, np.arange(len(selection.trials) + 1))
    for trial in selection.trials:
        within = slice(bounds[trial.index], bounds[trial.index + 1])
        part = Events(*(array[within] for array in events))
        segment = neo.Segment(
            name=f"walk {trial.walk.index}, chain {trial.chain}",
            phase=trial.walk.phase,
            chain=trial.chain,
            training_walks=trial.walk.step,
        )
        segment.spiketrains.extend(list(_trains(selection, trial, part)))
        segment.epochs.append(_epoch(selection, trial))
        _add_signals(selection, trial, segment)
        block.segments.append(segment)
    block.check_relationships()
    return block


def _trains(selection: Selection, trial: Trial, spikes: Events) -> "Iterator[neo.SpikeTrain]":
    neo, s = require("neo", "to_neo()"), require("quantities", "to_neo()").s
    stop = (trial.stop - trial.start) * selection.dt * s
    times = selection.time(spikes.half_step - trial.start)
    for index, population in enumerate(selection.populations):
        if population.law != "bernoulli":
            continue
        own = spikes.population == index
        # By neuron, and in time within each: the sort is stable.
        order = np.argsort(spikes.neuron[own], kind="stable")
        neurons, ordered = spikes.neuron[own][order], times[own][order]
        bounds = np.searchsorted(neurons, population.indices, "left")
        ends = np.searchsorted(neurons, population.indices, "right")
        named = population.recorded_names
        each = zip(population.indices.tolist(), named, bounds, ends, strict=True)
        for neuron, called, first, end in each:
            yield neo.SpikeTrain(
                ordered[first:end] * s,
                t_stop=stop,
                name=f"{population.name} {neuron}",
                population=population.name,
                neuron=neuron,
                **({"neuron_name": called} if called else {}),
            )


def _epoch(selection: Selection, trial: Trial) -> "neo.Epoch":
    neo, s = require("neo", "to_neo()"), require("quantities", "to_neo()").s
    duration = (trial.stop - trial.start) * selection.dt
    return neo.Epoch(
        times=[0.0] * s,
        durations=[duration] * s,
        labels=np.array([trial.walk.phase]),
        name="phase",
    )


def _add_signals(selection: Selection, trial: Trial, segment: "neo.Segment") -> None:
    """Add what is analogue: regularly sampled where each half-step or each n-th was recorded."""
    neo, pq = require("neo", "to_neo()"), require("quantities", "to_neo()")
    trajectory, walk = selection.trajectory, trial.walk
    half_steps = trajectory.half_steps(walk.index)
    rows = slice(0, len(half_steps))
    signals = {"temperature": trajectory.temperatures(walk.index)[:, None]}
    for population in selection.populations:
        if population.law == "gaussian":
            states = trajectory.blocks(walk.index, population, rows, trial.place)[:, 0]
            signals[population.name] = states
    strides = np.unique(np.diff(half_steps))
    for name, values in signals.items():
        if len(strides) > 1:
            times = selection.time(half_steps) * pq.s
            signal = neo.IrregularlySampledSignal(times, values, units="", name=name)
            segment.irregularlysampledsignals.append(signal)
        else:
            period = (strides[0] if len(strides) else 1) * selection.dt
            first = selection.time(half_steps[0])
            signal = neo.AnalogSignal(
                values, units="", sampling_period=period * pq.s, t_start=first * pq.s, name=name
            )
            segment.analogsignals.append(signal)
