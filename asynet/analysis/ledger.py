"""What each step of a walk takes from the bound of a run (Goyal et al. 2017, eq. 8)."""

from itertools import groupby
from typing import Any

import numpy as np

from asynet import report
from asynet.analysis.analysis import Analysis, Row, Table, over_training
from asynet.errors import UserError
from asynet.report.run_files import read_json
from asynet.run.directory import RunDirectory

NUMBERS = {
    "bound": "bound, eq. 5",
    "importance_sampled": "importance sampling, eq. 10",
    "gap": "gap, at least",
    "gap_irreversibility": "  irreversibility",
    "gap_annealing": "  annealing: work and ends, at least",
    "log_prior": "part of the bound: ln p* of the hot end",
    "log_posterior": "part of the bound, taken off: ln q(h|x)",
}


def analyse_ledger(run: RunDirectory) -> Analysis:
    """Return the final gap by its causes, and what each step of a heated walk loses.

    The numbers come from summary.json, so that they are those of the report.

    Parameters
    ----------
    run : RunDirectory
        The run.

    Raises
    ------
    UserError
        One line, for a run that has not ended, or has no bound.
    """
    summary = read_json(run.path / "summary.json")
    if summary is None:
        raise UserError(f"{run.path}: has no final numbers (summary.json); --resume ends the run")
    if "ledger" not in summary:
        raise UserError(f"{run.path}: has no bound, as of train.objective: self")
    found = [summary[key] | {"key": key} for key in NUMBERS if key in summary]
    rows = [
        {"number": NUMBERS[x["key"]], "nats": x["value"], "nats_stderr": x["stderr"], "on": x["on"]}
        for x in found
    ]
    columns = {"number": "", "nats": "nats an example", "on": "on"}
    tables = [Table("gap", "The bound and its gap", columns, rows), _steps(summary)]
    live = {
        "validation_bound": "validation bound",
        "gap": "gap, at least",
        "gap_irreversibility": "irreversibility of a walk",
        "gap_annealing": "annealing",
    }
    tables += over_training(run, "over_training", "Over training, nats an example", live)
    ends = (summary.get(key, {}).get("value") for key in ("log_prior", "log_posterior"))
    figures = {"ledger": report.ledger(summary["ledger"], *ends)}
    if "gap_ledger" in summary:
        figures["gap"] = report.gap_ledger(
            summary["gap_ledger"], summary["gap"], summary["gap_irreversibility"]
        )
    return Analysis(tables, figures)


def _steps(summary: dict[str, Any]) -> Table:
    """Return what each step from data to noise loses: irreversibility minus heat.

    The loss is E[ln q(s_t|s_{t-1}) - ln p(s_{t-1}|s_t)] of walks from test examples, summed over
    the half-steps of a step. A last half-step that is not sampled has -ln p alone: p* stands for
    its ln q.
    """
    along, rows = summary.get("gap_ledger"), list[Row]()
    lines = summary["ledger"]
    groups = len({line["group"] for line in lines})
    for _, half_steps in groupby(lines, lambda line: (line["half_step"] - 1) // groups):
        parts, row = list(half_steps), Row()
        row["step"], row["temperature"] = len(rows) + 1, parts[0]["temperature"]
        row["loss"] = -sum(part["difference"] for part in parts)
        row["loss_stderr"] = float(np.hypot.reduce([part["stderr"] for part in parts]))
        if along is not None:
            here = along[len(rows)]
            row["irreversibility"] = here["irreversibility"]
            row["irreversibility_stderr"] = here["stderr"]
            if all(part["log_q"] is not None for part in parts):
                row["heat"] = row["irreversibility"] - row["loss"]
                row["heat_stderr"] = float(np.hypot(row["loss_stderr"], here["stderr"]))
        rows.append(row)
    columns = {
        "step": "step",
        "temperature": "T",
        "loss": "loss: ln q − ln p",
        "irreversibility": "irreversibility",
        "heat": "heat: irreversibility − loss",
    }
    return Table("steps", "What each step loses, from data to noise, nats", columns, rows)
