"""The reciprocal rule in torch: see `asynet.network.reciprocal_rule`, operation for operation."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor

from asynet.network.pairs import Pairs
from asynet.numerics import exact

Arrays: TypeAlias = dict[str, Tensor]  # by name, on the device
# The presynaptic population, the lists of a `Pairs`, and the means of the opposite synapses' rows.
Opposite: TypeAlias = tuple[str, Arrays, Tensor]


def on_device(pair: Pairs, device: str) -> tuple[str, Arrays]:
    """Return the presynaptic population of a pair and its lists, moved to a device.

    Parameters
    ----------
    pair : Pairs
        From `find_pairs`.
    device : str
        "cpu", "cuda" or "cuda:N".
    """
    names = ("pre_neuron", "back_row", "own", "back")
    return pair.pre, {n: torch.tensor(getattr(pair, n), device=device) for n in names}


def shared_change(
    on_device: dict[str, Arrays], opposite: list[Opposite], population: str, shrink: float
) -> Tensor:
    """Give opposite synapses their change: see `reciprocal_rule.shared_change`.

    Parameters
    ----------
    on_device : dict of str to arrays
        Of all populations; changed in place.
    opposite : list of Opposite
        The pairs onto `population` that learn.
    population : str
        Whose synapses are about to change.
    shrink : float
        Factor on the weights that change.

    Returns
    -------
    tensor
        By how much the synapses onto `population` are to change.
    """
    change = _snap(on_device[population]["velocity"], exact.SNAP_CHANGE)
    total = change.clone()
    for pre, lists, centre in opposite:
        d, other = change.reshape(-1)[lists["own"]], on_device[pre]
        lost = torch.zeros(len(other["bias"]), dtype=torch.float64, device=d.device)
        lost.index_add_(0, lists["pre_neuron"], d.double() * centre[lists["back_row"]])
        other["bias"] = other["bias"] - lost.to(d.dtype)
        if pre == population:
            total.view(-1)[lists["back"]] += d
            continue
        factor = torch.ones((), dtype=d.dtype, device=d.device) * shrink
        moved = (other["weights"].reshape(-1)[lists["back"]] + d) * factor
        signs = other["signs"][lists["back_row"]]
        moved = torch.where((signs > 0) & (moved < 0) | (signs < 0) & (moved > 0), 0.0, moved)
        for key, values in (("weights", moved), ("effective", _snap(moved, exact.SNAP))):
            whole = other[key].reshape(-1).index_copy(0, lists["back"], values)
            other[key] = whole.reshape(other[key].shape)
    return total


def _snap(x: Tensor, grid: Mapping[Any, float]) -> Tensor:
    magic = grid[np.dtype(np.float32 if x.dtype == torch.float32 else np.float64)]
    return (x + magic) - magic
