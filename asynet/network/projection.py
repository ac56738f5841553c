"""What a projection is: the synapses from one population to another."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import issparse

from asynet.numerics import checks
from asynet.types import Array, Matrix


@dataclass(frozen=True)
class Projection:
    """Synapses from one population to another, or from a population to itself.

    Parameters
    ----------
    pre, post : str
        Names of the populations that the synapses come from and go to.
    weights : ndarray or scipy.sparse.csr_array, shape (n_post, n_pre)
        weights[i, j] is the synapse from j to i. Compressed sparse rows, without duplicates, hold
        the synapses that exist, and are simulated as such; a stored 0 is a synapse.
    mask : ndarray of bool, shape (n_post, n_pre), optional
        Where synapses exist; the weights are 0 elsewhere. None: everywhere, or where stored.
    signs : ndarray of int, shape (n_pre,), optional
        The sign, +1 or -1, that Dale's law gives the synapses of a presynaptic neuron; 0 leaves
        them free. None: all are free.
    plastic : bool
        Whether training changes the weights.
    pre_names, post_names : tuple of str, optional
        What a file of synapses calls the neurons of the two populations; a `Network` gives them to
        its populations. None: nothing.

    Raises
    ------
    ValueError
        If a value is not allowed, or two of them do not fit each other.
    """

    pre: str
    post: str
    weights: Matrix
    mask: Array | None = None
    signs: Array | None = None
    plastic: bool = True
    pre_names: tuple[str, ...] | None = None
    post_names: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Check every value; raise ValueError on the first that is not allowed."""
        for what in ("pre", "post"):
            checks.instance(f"projection: {what}", getattr(self, what), str, "a population's name")
        where = f"projection {self.name}"
        checks.flag(f"{where}: plastic", self.plastic)
        if self.sparse:
            _check_listed(where, self)
        elif getattr(self.weights, "ndim", 2) != 2:
            raise checks.refusal(f"{where}: weights", self.weights, "of shape (n_post, n_pre)")
        else:
            checks.numbers(f"{where}: weights", self.weights)
        if self.mask is not None:
            _check_mask(where, self.weights, self.mask)
        if self.signs is not None:
            _check_signs(where, self.weights, self.signs)

    def __repr__(self) -> str:
        """Return the ends and the number of synapses on one line."""
        kind = "a list" if self.sparse else "a matrix"
        fixed = "" if self.plastic else ", fixed"
        return f"Projection({self.pre} to {self.post}: {self.n_synapses:,} synapses, {kind}{fixed})"

    @property
    def name(self) -> str:
        """Return the projection's name, `post<-pre`."""
        return f"{self.post}<-{self.pre}"

    @property
    def sparse(self) -> bool:
        """Return whether the weights are stored as a list of synapses."""
        return bool(issparse(self.weights))

    @property
    def n_synapses(self) -> int:
        """Return the number of synapses that exist."""
        if self.sparse:
            return int(self.weights.nnz)
        return int(self.weights.size if self.mask is None else self.mask.sum())


def _check_listed(where: str, projection: Projection) -> None:
    weights = projection.weights
    if projection.mask is not None:
        raise ValueError(f"{where}: mask: not allowed; sparse weights are their own mask")
    if weights.format != "csr" or weights.ndim != 2 or not weights.has_canonical_format:
        raise ValueError(
            f"{where}: weights: sparse weights must be csr_array with sorted columns and no "
            "duplicates (call sum_duplicates)"
        )
    checks.numbers(f"{where}: weights", weights.data)


def _check_mask(where: str, weights: Array, mask: Array) -> None:
    right = isinstance(mask, np.ndarray) and mask.dtype == np.bool_
    if not right or mask.shape != weights.shape:
        raise checks.refusal(f"{where}: mask", mask, f"bool of the weights' shape {weights.shape}")
    outside = weights[~mask]
    if outside.any():
        raise ValueError(
            f"{where}: weights: {np.count_nonzero(outside)} are not 0 where mask is False; "
            "must be 0 where there is no synapse"
        )


def _check_signs(where: str, weights: Matrix, signs: Array) -> None:
    n_pre = weights.shape[1]
    right = isinstance(signs, np.ndarray) and signs.dtype.kind == "i"
    if not right or signs.shape != (n_pre,) or (np.abs(signs) > 1).any():
        raise checks.refusal(f"{where}: signs", signs, f"{n_pre} whole numbers +1, -1 or 0")
    # A weight disagrees where its product with the sign is below 0.
    signed = weights.data * signs[weights.indices] if issparse(weights) else weights * signs
    wrong = int(np.count_nonzero(signed < 0))
    if wrong:
        raise ValueError(
            f"{where}: weights: {wrong} have the wrong sign; must have their neuron's, see signs"
        )
