"""The Inception Score and the Frechet Inception Distance, as torch-fidelity computes them.

Both need torch-fidelity (the extra `fid`) and the weights of the network that published numbers
come from. Without either they are not computed, since another network gives other numbers.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from asynet.datasets.files.npz import one_line
from asynet.errors import UserError

Pixels = NDArray[np.uint8]

WEIGHTS = "weights-inception-2015-12-05-6726825d.pth"
SHA256_BEGINS = "6726825d"  # torch's naming of weights: the file's name ends in it
ADDRESS = f"https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/{WEIGHTS}"
SPLITS = 10


@dataclass(frozen=True)
class InceptionMetrics:
    """The two numbers that published tables give for samples of images.

    Published numbers take 50,000 samples. Both metrics are biased for fewer: the score downward,
    the distance upward.

    Parameters
    ----------
    inception_score : float
        Mean over 10 splits of the samples (Salimans et al. 2016); more is better.
    inception_score_std : float
        Standard deviation over the splits, not a standard error.
    fid : float
        Frechet Inception Distance (Heusel et al. 2017); less is better.
    samples : int
        Number of samples.
    real : int
        Number of real images.
    """

    inception_score: float
    inception_score_std: float
    fid: float
    samples: int
    real: int


def inception_metrics(
    samples: Pixels, real: Pixels, weights: Path | None = None, seed: int = 1, cuda: bool = False
) -> InceptionMetrics:
    """Return the Inception Score of samples, and their FID from real images.

    Parameters
    ----------
    samples : array of uint8, shape (N, 3, H, W)
        Samples, at least 10.
    real : array of uint8, shape (M, 3, H, W)
        Real images, at least 10.
    weights : Path, optional
        File of Inception's weights; see `find_weights`.
    seed : int
        Seed of the order in which samples are split.
    cuda : bool
        Whether to compute on the GPU.

    Raises
    ------
    UserError
        If torch-fidelity or its weights are missing, with what to do; or images do not fit.
    """
    if samples.dtype != np.uint8 or real.dtype != np.uint8:
        problem = f"{samples.dtype} samples and {real.dtype} real images"
        raise UserError(f"Inception Score and FID: {problem}; need uint8")
    if min(len(samples), len(real)) < SPLITS or samples.shape[1] != 3 or real.shape[1] != 3:
        problem = f"{samples.shape} samples and {real.shape} real images"
        raise UserError(f"Inception Score and FID: {problem}; need at least 10 of (3, H, W) each")
    file = check_inception(weights)
    from torch_fidelity import calculate_metrics

    metrics = calculate_metrics(
        input1=_Images(samples),
        input2=_Images(real),
        isc=True,
        fid=True,
        isc_splits=SPLITS,
        rng_seed=seed,
        feature_extractor_weights_path=str(file),
        cuda=cuda,
        cache=False,  # of features by name of a data set: these have none
        save_cpu_ram=True,  # no worker processes
        verbose=False,
    )
    return InceptionMetrics(
        metrics["inception_score_mean"],
        metrics["inception_score_std"],
        metrics["frechet_inception_distance"],
        len(samples),
        len(real),
    )


def check_inception(weights: Path | None = None) -> Path:
    """Return the file of Inception's weights, if both metrics can be computed here.

    Ask this before a long run, so that it does not fail at its end.

    Parameters
    ----------
    weights : Path, optional
        The file; see `find_weights`.

    Raises
    ------
    UserError
        If torch-fidelity or its weights are missing, with what to do.
    """
    file = find_weights(weights)
    try:
        import torch_fidelity  # noqa: F401
    except ImportError:
        problem = "the Inception Score and FID need torch-fidelity"
        raise UserError(f"{problem}: pip install 'asynet[fid]'") from None
    except Exception as error:  # torchvision, which it imports, built for another torch
        problem = f"torch-fidelity cannot be imported ({one_line(error)})"
        raise UserError(
            f"{problem}; install the torchvision made for {torch.__version__}"
        ) from None
    return file


def find_weights(path: Path | None) -> Path:
    """Return the file of Inception's weights, which nothing here downloads.

    Parameters
    ----------
    path : Path, optional
        The file; None: $ASYNET_INCEPTION, or where torch.hub would have put it.

    Raises
    ------
    UserError
        If it is missing or another file, with where to get it.
    """
    named = path or os.environ.get("ASYNET_INCEPTION")
    place = Path(named or Path(torch.hub.get_dir()) / "checkpoints" / WEIGHTS).expanduser()
    if not place.is_file():
        raise UserError(
            f"Inception Score and FID: no weights at {place}; download {ADDRESS} to there, or set "
            "ASYNET_INCEPTION to where the file is"
        )
    with open(place, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if not digest.startswith(SHA256_BEGINS):
        problem = f"SHA-256 begins with {digest[:8]}, not {SHA256_BEGINS}"
        raise UserError(f"{place}: {problem}: damaged, or other weights; download {ADDRESS}")
    return place


class _Images(Dataset[Tensor]):
    def __init__(self, images: Pixels) -> None:
        self.images = images

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Tensor:
        return torch.tensor(self.images[index])
