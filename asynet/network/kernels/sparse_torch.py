"""What differs in torch where synapses are listed: see `asynet.network.wiring`.

onto: a population's arrays on the device; listed synapses have `pre` and `post` among them.
"""

import torch
from torch import Tensor


def currents_of(onto: dict[str, Tensor], s: Tensor) -> Tensor:
    """See `afferents.currents`. s: (B, n_in)."""
    return add_up(onto, s, onto["effective"]) if "post" in onto else s @ onto["effective"]


def add_up(onto: dict[str, Tensor], values: Tensor, weights: Tensor | None) -> Tensor:
    """Return the sum over each neuron's listed synapses of presynaptic values, (B, n_post).

    values: (B, n_in). weights: (n_synapses,) factors, or None.
    """
    shape = len(values), len(onto["bias"])
    out = torch.zeros(shape, dtype=values.dtype, device=values.device)
    for one, total in zip(values, out, strict=True):
        each = one[onto["pre"]]
        total.index_add_(0, onto["post"], each if weights is None else each * weights)
    return out


def of_pre(onto: dict[str, Tensor], values: Tensor) -> Tensor:
    """See `afferents.of_pre`."""
    return values[onto["pre"]] if "pre" in onto else values[:, None]


def of_post(onto: dict[str, Tensor], values: Tensor) -> Tensor:
    """See `afferents.of_post`."""
    return values[onto["post"]] if "post" in onto else values


def coincidences(onto: dict[str, Tensor], s: Tensor, error: Tensor) -> Tensor:
    """See `afferents.coincidences`. s: (B, n_in)."""
    if "post" not in onto:
        return s.T @ error
    total = torch.zeros_like(onto["weights"])
    for one, e in zip(s, error, strict=True):
        total = total + one[onto["pre"]] * e[onto["post"]]
    return total
