"""The bound of a linear Gaussian mode, in closed form."""

import numpy as np


def mode_bound(temperatures, v, a, c):
    """Bound and V_K of a Gaussian mode whose p* is the last state's (fact 6).

    v: V_0. a: memory, or a function of the temperature that returns it. c: noise.
    """
    total = 0.0
    for temperature in temperatures:
        memory = a(temperature) if callable(a) else a
        after = memory**2 * v + c * temperature
        total += (after - v) * (1 - memory**2) / (2 * c * temperature)
        v = after
    return total - np.log(2 * np.pi * np.e * v) / 2, v
