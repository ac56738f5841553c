"""What differs in torch where synapses are listed: see `asynet.network.wiring`.

onto: a population's arrays on the device; listed synapses have `pre` and `post` among them.
"""

import torch
from torch import Tensor

from asynet.network.kernels.whole_float32 import whole_float32


def currents_of(onto: dict[str, Tensor], s: Tensor) -> Tensor:
    """Return what synapses bring, from presynaptic states: see `afferents.currents`."""
    if "post" in onto:
        return add_up(onto, s, onto["effective"])
    with whole_float32():
        return s @ onto["effective"]


def add_up(onto: dict[str, Tensor], values: Tensor, weights: Tensor | None) -> Tensor:
    """Return the sum over each neuron's listed synapses of presynaptic values, (B, n_post).

    Parameters
    ----------
    onto : dict of str to tensor
        The population's arrays on the device.
    values : tensor, shape (B, n_in)
        Presynaptic values.
    weights : tensor of shape (n_synapses,), or None
        Factors on them.
    """
    shape = len(values), len(onto["bias"])
    out = torch.zeros(shape, dtype=values.dtype, device=values.device)
    for one, total in zip(values, out, strict=True):
        each = one[onto["pre"]]
        total.index_add_(0, onto["post"], each if weights is None else each * weights)
    return out


def of_pre(onto: dict[str, Tensor], values: Tensor) -> Tensor:
    """Return presynaptic values that go with the weights: see `afferents.of_pre`."""
    return values[onto["pre"]] if "pre" in onto else values[:, None]


def of_post(onto: dict[str, Tensor], values: Tensor) -> Tensor:
    """Return postsynaptic values that go with the weights: see `afferents.of_post`."""
    return values[onto["post"]] if "post" in onto else values


def coincidences(onto: dict[str, Tensor], s: Tensor, error: Tensor) -> Tensor:
    """Return the sum of s_j e_i, from presynaptic states s: see `afferents.coincidences`."""
    if "post" not in onto:
        with whole_float32():
            return s.T @ error
    total = torch.zeros_like(onto["weights"])
    for one, e in zip(s, error, strict=True):
        total = total + one[onto["pre"]] * e[onto["post"]]
    return total
