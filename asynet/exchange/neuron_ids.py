"""From the ids of neurons in a file to their places in a population.

Ids that are whole numbers from 0 to n - 1, n being the size of the population, are places.
Otherwise all ids are names, and there must be n different ones, so that every file gives the same
neuron the same place: names that are whole numbers are sorted by value, other names as text.

Where the population has names already, these decide, and a file need not hold all of them.
"""

import re
from collections.abc import Sequence

import numpy as np

from asynet.types import Array

WHOLE = re.compile(r"[+-]?\d+(\.0*)?")
LARGEST = 2**63 - 1
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|nan|")

Names = tuple[str, ...]


def places_of(
    ids: Sequence[str], n: int, what: str, known: Names | None = None
) -> tuple[Array, Names | None]:
    """Return the place of each id in a population.

    Parameters
    ----------
    ids : sequence of str
        As they stand in the file.
    n : int
        Neurons in the population.
    what : str
        Whose ids they are, for messages.
    known : tuple of str, optional
        Names that the population's neurons have already.

    Returns
    -------
    tuple
        Places, int64 from 0 to n - 1, and the name of each place; None if the ids are places.

    Raises
    ------
    ValueError
        For a missing or fractional id, an unknown name, or names of which there are not n.
    """
    if known is not None:
        return places_among(ids, known, what), known
    texts = {text: text.strip() for text in set(ids)}
    numeric = {text: _whole(stripped, what) for text, stripped in texts.items()}
    numbers = [number for number in numeric.values() if number is not None]
    if len(numbers) == len(texts):
        outside = [number for number in numbers if not 0 <= number < n]
        place = {text: number for text, number in numeric.items() if number is not None}
        names = None
        if outside:
            ordered = sorted(set(numbers))
            if len(ordered) != n:
                raise ValueError(
                    f"{what} neuron {outside[0]} is not there; 0 to {n - 1} are, "
                    f"or names of all {n} neurons, of which there are {len(ordered)}; "
                    "Population(..., names=[...]) gives all"
                )
            rank = {number: k for k, number in enumerate(ordered)}
            place = {text: rank[number] for text, number in place.items()}
            names = tuple(map(str, ordered))
    else:
        sorted_names = sorted(set(texts.values()))
        if len(sorted_names) != n:
            raise ValueError(
                f"{len(sorted_names)} names of {what} neurons, such as {sorted_names[-1][:60]!r}; "
                f"there must be as many as neurons, {n}, or numbers from 0 to {n - 1}; "
                "Population(..., names=[...]) gives all"
            )
        rank_of = {name: k for k, name in enumerate(sorted_names)}
        place = {text: rank_of[stripped] for text, stripped in texts.items()}
        names = tuple(sorted_names)
    return np.fromiter((place[text] for text in ids), np.int64, len(ids)), names


def side_by_side(populations: Array, neurons: Array) -> tuple[Array, int]:
    """Return the neurons of several populations as those of one.

    Populations stand side by side in the order of their names, each with its neurons up to the
    last that fired.

    Parameters
    ----------
    populations : array of str, shape (n_spikes,)
        Population of the neuron that fired.
    neurons : array of int, shape (n_spikes,)
        Its place there, from 0.

    Returns
    -------
    tuple
        Places among all, int64 (n_spikes,), and how many neurons there are.
    """
    _, of = np.unique(populations, return_inverse=True)
    sizes = np.zeros(of.max(initial=-1) + 1, np.int64)
    np.maximum.at(sizes, of, neurons + 1)
    first = np.cumsum(sizes) - sizes
    return first[of] + neurons, int(sizes.sum())


def places_of_nodes(nodes: Sequence[str]) -> list[int]:
    """Return the place of each node of a graph, whose nodes are all there.

    Nodes that are the whole numbers from 0 to n - 1 are places. Otherwise the order in which the
    graph has its nodes is that of the neurons.

    Parameters
    ----------
    nodes : sequence of str
        In the order of the graph.
    """
    stripped = [str(node).strip() for node in nodes]
    if all(WHOLE.fullmatch(text) for text in stripped):
        numbers = [int(text.partition(".")[0]) for text in stripped]
        if sorted(numbers) == list(range(len(numbers))):
            return numbers
    return list(range(len(stripped)))


def places_among(ids: Sequence[str], known: Names, what: str) -> Array:
    """Return the place of each id among the names of a population's neurons.

    Numbers are one name however they are written.

    Parameters
    ----------
    ids : sequence of str
        As they stand in the file.
    known : tuple of str
        Name of each neuron.
    what : str
        Whose ids they are, for messages.

    Returns
    -------
    array of int64, shape (n_ids,)
        From 0 on.

    Raises
    ------
    ValueError
        For an id that no neuron has.
    """
    place = {_one_spelling(name): k for k, name in enumerate(known)}
    found = np.empty(len(ids), np.int64)
    for k, text in enumerate(ids):
        spelled = _one_spelling(text)
        if spelled not in place:
            few = ", ".join(known[:3])
            raise ValueError(f"{what} {text.strip()[:60]!r} is no neuron; there are {few}, ...")
        found[k] = place[spelled]
    return found


def _one_spelling(text: str) -> str:
    text = text.strip()
    return str(int(text.partition(".")[0])) if WHOLE.fullmatch(text) else text


def _whole(text: str, what: str) -> int | None:
    """Return a whole number, or None for a name."""
    if WHOLE.fullmatch(text):
        number = int(text.partition(".")[0])
        if abs(number) > LARGEST:
            raise ValueError(f"{what} {text[:60]} is no neuron; must be at most {LARGEST}")
        return number
    if NUMBER.fullmatch(text):
        raise ValueError(f"{what} {text!r} is no neuron; must be a whole number or a name")
    return None
