"""Products of spikes with weights: by adding up rows, from tables of sums, and by BLAS.

python -m benchmarks.sums [--inputs 784] [--outputs 300]

All three give the same bits, since weights are multiples of 2^-16. One thread.
"""

from typing import Annotated

import numpy as np
import typer

from asynet.network.kernels import spike_sums
from asynet.numerics.exact import snap
from benchmarks.trained import interleave


def main(
    inputs: Annotated[int, typer.Option(help="Presynaptic neurons.")] = 784,
    outputs: Annotated[int, typer.Option(help="Postsynaptic neurons.")] = 300,
    rounds: Annotated[int, typer.Option(help="Repetitions.")] = 15,
) -> None:
    """Print the CPU time of each way, by the number of chains and the share of spikes."""
    import numba

    numba.set_num_threads(1)
    rng = np.random.default_rng(1)
    rows = snap(rng.normal(0, 0.05, (inputs, outputs)).astype(np.float32))
    print(f"({inputs}, {outputs}) float32, one thread; microseconds of CPU, medians of {rounds}")
    print(f"{'chains':>7}{'spikes':>8}{'rows':>10}{'tables':>10}{'BLAS':>10}{'asynet takes':>15}")
    for chains in (1, 16, 32, 64, 128, 256, 1024):
        for share in (0.02, 0.13, 0.5):
            spikes = (rng.random((chains, inputs)) < share).astype(np.float32)
            ways = {
                "rows": lambda s=spikes: spike_sums.multiply_packed(s, rows, np.inf),
                "tables": lambda s=spikes: spike_sums.multiply_packed(s, rows, 0.0),
                "BLAS": lambda s=spikes: s @ rows,
            }
            found = [way() for way in ways.values()]
            assert all((one == found[0]).all() for one in found)
            # The work of a round is long enough for the clock.
            count = max(1, 2048 // chains)
            calls = {n: lambda w=w, c=count: [w() for _ in range(c)] for n, w in ways.items()}
            times = {
                n: 1e6 * np.median(t.cpu) / count for n, t in interleave(calls, rounds).items()
            }
            taken = "tables" if spike_sums.tabulated(spikes) else "rows"
            cells = "".join(f"{t:>10.1f}" for t in times.values())
            print(f"{chains:>7}{share:>8.2f}{cells}{taken:>15}", flush=True)


if __name__ == "__main__":
    typer.run(main)
