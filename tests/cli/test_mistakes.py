"""Out of memory, NumPy's and torch's, is one line; other errors of torch are not hidden."""

import numpy as np
import pytest
import torch
from typer import Exit

from asynet.cli.mistakes import mistakes_in_one_line


@pytest.mark.parametrize("ask", [np.zeros, torch.zeros])
def test_memory_that_is_not_there_is_one_line(ask, capsys):
    with pytest.raises(Exit) as left, mistakes_in_one_line():
        ask((2**30, 2**28))
    assert left.value.exit_code == 1
    said = capsys.readouterr().err
    assert said.startswith("out of memory: ")
    assert said.count("\n") == 1


def test_memory_of_a_gpu_is_one_line(capsys):
    with pytest.raises(Exit), mistakes_in_one_line():
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.")
    assert "out of memory: CUDA out of memory" in capsys.readouterr().err


def test_other_errors_of_torch_are_not_hidden():
    with pytest.raises(RuntimeError, match="must match"), mistakes_in_one_line():
        torch.zeros(2) + torch.zeros(3)
