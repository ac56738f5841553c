"""How fast asynet is, and what it is worth beside a tied network. Run by hand, never by CI."""

import os

# NumPy's BLAS would take every core whatever number of threads is compared; it reads this once.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
