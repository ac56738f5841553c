"""One self-contained HTML page that shows what a run has found."""

import base64
import io
import math
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from asynet.errors import UserError
from asynet.files import write_atomically
from asynet.record.inputs import require_file
from asynet.report.captions import ANALYSED, CAPTIONS
from asynet.report.run_files import PROGRESS, is_number, read_json, read_metrics, read_study
from asynet.report.tables import headlines, read_numbers, step_table, validation_table
from asynet.report.unfinished import live_curves, live_headlines, live_words
from asynet.report.words import duration

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PNG_START, PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"


def write_report(run_dir: Path) -> Path:
    """Write report.html into a run directory, from whatever else the directory holds.

    Reads summary.json, metrics.jsonl, environment.json, study.yaml and figures/*.png. The page says
    which of them are missing. It needs no other file and no network. Of a run that has not ended
    (it has a progress.json), the page says how far it is, and shows its learning curves.

    Parameters
    ----------
    run_dir : Path
        The run directory.

    Returns
    -------
    Path
        The page. It appears whole or not at all.

    Raises
    ------
    UserError
        If there is no such directory, or if a file in it is corrupt.
    """
    if not run_dir.is_dir():
        raise UserError(f"{run_dir}: no such run directory")
    progress, curves = read_json(run_dir / PROGRESS), None
    if progress is not None:
        with _undamaged(run_dir / "metrics.jsonl"):
            curves = live_curves(read_metrics(run_dir / "metrics.jsonl") or [])
    return write_page(run_dir, progress, None if curves is None else inlined(curves))


def write_page(
    run_dir: Path, progress: Mapping[str, Any] | None, curves: dict[str, Any] | None = None
) -> Path:
    """Write report.html of a run of which is known whether it has ended.

    Parameters
    ----------
    run_dir : Path
        The run directory.
    progress : mapping, optional
        How far the run is: see `unfinished.live_words`; None if it has ended.
    curves : dict, optional
        The learning curves of a run that has not ended, as `inlined` returns them.

    Returns
    -------
    Path
        The page. It appears whole or not at all.

    Raises
    ------
    UserError
        If a file of the run is corrupt.
    """
    content = _content(run_dir, progress is None)
    if progress is not None:
        content |= _live(run_dir, progress, curves)
    page = render("page.html.j2", content)
    report = run_dir / "report.html"
    # The path of a run, in its command, may hold bytes that are no UTF-8 text.
    write_atomically(report, page.encode(errors="backslashreplace"))
    return report


def render(template: str, content: Mapping[str, Any]) -> str:
    """Return a page that needs no other file and no network.

    Parameters
    ----------
    template : str
        Name of a template in this folder.
    content : mapping
        What it shows, by name.
    """
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return templates.get_template(template).render(content)


def inlined(figure: "Figure") -> dict[str, Any]:
    """Return a figure as a page shows it: its size in pixels, and a source that needs no file.

    Parameters
    ----------
    figure : Figure
        A matplotlib figure.
    """
    png = io.BytesIO()
    figure.savefig(png, format="png")
    return _inlined(png.getvalue())


def inlined_file(path: Path) -> dict[str, Any]:
    """Return a PNG file as a page shows it: see `inlined`.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    UserError
        If it is no whole PNG.
    """
    require_file(path)
    png = path.read_bytes()
    if not (png.startswith(PNG_START) and png.endswith(PNG_END)):
        raise UserError(f"{path}: corrupt: not a whole PNG")
    return _inlined(png)


def _inlined(png: bytes) -> dict[str, Any]:
    width, height = struct.unpack(">II", png[16:24])
    data = base64.b64encode(png).decode("ascii")
    return {"width": width, "height": height, "source": f"data:image/png;base64,{data}"}


def _live(
    run_dir: Path, progress: Mapping[str, Any], curves: dict[str, Any] | None
) -> dict[str, Any]:
    """Return what the template shows of a run that has not ended, by name."""
    with _undamaged(run_dir / PROGRESS):
        said = live_words(progress)
    with _undamaged(run_dir / "metrics.jsonl"):
        cards = live_headlines(read_metrics(run_dir / "metrics.jsonl") or [])
    title, caption = CAPTIONS["learning_curves"]
    shown = {"stem": "learning_curves", "title": title, "caption": caption}
    figures = [] if curves is None else [shown | curves]
    return {"live": said, "headlines": cards, "figures": figures, "not_drawn": []}


def _content(run_dir: Path, ended: bool) -> dict[str, Any]:
    """Return what the template shows, by name.

    The numbers and figures of a run that goes on are those of an earlier end, and are left out.
    """
    summary = read_json(run_dir / "summary.json") if ended else None
    environment = read_json(run_dir / "environment.json")
    study_text, study = read_study(run_dir / "study.yaml")
    numbers = None if summary is None else read_numbers(summary, run_dir / "summary.json")
    figures = run_dir / "figures"
    with _undamaged(run_dir / "summary.json"):
        steps, tops = step_table(summary), headlines(numbers or {})
    with _undamaged(run_dir / "metrics.jsonl"):
        validations = validation_table(read_metrics(run_dir / "metrics.jsonl"))
    with _undamaged(run_dir / "environment.json"):
        facts = _facts(environment or {})
    return {
        "title": str(study.get("name") or run_dir.resolve().name),
        "description": str(study.get("description") or ""),
        "environment": environment,
        "facts": facts,
        "numbers": numbers,
        "headlines": tops,
        "live": None,
        "figures": _read_figures(figures) if ended else [],
        "not_drawn": [
            title for stem, (title, _) in CAPTIONS.items() if not (figures / f"{stem}.png").exists()
        ],
        "validations": validations,
        "study": study_text,
        "steps": steps,
    }


@contextmanager
def _undamaged(path: Path) -> Iterator[None]:
    """Say in one line which file holds JSON of another form than a run writes."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise UserError(f"{path}: corrupt: {type(error).__name__} {error}") from None


def _facts(environment: Mapping[str, Any]) -> list[str]:
    """Return in a few words where and for how long a run ran."""
    said = []
    if "device" in environment:
        kernel = f"{environment['kernel']} on " if "kernel" in environment else ""
        said.append(f"{kernel}{environment['device']}")
    threads = environment.get("threads")
    if is_number(threads):
        said.append("1 thread" if threads == 1 else f"{threads} threads")
    seconds = environment.get("duration_seconds")
    if is_number(seconds) and math.isfinite(seconds):
        said.append(duration(seconds))
    if environment.get("git_commit"):
        said.append(f"commit {str(environment['git_commit'])[:10]}")
    return said


def _read_figures(folder: Path) -> list[dict[str, Any]]:
    """Return the figures of a folder, ready to be inlined: those with captions first."""
    captions = CAPTIONS | ANALYSED
    order = list(captions)
    paths = sorted(
        folder.glob("*.png"),
        key=lambda path: (order.index(path.stem) if path.stem in order else len(order), path.stem),
    )
    figures = []
    for path in paths:
        title, caption = captions.get(path.stem, (path.stem.replace("_", " ").capitalize(), ""))
        shown = {"stem": path.stem, "title": title, "caption": caption}
        figures.append(shown | inlined_file(path))
    return figures
