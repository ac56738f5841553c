"""What a lesson changes in one matrix of synapses, in a single launch: see `Kernel.learn`."""

from dataclasses import dataclass

import triton
import triton.language as tl
from torch import Tensor

from asynet.network.kernels.triton_arithmetic import WHOLE, snap
from asynet.network.kernels.triton_launch import launch

ROWS, COLUMNS = 64, 16  # presynaptic and postsynaptic neurons that a program has at hand


@dataclass(frozen=True)
class Change:
    """A lesson's products, and what is made of them.

    Parameters
    ----------
    onto : dict of str to tensor
        The population's arrays on the device; changed in place.
    product : tensor of float32, shape (n_in, n_post)
        Sum over the batch of presynaptic state times error.
    error : tensor of float32, shape (n_post,)
        Sum over the batch of the error.
    numbers : tensor of float64, shape (3,)
        Momentum, learning rate, and the factor on plastic weights, in float32.
    centre : bool
        Whether presynaptic activity counts relative to its running mean.
    commit : bool
        Whether the velocity is added to the weights.
    """

    onto: dict[str, Tensor]
    product: Tensor
    error: Tensor
    numbers: Tensor
    centre: bool
    commit: bool


def follow(change: Change) -> None:
    """Change velocities, and weights and biases if they are to be.

    Parameters
    ----------
    change : Change
        The change.
    """
    onto, (n_in, n_post) = change.onto, change.product.shape
    masked = onto["mask"].numel() > 0
    tensors = [change.product, change.error, change.numbers]
    mask = onto["mask"] if masked else onto["signs"]
    tensors += [onto["mean"], onto["plastic"], onto["signs"], mask]
    tensors += [onto[key] for key in ("velocity", "weights", "effective", "bias", "bias_velocity")]
    flags = change.centre, change.commit, masked
    launch(_follow, (triton.cdiv(n_post, COLUMNS),), tensors, n_in, n_post, *flags, ROWS, COLUMNS)


@triton.jit
def _signed(weights, sign):  # type: ignore[no-untyped-def]
    """Return weights with those at 0 that have the wrong sign."""
    wrong = ((sign > 0) & (weights < 0)) | ((sign < 0) & (weights > 0))
    return tl.where(wrong, 0.0, weights)


@triton.jit  # type: ignore[untyped-decorator]
def _follow(  # type: ignore[no-untyped-def]
    product,
    errors,
    numbers,
    means,
    plastic,
    signs,
    mask,
    velocity,
    weights,
    effective,
    bias,
    bias_velocity,
    n_in,
    n_post,
    CENTRE: tl.constexpr,
    COMMIT: tl.constexpr,
    MASKED: tl.constexpr,
    ROWS: tl.constexpr,
    COLUMNS: tl.constexpr,
):
    i = tl.program_id(0) * COLUMNS + tl.arange(0, COLUMNS)
    momentum = tl.load(numbers).to(tl.float32)
    rate = tl.load(numbers + 1).to(tl.float32)
    shrink = tl.load(numbers + 2).to(tl.float32)
    e = tl.load(errors + i, i < n_post, 0.0)
    gradient = e.to(tl.float64)  # of the bias
    for start in range(0, n_in, ROWS):
        j = start + tl.arange(0, ROWS)
        at = j[:, None].to(tl.int64) * n_post + i[None, :]
        inside = (j < n_in)[:, None] & (i < n_post)[None, :]
        learns = tl.load(plastic + j, j < n_in, 0) != 0
        each = tl.load(product + at, inside, 0.0)
        exists = inside
        if MASKED:
            exists = tl.load(mask + at, inside, 0) != 0
        if CENTRE:
            mean = (tl.load(means + j, j < n_in, 0.0) * 256 + WHOLE - WHOLE) * 0.00390625
            m = tl.where(learns, mean, 0.0)
            unlearned = each.to(tl.float64) - m[:, None] * e.to(tl.float64)[None, :]
            unlearned = tl.where(exists, unlearned * m[:, None], 0.0)
            gradient -= tl.sum(unlearned, axis=0)
            each = each - m.to(tl.float32)[:, None] * e[None, :]
        each = each * learns.to(tl.float32)[:, None]
        v = tl.load(velocity + at, inside, 0.0) * momentum + each * rate
        tl.store(velocity + at, v, inside)
        if COMMIT:
            keep = tl.where(learns, shrink, 1.0)
            w = (tl.load(weights + at, inside, 0.0) + v) * keep[:, None]
            if MASKED:
                w = w * exists.to(tl.float32)
            w = _signed(w, tl.load(signs + j, j < n_in, 0)[:, None])
            tl.store(weights + at, w, inside)
            tl.store(effective + at, snap(w), inside)
    v = tl.load(bias_velocity + i, i < n_post, 0.0) * momentum + gradient.to(tl.float32) * rate
    tl.store(bias_velocity + i, v, i < n_post)
    if COMMIT:
        tl.store(bias + i, tl.load(bias + i, i < n_post, 0.0) + v, i < n_post)
