"""Write the page in which a run's network lives: one file that needs no other."""

import base64
import hashlib
import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from asynet.errors import UserError
from asynet.files import write_atomically
from asynet.numerics.philox import MASK, key_words
from asynet.report.live.content import LiveRun, rounded, whole_weights
from asynet.report.live.pack import packed, packed_whole
from asynet.report.live.self_test import as_large, self_test
from asynet.types import Array

SCRIPTS = (
    "engine.js",
    "unpack.js",
    "self_test.js",
    "conduct.js",
    "draw.js",
    "traces.js",
    "dial.js",
    "page.js",
)
FORMAT = "asynet-live/1"
FOLDER = Path(__file__).parent
SMOOTH = 50  # steps, as in page.js
EXACT_BITS = 16
LEAST_BITS = 2  # weights rounded to 1/4
COARSER_BITS = 3


def write_live(run: LiveRun, path: Path, max_bytes: int | None = None) -> int:
    """Write the page, which appears whole or not at all.

    Parameters
    ----------
    run : LiveRun
        What it shows.
    path : Path
        The file.
    max_bytes : int, optional
        Its largest size. As far as it takes, weights are rounded to multiples of a larger power of
        2 than the 2**-16 of the simulation; those of earlier snapshots are rounded 8 times as much
        as the last ones. None: they are not rounded.

    Returns
    -------
    int
        The last weights are multiples of 2 to the minus this power.

    Raises
    ------
    UserError
        One line, if the page cannot be so small, or the weights are too large to add exactly.
    """
    bits = EXACT_BITS if max_bytes is None else _most_bits(run, max_bytes)
    page = live_page(run, bits).encode()
    while max_bytes is not None and len(page) > max_bytes:
        bits -= 1
        if bits < LEAST_BITS:
            raise _too_small(max_bytes, len(page))
        page = live_page(run, bits).encode()
    write_atomically(path, page)
    return bits


def _most_bits(run: LiveRun, max_bytes: int) -> int:
    """Return the finest rounding with which the page's weights leave room for the rest of it."""
    rest = _content(run) | {"snapshots": [], "test": as_large(run)}
    room = max_bytes - len(_rendered(run, rest).encode()) + len("[]")
    least, most = LEAST_BITS, EXACT_BITS
    smallest = len(_text(_snapshots(run, least)))
    if smallest > room:
        raise _too_small(max_bytes, max_bytes - room + smallest)
    while least < most:
        bits = (least + most + 1) // 2
        if len(_text(_snapshots(run, bits))) <= room:
            least = bits
        else:
            most = bits - 1
    return least


def _too_small(max_bytes: int, smallest: int) -> UserError:
    return UserError(
        f"a page of {max_bytes / 1e6:g} MB is too small: it takes {smallest / 1e6:.2f} MB even "
        f"with weights rounded to multiples of 2^-{LEAST_BITS}; fewer snapshots may help"
    )


def live_page(run: LiveRun, bits: int) -> str:
    """Return the page.

    Parameters
    ----------
    run : LiveRun
        What it shows.
    bits : int
        The last weights are rounded to multiples of 2 to the minus this power; 16: they are as
        neurons feel them.
    """
    networks = [
        one.network if power == EXACT_BITS else rounded(one.network, power)
        for one, power in zip(run.snapshots, _powers(run, bits), strict=True)
    ]
    content = _content(run) | {
        "snapshots": _snapshots(run, bits),
        "test": self_test(run, networks),
    }
    return _rendered(run, content)


def _rendered(run: LiveRun, content: dict[str, Any]) -> str:
    """Return the page with its content as JSON, in which no character could end the script."""
    text = _text(content).replace("<", "\\u003c")
    script = "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in SCRIPTS)
    style = (FOLDER / "style.css").read_text(encoding="utf-8")
    templates = Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined
    )
    page: str = templates.get_template("live.html.j2").render(
        title=run.name,
        description=run.description,
        content=Markup(text),
        script=Markup(script),
        script_hash=_hash(script),
        style=Markup(style),
        style_hash=_hash(style),
        neurons=f"{run.network.size:,}",
        synapses=f"{run.network.n_synapses:,}",
        cooling=len(run.cooling),
        smooth=SMOOTH,
        version=version("asynet"),
    )
    return page


def _text(content: Any) -> str:
    return json.dumps(content, allow_nan=False, separators=(",", ":"))


def _hash(text: str) -> str:
    """Return the hash by which a Content-Security-Policy allows one script or style."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def _content(run: LiveRun) -> dict[str, Any]:
    """Return what the page knows of a run, except for its weights and its self-test."""
    network = run.network
    number = {p.name: k for k, p in enumerate(network.populations)}
    ends = [(number[p.pre], number[p.post]) for p in network.projections]
    rest = [network.rest.get(p.name, np.zeros(p.size)) for p in network.populations]
    thresholds = np.ceil(np.clip(run.rates, 0, 1) * 2.0**24)  # u < rate, of u in 2**-24
    shape = run.shape[-2:] if len(run.shape) == 2 or run.shape[:-2] == (1,) else None
    return {
        "format": FORMAT,
        "name": run.name,
        "populations": [{"name": p.name, "size": p.size} for p in network.populations],
        "projections": [{"pre": pre, "post": post} for pre, post in ends],
        "order": [[number[name] for name in group] for group in network.order],
        "alpha": network.alpha,
        "rest": packed(np.concatenate(rest), "<f4"),
        "seed": key_words(run.seed),
        "chain": [run.first_chain & MASK, run.first_chain >> 32],
        "thresholds": packed(thresholds, "<u4"),
        "cooling": packed(run.cooling, "<f8"),
        "image": shape,
    }


def _powers(run: LiveRun, bits: int) -> list[int]:
    """Return to multiples of 2 to the minus which power the weights of each snapshot are rounded.

    The last one, from which the page starts, matters most.
    """
    earlier = bits if bits == EXACT_BITS else max(bits - COARSER_BITS, LEAST_BITS)
    return [*[earlier] * (len(run.snapshots) - 1), bits]


def _snapshots(run: LiveRun, bits: int) -> list[dict[str, Any]]:
    """Return the weights and biases of each snapshot.

    Weights are changes of those before where that is shorter, and where both are rounded alike.
    """
    found: list[dict[str, Any]] = []
    before: list[Array] = []
    for one, power in zip(run.snapshots, _powers(run, bits), strict=True):
        weights = whole_weights(one.network, power)
        bias = [one.network.bias.get(p.name, np.zeros(p.size)) for p in one.network.populations]
        alike = bool(found) and found[-1]["bits"] == power
        earlier: Sequence[Array | None] = before if alike else [None] * len(weights)
        found.append(
            {
                "label": one.label,
                "bits": power,
                "bias": packed(np.concatenate(bias), "<f4"),
                "weights": [packed_whole(w, e) for w, e in zip(weights, earlier, strict=True)],
            }
        )
        before = weights
    return found
