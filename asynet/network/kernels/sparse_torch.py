"""What differs in torch where synapses are listed: see `asynet.network.wiring`.

onto: a population's arrays on the device. Listed synapses have among them `pre` and `post`, and for
sums over each neuron's synapses `by_post`, their places in the order of the neurons that they end
on, `pre_by_post`, and `starts`, where each neuron's begin in that order.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from asynet.network.kernels.whole_float32 import whole_float32
from asynet.network.wiring import Wiring

MOST_AT_ONCE = 2**22  # products of a state and an error that are held in memory


def listed(wiring: Wiring) -> dict[str, Any]:
    """Return the arrays of listed synapses, by name; see this module.

    Parameters
    ----------
    wiring : Wiring
        Which synapses exist.

    Returns
    -------
    dict of str to ndarray of int32 or int64
        To be moved to a device.
    """
    by_post = np.argsort(wiring.post, kind="stable")
    starts = np.searchsorted(wiring.post[by_post], np.arange(wiring.n_post + 1))
    whole = np.int32 if len(by_post) <= np.iinfo(np.int32).max else np.int64
    return {
        "pre": wiring.pre,
        "post": wiring.post,
        "by_post": by_post.astype(whole),
        "pre_by_post": wiring.pre[by_post].astype(whole),
        "starts": starts.astype(whole),
    }


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
    total = torch.nn.functional.embedding_bag(
        onto["pre_by_post"],
        values.t().contiguous(),  # (n_in, B)
        onto["starts"],
        mode="sum",
        per_sample_weights=None if weights is None else weights[onto["by_post"]],
        include_last_offset=True,
    )  # (n_post, B)
    return total.t().contiguous()


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
    states, errors = s.t().contiguous(), error.t().contiguous()  # (n_in, B), (n_post, B)
    total = torch.empty_like(onto["weights"])
    at_once = max(MOST_AT_ONCE // len(s), 1)
    for first in range(0, len(total), at_once):
        some = slice(first, first + at_once)
        products = states[onto["pre"][some]] * errors[onto["post"][some]]
        torch.sum(products, dim=1, out=total[some])
    return total


def bias_gradient(onto: dict[str, Tensor], s: Tensor, error: Tensor, centre: Tensor) -> Tensor:
    """Return the bias's share of a summed gradient, from presynaptic states s.

    See `afferents.bias_gradient`.
    """
    deviation = (s - centre) * centre
    if "post" in onto:
        q = add_up(onto, deviation, None)
    elif onto["mask"].numel():
        q = deviation @ onto["mask"].double()
    else:
        q = deviation.sum(1)[:, None]
    return (error.double() * (1.0 - q)).sum(dim=0)
