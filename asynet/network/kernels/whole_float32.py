"""Products of float32 matrices in whole float32, whatever the program or the environment allows.

The kernel's sums are exact because its factors are multiples of 2^-16. TF32, which a GPU uses for
products if it may, keeps 10 of the 23 bits of a factor, and bfloat16 keeps 7.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

HIGHEST = "highest"


@contextmanager
def whole_float32() -> Iterator[None]:
    """Forbid TF32 and bfloat16 in products of float32 matrices; give back the settings after it."""
    settings = _settings()
    before = [each.fp32_precision for each in settings]
    try:
        overall = torch.get_float32_matmul_precision()
    except RuntimeError:  # torch refuses to say where single settings were changed
        overall = HIGHEST
    torch.set_float32_matmul_precision(HIGHEST)
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(overall)
        for each, precision in zip(settings, before, strict=True):
            each.fp32_precision = precision


def _settings() -> list[Any]:
    """Return torch's settings of a GPU's and of a processor's products; none before torch 2.9."""
    both = (torch.backends.cuda.matmul, getattr(torch.backends.mkldnn, "matmul", None))
    return [each for each in both if hasattr(each, "fp32_precision")]
