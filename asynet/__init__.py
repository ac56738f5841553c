"""Networks of stochastic neurons with asymmetric weights, trained by variational walkback."""

import os

# Threads that spin while they wait for one another take ten times as long as one thread alone
# wherever they share the cores with another program; threads that sleep at once take as long to
# wake as the kernels' loops take to run, a tenth of a millisecond. So GNU's spin for about that
# long. OpenMP reads both once, with torch or numba.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("GOMP_SPINCOUNT", "20000")
