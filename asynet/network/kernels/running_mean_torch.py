"""The running mean of presynaptic activity in torch: see `asynet.network.running_mean`."""

import torch
from torch import Tensor

from asynet.network.kernels.torch_arithmetic import divided
from asynet.network.running_mean import MEAN_RATE


def track_mean(onto: dict[str, Tensor], s: Tensor) -> None:
    """Move the running mean toward that of presynaptic states: see `running_mean.track_mean`.

    Parameters
    ----------
    onto : dict of str to tensor
        The population's arrays on the device; `mean` changes in place.
    s : tensor, shape (B, n_in)
        Presynaptic states.
    """
    mean = onto["mean"]
    seen = divided(s.sum(dim=0, dtype=torch.float64), len(s))
    onto["mean"].copy_(torch.where(mean.any(), mean + MEAN_RATE * (seen - mean), seen))


def centre_of(onto: dict[str, Tensor], centred: bool) -> Tensor:
    """Return what to subtract from presynaptic activity: see `running_mean.centre_of`.

    Parameters
    ----------
    onto : dict of str to tensor
        The population's arrays on the device.
    centred : bool
        Whether to subtract it at all; if not, all are 0.
    """
    if not centred:
        return torch.zeros_like(onto["mean"])
    return torch.where(onto["plastic"], torch.round(onto["mean"] * 256) / 256, 0.0)
