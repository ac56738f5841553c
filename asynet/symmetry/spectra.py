"""What asymmetry does to modes: non-normality, Sommers' ellipse, and modes that come back.

Arrays in, arrays out; W[i, j] is the synapse from j to i.
"""

from dataclasses import dataclass

import numpy as np

from asynet.types import Array


@dataclass(frozen=True)
class NonNormality:
    """How far a matrix is from having orthogonal modes; all zero-based, in the weights' unit.

    departure: Henrici's, sqrt(||W||_F^2 - sum |lambda|^2); 0 for normal matrices. As the difference
        of two squares it is exact to about 1e-8 ||W||_F.
    relative: departure / ||W||_F, in [0, 1]; 1 for a feedforward (nilpotent) network.
    spectral_abscissa: largest real part of an eigenvalue, the rate of growth in the long run.
    numerical_abscissa: largest eigenvalue of (W + W')/2, the largest rate at the start. Where it
        exceeds the spectral abscissa, activity can grow before it decays.
    """

    departure: float
    relative: float
    spectral_abscissa: float
    numerical_abscissa: float


def measure_non_normality(weights: Array) -> NonNormality:
    """Measure a square matrix (N, N) (Henrici 1962; Trefethen and Embree 2005, chapter 17)."""
    w = np.asarray(weights, np.float64)
    eigenvalues, norm = np.linalg.eigvals(w), float(np.linalg.norm(w))
    departure = float(np.sqrt(max(norm**2 - float((np.abs(eigenvalues) ** 2).sum()), 0.0)))
    return NonNormality(
        departure,
        departure / norm if norm else 0.0,
        float(eigenvalues.real.max()),
        float(np.linalg.eigvalsh((w + w.T) / 2)[-1]),
    )


@dataclass(frozen=True)
class Ellipse:
    """The region that eigenvalues of large random matrices fill evenly.

    centre: on the real axis. real, imaginary: semi-axes along the real and imaginary axis.
    """

    centre: float
    real: float
    imaginary: float

    def contains(self, eigenvalues: Array, slack: float = 0.0) -> Array:
        """Return which eigenvalues (n,) lie inside, both axes being longer by the factor 1 + slack.

        An ellipse without width holds those within 1e-6 of its longer axis.
        """
        thin = 1e-6 * max(self.real, self.imaginary)
        a, b = (max(axis * (1 + slack), thin) for axis in (self.real, self.imaginary))
        z = np.asarray(eigenvalues)
        inside: Array = ((z.real - self.centre) / a) ** 2 + (z.imag / b) ** 2 <= 1
        return inside

    def outline(self, points: int = 400) -> Array:
        """Return the ellipse as complex numbers, (points,)."""
        angle = np.linspace(0, 2 * np.pi, points)
        line: Array = self.centre + self.real * np.cos(angle) + 1j * self.imaginary * np.sin(angle)
        return line


def sommers_ellipse(weights: Array) -> Ellipse:
    """Return the ellipse of random matrices with the variance and reciprocity of W (N, N).

    Semi-axes sqrt(N) sd (1 + eta) and sqrt(N) sd (1 - eta), about the mean of the diagonal; sd is
    the standard deviation of all off-diagonal elements, eta the correlation of W_ij with W_ji over
    all of them, absent synapses being zeros (Sommers, Crisanti, Sompolinsky and Stein 1988).
    Eigenvalues outside it are structure that variance and reciprocity do not explain; one comes
    from the mean of the weights. The law is that of one population: blocks of differing variance
    have other shapes.
    """
    w = np.asarray(weights, np.float64)
    n = len(w)
    off = ~np.eye(n, dtype=bool)
    x, y = w[off] - w[off].mean(), w.T[off] - w[off].mean()
    variance = float((x**2).mean())
    eta = float((x * y).mean()) / variance if variance else 0.0
    radius = np.sqrt(n * variance)
    return Ellipse(float(np.trace(w)) / n, float(radius * (1 + eta)), float(radius * (1 - eta)))


@dataclass(frozen=True)
class ModeAlignment:
    """How each mode of the way up comes back on the way down.

    gains: (k,) singular values s of W_hv, largest first. returned: (k,) u' W_vh' v, what the way
    down gives back of each mode: s itself if the two matrices are each other's transposes.
    alignment: (k,) returned / sqrt(|W_vh' v| |W_vh u|), in [-1, 1], 1 where (u, v) is a mode of
    both matrices whatever its gain. up, down: Frobenius norms of the two matrices.
    chance: typical size of an alignment without any relation, (n_v n_h)^(-1/4).
    """

    gains: Array
    returned: Array
    alignment: Array
    up: float
    down: float
    chance: float

    @property
    def shares(self) -> Array:
        """What each mode adds to the cosine of W_hv with W_vh'; they sum to it, (k,)."""
        norms = self.up * self.down
        shares: Array = self.gains * self.returned / norms if norms else np.zeros_like(self.gains)
        return shares


def align_modes(up: Array, down: Array) -> ModeAlignment:
    """Compare W_hv, up (n_h, n_v), with W_vh, down (n_v, n_h), along the modes of the first.

    With W_hv = sum_k s_k u_k v_k', the inner product with W_vh' is sum_k s_k u_k' W_vh' v_k:
    every mode has its own part in how symmetric the pair is.
    """
    up, back = np.asarray(up, np.float64), np.asarray(down, np.float64).T
    u, gains, vt = np.linalg.svd(up, full_matrices=False)
    forth = back @ vt.T  # (n_h, k), W_vh' v_k
    home = back.T @ u  # (n_v, k), W_vh u_k
    returned = (u * forth).sum(axis=0)
    norms = np.sqrt(np.linalg.norm(forth, axis=0) * np.linalg.norm(home, axis=0))
    alignment = np.divide(returned, norms, out=np.zeros_like(returned), where=norms > 0)
    return ModeAlignment(
        gains,
        returned,
        alignment,
        float(np.linalg.norm(up)),
        float(np.linalg.norm(back)),
        float(up.size) ** -0.25,
    )
