"""The torch kernel forbids TF32 and bfloat16 in its products, and gives the settings back."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from asynet.network.afferents import Plasticity
from asynet.network.kernels import Fire, make_kernel
from asynet.network.kernels.whole_float32 import whole_float32
from asynet.network.layered import layered

CUDA, CPU = "torch.backends.cuda.matmul", "torch.backends.mkldnn.matmul"
WAYS = {
    "nothing": "pass",
    "overall": "torch.set_float32_matmul_precision('medium')",
    "earlier": f"{CUDA}.allow_tf32 = True",
    "single": f"{CUDA}.fp32_precision = 'tf32'; {CPU}.fp32_precision = 'bf16'",
    "environment": "pass",
}
CHECK = """
import torch
from asynet.network.kernels.whole_float32 import whole_float32

def settings():
    return torch.backends.cuda.matmul.fp32_precision, torch.backends.mkldnn.matmul.fp32_precision

{way}
before = settings()
assert ("tf32" in before) == {loose}, before
with whole_float32():
    assert torch.get_float32_matmul_precision() == "highest"
    assert not torch.backends.cuda.matmul.allow_tf32
    assert not {{"tf32", "bf16"}} & set(settings()), settings()
assert settings() == before, settings()
"""


@pytest.mark.slow  # each way needs a process of its own
@pytest.mark.parametrize("way", WAYS)
def test_settings_are_given_back_however_they_were_made(way, monkeypatch):
    monkeypatch.delenv("TORCH_ALLOW_TF32_CUBLAS_OVERRIDE", raising=False)
    if way == "environment":
        monkeypatch.setenv("TORCH_ALLOW_TF32_CUBLAS_OVERRIDE", "1")
    code = CHECK.format(way=WAYS[way], loose=way != "nothing")
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_settings_are_given_back_after_a_failure():
    before = torch.get_float32_matmul_precision()
    with pytest.raises(ValueError, match="within"), whole_float32():
        raise ValueError("within")
    assert torch.get_float32_matmul_precision() == before


class Products(TorchDispatchMode):
    """Notes with which precision each product of float32 matrices is computed."""

    def __init__(self):
        super().__init__()
        self.precisions = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        if function._schema.name == "aten::mm" and args[0].dtype == torch.float32:
            self.precisions.append(torch.get_float32_matmul_precision())
        return function(*args, **(kwargs or {}))


def test_every_product_of_the_kernel_is_whole():
    kernel = make_kernel("torch", layered(6, 4, seed=1))
    state, fire = kernel.tensor(np.ones((3, 10))), Fire(1.0, 1, np.arange(3), 1)
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high")
    try:
        with Products() as products:
            kernel.respond("visible", state, fire)
            kernel.drive("visible", state, 1.0)
            kernel.learn("visible", state, kernel.tensor(np.ones((3, 6))), 0.1, Plasticity())
        assert torch.get_float32_matmul_precision() == "high"
    finally:
        torch.set_float32_matmul_precision(before)
    assert len(products.precisions) == 3
    assert set(products.precisions) == {"highest"}
