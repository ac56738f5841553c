"""By torchrun: do shared kernels give the bits of a single process, and share the work?

Prints, from each process, `same` and how many rows its own kernel was asked for.
"""

import numpy as np
from kernel_cases import Case, make, network_of, use

from asynet import processes
from asynet.network.afferents import Plasticity
from asynet.network.kernels import shared

SPIKES = ("bernoulli", "bernoulli")
MADE = {
    "dense": Case(3, (90, 60), SPIKES, 61, 0.7, False, True, False, 3.7, 1.0, False,
                  Plasticity(0.3, True, False), 0.99, True),
    "spike errors": Case(4, (90, 60), SPIKES, 7, 1.0, False, False, True, 1.0, 1.0, True,
                         Plasticity(0.0, True, True), 1.0, False),
    "masked, analogue": Case(5, (40, 61), ("gaussian", "bernoulli"), 20, 0.7, True, True, False,
                             3.7, 3.7, False, Plasticity(0.9, True, False), 0.99, False),
    "one chain": Case(6, (20, 30), SPIKES, 1, 1.0, False, False, False, 1.0, 1.0, False,
                      Plasticity(), 1.0, True),
}  # fmt: skip


def counted(kernel, rows):
    """Note of each question how many rows it has."""
    respond = kernel.respond

    def asked(population, state, *rest):
        rows.append(len(state))
        return respond(population, state, *rest)

    kernel.respond = asked
    return kernel


def main():
    """Compare all kernels in all cases."""
    shared.WORTH_SHARING, shared.WORTH_ADDING_UP = 0, 1
    processes.join("cpu")
    print(processes.count(), processes.share(7))
    for what, case in MADE.items():
        for name in ("reference", "numba", "torch"):
            network, rows = network_of(case), []
            alone = use(case, make(name, network))
            whole = use(case, shared.SharedKernel(counted(make(name, network), rows)))
            np.testing.assert_equal(whole, alone, f"{what}, {name}")
            mine = processes.share(case.batch) if case.batch > 1 else slice(0, 1)
            assert set(rows) == {mine.stop - mine.start}, (what, name, rows)
    first = processes.from_first(lambda: processes.is_first() and "first")
    assert (first, processes.any_of(not processes.is_first())) == ("first", True)
    print("same")


main()
