"""The judge of MNIST's digits, trained once and kept beside the code.

A judge depends on its training images alone, so every run on the same ones can have the same
judge, at no cost. `python -m tools.judge` trains it anew.
"""

import hashlib
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from asynet.datasets.splits import Labels
from asynet.evaluation.classifier import Judge
from asynet.evaluation.digit_judge import Images, judge_with

FILE = Path(__file__).with_name("digit_judge.safetensors")


def shipped_judge(images: Images, labels: Labels, path: Path = FILE) -> Judge | None:
    """Return the judge that was trained on exactly these digits, or None.

    None too if the file is missing or damaged: then one has to be trained.

    Parameters
    ----------
    images : array of float32, shape (N, 784)
        Intensities in [0, 1].
    labels : array of int, shape (N,)
        Classes.
    path : Path
        The file that keeps a judge.
    """
    try:
        with safe_open(path, "pt") as file:
            if (file.metadata() or {}).get("trained_on") != _digest(images, labels):
                return None
            names = [str(k) for k in range(len(file.keys()))]
            return judge_with(tuple(file.get_tensor(name) for name in names))
    except (OSError, SafetensorError):
        return None


def keep_judge(judge: Judge, images: Images, labels: Labels, path: Path = FILE) -> None:
    """Write a judge to a file, with the digest of what it was trained on.

    Parameters
    ----------
    judge : Judge
        Whose weights are kept.
    images, labels : array
        What it was trained on: see `shipped_judge`.
    path : Path
        The file.
    """
    tensors = {str(k): weight.contiguous() for k, weight in enumerate(judge.weights)}
    save_file(tensors, path, {"trained_on": _digest(images, labels)})


def _digest(images: Images, labels: Labels) -> str:
    found = hashlib.sha256(np.ascontiguousarray(images, np.float32).data)
    found.update(np.ascontiguousarray(labels, np.int64).data)
    return found.hexdigest()
