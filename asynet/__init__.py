"""Networks of stochastic neurons with asymmetric weights, trained by variational walkback."""

import os

# Threads that spin while they wait for one another take ten times as long as one thread alone
# wherever they share the cores with another program. OpenMP reads this once, with torch or numba.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
