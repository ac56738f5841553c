"""Linear-Gaussian operators, whose walks have closed forms."""

import numpy as np
import torch

from asynet.operators.kernel import OperatorKernel
from asynet.study.operator import Operator


class Linear(torch.nn.Module):
    """F(s) = A s."""

    told = False

    def __init__(self, a):
        super().__init__()
        self.a = torch.nn.Parameter(torch.tensor(a, dtype=torch.float32))

    def forward(self, s, hot):
        return (s.flatten(1) @ self.a.T).view_as(s), None


def linear_kernel(a, sigma=1.0, alpha=1.0):
    settings = Operator(kind="mlp", output="direct", sigma=sigma, alpha=alpha)
    return OperatorKernel(Linear(np.asarray(a)), settings, (len(a), 1, 1), np.ones(1))


def stationary_covariance(a, noise):
    """Solve S = A S A' + noise 1."""
    n = len(a)
    found = np.linalg.solve(np.eye(n * n) - np.kron(a, a), noise * np.eye(n).ravel())
    return found.reshape(n, n)
