"""How symmetric the weights of a run became: over training, by mode, and as a graph."""

import numpy as np
from matplotlib.figure import Figure

from asynet import report
from asynet.analysis.analysis import Analysis, Row, Table, over_training, spread
from asynet.errors import UserError
from asynet.record.trajectory import Trajectory
from asynet.run.directory import RunDirectory, read_run
from asynet.run.measure.parts import MOST_NEURONS
from asynet.symmetry.history import (
    columns_of,
    distinct_steps,
    projections,
    recorded_synapses,
    snapshot,
    symmetry_over_training,
)
from asynet.symmetry.motifs import TRIADS, measure_motifs
from asynet.symmetry.reciprocity import measure_reciprocity
from asynet.symmetry.spectra import (
    ModeAlignment,
    align_modes,
    measure_non_normality,
    sommers_ellipse,
)
from asynet.types import Array

MODES = 10  # strongest ones in the table
SPARSE = 0.5  # share of a projection's synapses below which its graph is compared with chance
MOST_TRIADS = 1000  # neurons whose triads are counted
DRAWS = 50  # random graphs


def analyse_symmetry(run: RunDirectory) -> Analysis:
    """Return the symmetry of the recorded weights, from trajectory.h5 and study.yaml alone.

    Parameters
    ----------
    run : RunDirectory
        The run.

    Raises
    ------
    UserError
        One line, for an operator, for weights that were not recorded, and for a network too large
        for one matrix.
    """
    if read_run(run).operator is not None:
        raise UserError(f"{run.path}: an operator has no synapses whose symmetry could be measured")
    with Trajectory(run.trajectory) as trajectory:
        size = sum(population.size for population in trajectory.populations)
        if size > MOST_NEURONS:
            problem = f"{size:,} neurons are not allowed; at most {MOST_NEURONS:,} for symmetry"
            raise UserError(f"{run.path}: {problem}")
        exists = recorded_synapses(trajectory)
        spectra, drawn = _spectra(trajectory)
        tables, figures = [_history(trajectory), spectra], {"spectrum": drawn}
        for modes, drawn in _modes(trajectory):
            tables.append(modes)
            figures["modes"] = drawn
        tables += _graph(trajectory, exists)
    columns = {"shrinkage": "−⟨W, dW⟩/η", "entropy_production": "entropy production"}
    title = "Dissipation makes symmetry: at T = 1, nats a step"
    tables += over_training(run, "dissipation", title, columns)
    return Analysis(tables, figures)


def _history(trajectory: Trajectory) -> Table:
    found = symmetry_over_training(trajectory)
    columns = {
        "step": "walks",
        "cosine": "cosine with Wᵀ",
        "eta": "eta",
        "eta_null_std": "eta by chance, ±",
        "symmetric": "‖S‖",
        "antisymmetric": "‖A‖",
    }
    names = ("steps", *list(columns)[1:])
    arrays = (getattr(found, name).tolist() for name in names)
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*arrays, strict=True)]
    for row in rows:
        row["step"] = int(row["step"])
    return Table("over_training", "Symmetry over training", columns, spread(rows))


def _spectra(trajectory: Trajectory) -> tuple[Table, Figure]:
    """Return non-normality over training, and eigenvalues before and after."""
    rows, drawn, steps = list[Row](), {}, distinct_steps(trajectory)
    for step in spread(steps):
        w = snapshot(trajectory, step)
        found, ellipse = measure_non_normality(w), sommers_ellipse(w)
        eigenvalues = np.linalg.eigvals(w).astype(np.complex128)
        rows.append(
            {
                "step": step,
                "henrici": found.relative,
                "spectral_abscissa": found.spectral_abscissa,
                "numerical_abscissa": found.numerical_abscissa,
                "ellipse_real": ellipse.real,
                "ellipse_imaginary": ellipse.imaginary,
                "inside": float(ellipse.contains(eigenvalues, 0.05).mean()),
            }
        )
        if step in (steps[0], steps[-1]):
            drawn[f"{step:,} walks"] = eigenvalues, ellipse
    columns = {
        "step": "walks",
        "henrici": "Henrici departure / ‖W‖",
        "spectral_abscissa": "spectral abscissa",
        "numerical_abscissa": "numerical abscissa",
        "ellipse_real": "ellipse, real",
        "ellipse_imaginary": "imaginary",
        "inside": "share inside",
    }
    title = "Spectrum and non-normality over training"
    return Table("spectrum", title, columns, rows), report.spectrum(drawn)


def _modes(trajectory: Trajectory) -> list[tuple[Table, Figure]]:
    """Return how projections align with those in the opposite direction, by mode.

    The table has all pairs of populations that are joined both ways; without any, nothing is
    returned. The figure shows the first pair, that of the visible neurons.
    """
    columns, names = columns_of(trajectory), projections(trajectory)
    steps = distinct_steps(trajectory)
    ends = {step: snapshot(trajectory, step) for step in (steps[0], steps[-1])}
    rows, drawn, order = list[Row](), dict[str, ModeAlignment](), [*columns]
    for name in names:
        post, pre = name.split("<-")
        if f"{pre}<-{post}" not in names or order.index(pre) > order.index(post):
            continue
        found = {
            step: align_modes(w[columns[post], columns[pre]], w[columns[pre], columns[post]])
            for step, w in ends.items()
        }
        drawn = drawn or {f"after {step:,} walks": modes for step, modes in found.items()}
        first, last = found[steps[0]], found[steps[-1]]
        for k in range(min(MODES, len(last.gains))):
            rows.append(
                {
                    "projection": name,
                    "mode": k + 1,
                    "gain": float(last.gains[k]),
                    "alignment": float(last.alignment[k]),
                    "alignment_before": float(first.alignment[k]),
                    "chance": last.chance,
                    "share": float(last.shares[k]),
                }
            )
    heads = {
        "projection": "there",
        "mode": "mode",
        "gain": "gain",
        "alignment": "alignment with the way back",
        "alignment_before": "before training",
        "chance": "by chance, ±",
        "share": "adds to the cosine of the two ways",
    }
    title = "Do modes come back? After training"
    return [(Table("modes", title, heads, rows), report.modes(drawn))] if rows else []


def _graph(trajectory: Trajectory, exists: Array) -> list[Table]:
    """Return reciprocity and, of a sparse graph, its triads beside those of random graphs."""
    columns = columns_of(trajectory)
    possible = sum(
        (columns[post].stop - columns[post].start) * (columns[pre].stop - columns[pre].start)
        for post, pre in (name.split("<-") for name in projections(trajectory))
    )
    if not (exists & ~np.eye(len(exists), dtype=bool)).any():
        return []
    found = measure_reciprocity(exists)
    row = {
        "synapses": int(exists.sum()),
        "share": found.share,
        "density": found.density,
        "rho": found.rho,
    }
    heads = {
        "synapses": "synapses",
        "share": "share with one the other way",
        "density": "by chance",
        "rho": "reciprocity rho",
    }
    tables = [Table("graph", "The graph of synapses", heads, [row])]
    if exists.sum() < SPARSE * possible and len(exists) <= MOST_TRIADS:
        motifs = measure_motifs(exists, DRAWS, seed=1)
        arrays = motifs.counts, motifs.mean, motifs.std, motifs.z
        rows = [
            {"triad": name, "count": int(count), "mean": mean, "std": std, "z": z}
            for name, count, mean, std, z in zip(TRIADS, *(a.tolist() for a in arrays), strict=True)
        ]
        heads = {"triad": "triad", "count": "count", "mean": "by chance", "std": "±", "z": "z"}
        title = f"Triads, beside {DRAWS} random graphs of the same degrees"
        tables.append(Table("triads", title, heads, rows))
    return tables
