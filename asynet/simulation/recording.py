"""What a simulation recorded, and what can be asked of it."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from asynet.exchange.neo import to_neo
from asynet.exchange.nwb import Metadata, write_nwb
from asynet.exchange.selection import DT, Selection, select
from asynet.exchange.sonata import write_sonata
from asynet.exchange.tables import to_frame
from asynet.network.network import Network
from asynet.numerics.estimates import Estimate
from asynet.record.trajectory import Trajectory
from asynet.simulation.dissipation import entropy_production
from asynet.simulation.statistics import SpikeArrays, correlation_matrix, interval_cv, spike_rates
from asynet.types import Array

if TYPE_CHECKING:
    import neo
    import pandas
    from matplotlib.figure import Figure

SHOWN_NEURONS, SHOWN_STEPS = 100, 300  # of a raster, which stay apart in print


class Recording:
    """The states of a simulated network, kept in a trajectory file.

    Parameters
    ----------
    network : Network
        What was simulated.
    path : Path
        The file.
    steps, chains : int
        How long, and how many chains side by side.
    free : bool
        Whether neurons ran without clamps and injected currents, at T = 1.
    """

    def __init__(
        self, network: Network, path: Path, steps: int, chains: int, free: bool = True
    ) -> None:
        """Open the file."""
        self.network, self.path, self.steps, self.chains = network, path, steps, chains
        self._free = free
        self._trajectory = Trajectory(path)

    def __repr__(self) -> str:
        """Return the size of the recording and the populations in it."""
        names = ", ".join(f"{p.name} ({p.size})" for p in self._trajectory.populations)
        return f"Recording({self.steps} steps, {self.chains} chains: {names})"

    def close(self) -> None:
        """Close the file; a temporary file is then deleted."""
        self._trajectory.close()

    @property
    def populations(self) -> tuple[str, ...]:
        """Return the names of the recorded populations."""
        return tuple(p.name for p in self._trajectory.populations)

    def states(self, population: str | None = None) -> Array:
        """Return the states after each step.

        Parameters
        ----------
        population : str, optional
            Its name; needed where several were recorded.

        Returns
        -------
        array, shape (steps, chains, n)
            Booleans for spiking neurons, float32 for Gaussian ones.

        Raises
        ------
        ValueError
            One line, for a population that was not recorded.
        """
        name = self._name(population)
        groups = len(self.network.order)
        found = self._trajectory.states(0, name)[groups::groups]
        return found.astype(bool) if self.network[name].law == "bernoulli" else found

    def spikes(self, population: str | None = None) -> SpikeArrays:
        """Return the spikes of a population.

        Parameters
        ----------
        population : str, optional
            Its name; needed where several were recorded.

        Raises
        ------
        ValueError
            One line, for a population that was not recorded, or whose neurons do not spike.
        """
        time, chain, neuron = np.nonzero(self._spiking(population))
        return SpikeArrays(time, neuron, chain)

    def rates(self, population: str | None = None) -> Array:
        """Return each neuron's rate in spikes a step, (n,); see `statistics.spike_rates`."""
        return spike_rates(self._spiking(population))

    def cv(self, population: str | None = None) -> Array:
        """Return how irregularly each neuron spikes, (n,); see `statistics.interval_cv`."""
        return interval_cv(self._spiking(population))

    def correlations(self, population: str | None = None) -> Array:
        """Return correlation coefficients, (n, n); see `statistics.correlation_matrix`."""
        return correlation_matrix(self.states(population))

    def raster(
        self, chain: int = 0, steps: int = SHOWN_STEPS, neurons: int = SHOWN_NEURONS
    ) -> "Figure":
        """Return a figure of the spikes of one chain.

        Parameters
        ----------
        chain : int
            Which chain.
        steps, neurons : int
            The first so many steps, and at most so many evenly spaced neurons of each population.

        Raises
        ------
        ValueError
            One line, for a chain that is not there, or where no spiking neuron was recorded.
        """
        from asynet.report.figures.raster import few, spike_raster

        if not 0 <= chain < self.chains:
            raise ValueError(f"chain: {chain} is not allowed; must be 0 to {self.chains - 1}")
        spiking = [n for n in self.populations if self.network[n].law == "bernoulli"]
        if not spiking:
            raise ValueError("raster: no spiking neurons were recorded")
        shown = {name: few(self.states(name)[:steps, chain], neurons) for name in spiking}
        return spike_raster(shown)

    def irreversibility(self, burn_in: int | None = None) -> Estimate:
        """Measure the entropy that the network produced a step.

        It is computed from the weights and the states, by what the antisymmetric part of the
        weights does. It is exact in expectation once the network has settled.

        Parameters
        ----------
        burn_in : int, optional
            Steps at the start that are left out; a fifth by default.

        Returns
        -------
        Estimate
            In nats a step. Its `on` says how long was measured. `settled` says whether the two
            halves of that time agree within three standard errors, over chains and over time; if
            not, `drift` says how fast the number moves, in 100 steps.

        Raises
        ------
        ValueError
            One line, if populations were left out, or neurons clamped, driven or heated.

        References
        ----------
        Goyal et al. 2017, Appendix H.
        """
        if not self._free:
            raise ValueError("irreversibility: is of a free network at T = 1")
        if len(self.populations) < len(self.network.populations):
            raise ValueError("irreversibility: needs all populations; simulate with record=None")
        left = self.steps // 5 if burn_in is None else burn_in
        measured = self.steps - left
        if left < 0 or measured < 4:
            raise ValueError(f"burn_in: {left} is not allowed; must leave 4 of {self.steps} steps")
        on = f"{self.chains} chains of {measured} steps at T = 1, after {left} steps"
        return entropy_production(self._trajectory, self.network, (left, self.steps), on)

    def to_neo(self, dt: float = DT) -> "neo.Block":
        """Return a neo Block with one Segment for each chain; see `exchange.neo`.

        Parameters
        ----------
        dt : float
            Length of a half-step, in seconds.
        """
        return to_neo(self._selection(dt))

    def to_pandas(self, dt: float = DT) -> "pandas.DataFrame":
        """Return all spikes as a pandas DataFrame, a spike a row; see `exchange.tables`.

        Parameters
        ----------
        dt : float
            Length of a half-step, in seconds.
        """
        return to_frame(self._selection(dt))

    def to_nwb(self, path: str | Path, dt: float = DT, description: str = "") -> Path:
        """Write the recording to an NWB file.

        Parameters
        ----------
        path : str or Path
            A file that does not exist yet.
        dt : float
            Length of a half-step, in seconds.
        description : str
            What the session was, for its readers.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        ValueError
            If the file exists.
        """
        place = _new(path)
        about = "A simulated network of stochastic neurons. Simulated with asynet."
        now = datetime.now(UTC)
        metadata = Metadata(
            str(uuid.uuid4()), place.stem, now, description or about, about, notes=repr(self)
        )
        write_nwb(self._selection(dt), place, metadata)
        return place

    def to_sonata(self, folder: str | Path, dt: float = DT) -> Path:
        """Write the recording in SONATA: a circuit, and a simulation for each chain.

        Parameters
        ----------
        folder : str or Path
            A folder that does not exist yet.
        dt : float
            Length of a half-step, in seconds.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        ValueError
            If the folder exists.
        """
        place = _new(folder)
        write_sonata(self._selection(dt), place, int(self._trajectory.attributes.get("seed", 0)))
        return place

    def _selection(self, dt: float) -> Selection:
        if not (np.isfinite(dt) and dt > 0):
            raise ValueError(f"dt: {dt} is not allowed; must be above 0 seconds")
        return select(self._trajectory, dt=dt)

    def _name(self, population: str | None) -> str:
        there: Sequence[str] = self.populations
        if population is None and len(there) == 1:
            return there[0]
        if population is None or population not in there:
            said = "missing" if population is None else f"{population!r} was not recorded"
            raise ValueError(f"population: {said}; recorded: {', '.join(there)}")
        return population

    def _spiking(self, population: str | None) -> Array:
        name = self._name(population)
        if self.network[name].law != "bernoulli":
            raise ValueError(f"population: {name} is Gaussian, so it has no spikes")
        return self.states(name)


def _new(path: str | Path) -> Path:
    place = Path(path)
    if place.exists():
        raise ValueError(f"{place}: exists already; give another name")
    return place
