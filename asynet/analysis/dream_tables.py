"""The dreams of a run as tables and a figure (`asynet analyze RUN --what dreams`)."""

from asynet.analysis.analysis import Analysis, Row, Table
from asynet.analysis.dreams import Dreams, measure_dreams, shuffles
from asynet.numerics.estimates import Estimate
from asynet.run.directory import RunDirectory
from asynet.run.sample import open_trainer


def analyse_dreams(run: RunDirectory) -> Analysis:
    """Measure the dreams of a run: see `measure_dreams`.

    Parameters
    ----------
    run : RunDirectory
        The run.

    Returns
    -------
    Analysis
        Tables and a figure.

    Raises
    ------
    UserError
        One line, if the run or its data are missing, or it has no p*.
    """
    return analysis_of(measure_dreams(run, open_trainer(run.path, [])))


def analysis_of(found: Dreams) -> Analysis:
    """Return the numbers of dreams as tables, with their figure.

    Parameters
    ----------
    found : Dreams
        The numbers.
    """
    score, columns = found.replay, {"of": "", "number": "", "n": "n"}
    rows = [
        _row("distance from the nearest training example", found.distance),
        _row("  of test examples", found.real_distance),
        _row("replay score", score.value),
    ]
    for name, shuffled in shuffles(score):
        rows.append(_row(f"  less that of {name}", score.excess(shuffled)))
        rows.append(_row(f"  share above all {name}", score.above(shuffled)))
    tables = [Table("dreams", "Dreams from p*, at T = 1 in the end", columns, rows)]
    if found.classes:
        heads = {"class": "class", "share": "share of dreams", "in_data": "of the data"}
        heads |= {"confidence": "confidence", "real_confidence": "in test examples"}
        heads |= {"distance": "distance from an example"}
        by_class = [
            {"class": c.label, "in_data": c.in_data}
            | _cells(share=c.share, confidence=c.confidence)
            | _cells(real_confidence=c.real_confidence, distance=c.distance)
            for c in found.classes
        ]
        tables.append(Table("classes", f"Classes, read by {found.read_by}", heads, by_class))
    if found.nights:
        heads = {"step": "walks", "distance": "distance from an example"}
        heads |= {"confidence": "confidence", "same_class": "same class as the start", "n": "n"}
        over = [
            {"step": night.step, "n": night.distance.n}
            | _cells(distance=night.distance, confidence=night.confidence)
            | _cells(same_class=night.same_class)
            for night in found.nights
        ]
        tables.append(Table("over_training", "Recorded dreams over training", heads, over))
    return Analysis(tables, {"dreams": found.figure})


def _row(of: str, estimate: Estimate) -> Row:
    return {"of": of, "n": estimate.n} | _cells(number=estimate)


def _cells(**estimates: Estimate | None) -> Row:
    row: Row = {}
    for key, estimate in estimates.items():
        if estimate is not None:
            row |= {key: estimate.value, f"{key}_stderr": estimate.stderr}
    return row
