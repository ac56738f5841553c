"""What the page says of a run that has not ended: that it has not, and how far it is."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from asynet.numerics.estimates import measured
from asynet.report.figures.curves import learning_curves
from asynet.report.words import duration, metric_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RELOAD_SECONDS = 30
HEADLINES = {"validation_bound": "nats", "entropy_production": "nats a step"}
HEADINGS = {
    "training": "This run is still going: it trains",
    "measuring": "This run is still going: it measures its final numbers",
    "stopped": "This run was stopped before its end",
}


def live_words(progress: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page says of a run that has not ended.

    Parameters
    ----------
    progress : mapping
        Content of progress.json: `state` ("training", "measuring" or "stopped"), `walks` of
        `total_walks` training walks, `walks_per_epoch`, `may_end_early` (whether the study has a
        patience), `seconds` of training so far, and `written`, the time in ISO 8601.

    Returns
    -------
    dict
        `heading`, `far` (how far the run is), `left` (how long training still takes, or an empty
        text), `when`, `walks`, `total`, and `reload`: seconds until the page loads itself again, or
        None.

    Raises
    ------
    KeyError, TypeError, ValueError
        If progress.json has another content.
    """
    state, walks, total = progress["state"], progress["walks"], progress["total_walks"]
    epoch, epochs = (n / progress["walks_per_epoch"] for n in (walks, total))
    far = f"{walks:,} of {total:,} training walks ({walks / total:.0%})"
    far += f", epoch {epoch:.1f} of {epochs:.4g}, {duration(progress['seconds'])} so far"
    left = ""
    if state == "training" and walks:
        rest = progress["seconds"] * (total - walks) / walks
        sooner = ", or less, since it ends when validation no longer improves"
        left = f"About {duration(rest)} of training left"
        left += f"{sooner if progress['may_end_early'] else ''}; the final numbers come then."
    return {
        "heading": HEADINGS[state],
        "far": far,
        "left": left,
        "when": f"{datetime.fromisoformat(progress['written']):%Y-%m-%d %H:%M:%S} UTC",
        "walks": walks,
        "total": total,
        "reload": None if state == "stopped" else RELOAD_SECONDS,
    }


def live_headlines(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the numbers of the last validation for the top of the page.

    Parameters
    ----------
    records : sequence of mappings
        The lines of metrics.jsonl.
    """
    last: Mapping[str, Any] = next(
        (line for line in reversed(records) if "validation_bound" in line), {}
    )
    shown = []
    for key, unit in HEADLINES.items():
        if key in last:
            value, error = measured(last[key], last.get(f"{key}_stderr"))
            name = f"{metric_name(key)}, after {last['step']:,} walks"
            card = {"name": name, "value": value, "stderr": error, "unit": unit}
            shown.append(card | {"moves": "", "beside": []})
    return shown


def live_curves(records: Sequence[Mapping[str, Any]]) -> "Figure | None":
    """Return a figure of the learning curves so far, or None if there is nothing to draw yet.

    Parameters
    ----------
    records : sequence of mappings
        The lines of metrics.jsonl.
    """
    train = [line for line in records if "walkback_log_likelihood" in line]
    validation = [line for line in records if "validation_bound" in line]
    return learning_curves(train, validation) if train or validation else None
