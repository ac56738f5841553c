"""Which columns of a list of synapses mean what: recognised by name, or named by the user.

A column that nobody reads may hold signs, weights or numbers of synapses, so it is an error unless
the user has named the weights.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from asynet.errors import UserError

ROLES = ("pre", "post", "weight", "count")
POPULATION = "population"  # named beside the roles: which of several populations of SONATA edges

# Compared in lower case, without "_", "-" and spaces.
KNOWN: dict[str, tuple[str, ...]] = {
    "pre": (
        "pre", "preid", "presynaptic", "source", "sourceid", "sourcenodeid",
        "prerootid", "preptrootid", "bodyidpre",
    ),
    "post": (
        "post", "postid", "postsynaptic", "target", "targetid", "targetnodeid",
        "postrootid", "postptrootid", "bodyidpost",
    ),
    "weight": ("weight", "weights", "w", "synweight"),
    "count": ("nsyns",),
    "delay": ("delay", "delays"),
}  # fmt: skip
# They number or describe an edge, and say nothing of its weight.
HARMLESS = (
    "id",
    "edgeid",
    "edgetypeid",
    "population",
    "sourcequery",
    "targetquery",
    "modeltemplate",
)


@dataclass(frozen=True)
class Chosen:
    """Which columns are read.

    Parameters
    ----------
    roles : dict of str to str
        Column of each of pre, post, weight, count and delay that there is.
    unread : tuple of str
        Columns that nobody reads.
    named : bool
        Whether the user has named the weights, and so agrees that the rest is left out.
    """

    roles: dict[str, str]
    unread: tuple[str, ...]
    named: bool

    def require_read(self) -> None:
        """Raise ValueError, naming them, if there are columns that nobody reads."""
        if self.unread and not self.named:
            listed = ", ".join(repr(name)[:60] for name in self.unread[:12])
            which = f"columns: {{weight: {self.roles.get('weight', self.unread[0])[:60]}}}"
            raise ValueError(f"nothing reads {listed}; name the weights, such as {which}")

    def require_delay(self, delays: Iterable[float]) -> None:
        """Raise ValueError for delays that are not one step.

        Parameters
        ----------
        delays : iterable of float
            Of each synapse.
        """
        other = next((delay for delay in delays if delay != 1), None)
        if other is not None and not self.named:
            raise ValueError(
                f"a delay of {other}; here synapses act after 1 step. To leave delays out, name "
                f"the weights: columns: {{weight: {self.roles.get('weight', '...')}}}"
            )


def choose(there: Iterable[str], given: Mapping[str, str] | None) -> Chosen:
    """Return what the columns of a list of synapses mean.

    Parameters
    ----------
    there : iterable of str
        Their names.
    given : mapping of str to str, optional
        Column of each role that the user has named: pre, post, weight or count.

    Returns
    -------
    Chosen
        Which is which.

    Raises
    ------
    ValueError
        If a named column is not there, or several columns could have one role.
    """
    columns, given = list(there), dict(given or {})
    for role, name in given.items():
        if role == POPULATION:
            raise ValueError("columns.population: not allowed; only SONATA edges have populations")
        if role not in ROLES:
            raise ValueError(f"columns.{role}: unknown; must be {', '.join(ROLES)}")
        if columns.count(name) != 1:
            problem = "is not there" if name not in columns else "is there twice"
            raise ValueError(f"columns.{role}: {name!r} {problem}; there are {_told(columns)}")
    named, taken = "weight" in given, set(given.values())
    roles = dict(given)
    for role, known in KNOWN.items():
        if role in given:
            continue
        found = [name for name in columns if name not in taken and _plain(name) in known]
        if len(found) > 1:
            raise ValueError(f"{_told(found)} could each be the {role}; name it in columns")
        if found:
            roles[role] = found[0]
    read = {*roles.values(), ""}
    unread = [name for name in columns if name not in read and _plain(name) not in HARMLESS]
    return Chosen(roles, tuple(unread), named)


def refuse_columns(path: object, given: Mapping[str, str] | None) -> None:
    """Raise UserError if columns are named for a file that has none.

    Parameters
    ----------
    path : object
        The file.
    given : mapping of str to str, optional
        What the user has named.
    """
    if given:
        raise UserError(f"{path}: columns: not allowed; only lists of synapses have columns")


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]", "", name).casefold()


def _told(columns: list[str]) -> str:
    return ", ".join(repr(name)[:60] for name in columns[:12]) or "no columns"
