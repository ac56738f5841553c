"""What asymmetry does to a matrix's modes: non-normality, Sommers' ellipse, aligned modes.

W[i, j] is the synapse from j to i.
"""

from dataclasses import dataclass

import numpy as np

from asynet.numerics.arguments import shaped
from asynet.numerics.checks import refusal
from asynet.types import Array


@dataclass(frozen=True)
class NonNormality:
    """How far a matrix is from having orthogonal eigenvectors, in the weights' unit.

    Parameters
    ----------
    departure : float
        Henrici's departure from normality, sqrt(||W||_F^2 - sum |lambda|^2); 0 for normal matrices.
        As a difference of two squares it is exact to about 1e-8 ||W||_F.
    relative : float
        departure / ||W||_F, in [0, 1]; 1 for a feedforward (nilpotent) network.
    spectral_abscissa : float
        Largest real part of an eigenvalue: the rate of growth of linear dynamics in the long run.
    numerical_abscissa : float
        Largest eigenvalue of (W + W')/2: the largest rate of growth at the start. Where it exceeds
        the spectral abscissa, activity can grow before it decays.
    """

    departure: float
    relative: float
    spectral_abscissa: float
    numerical_abscissa: float


def measure_non_normality(weights: Array) -> NonNormality:
    """Measure how far a matrix is from having orthogonal eigenvectors.

    Parameters
    ----------
    weights : array, shape (N, N)
        W[i, j] is the synapse from j to i.

    Returns
    -------
    NonNormality
        In the weights' unit.

    Raises
    ------
    ValueError
        If `weights` is no finite square matrix.

    References
    ----------
    Henrici 1962; Trefethen and Embree 2005, chapter 17.
    """
    w = shaped("weights", weights, ("N", "N")).astype(np.float64)
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
    """The ellipse in the complex plane that eigenvalues of large random matrices fill evenly.

    Parameters
    ----------
    centre : float
        Its centre, on the real axis.
    real : float
        Semi-axis along the real axis.
    imaginary : float
        Semi-axis along the imaginary axis.
    """

    centre: float
    real: float
    imaginary: float

    def contains(self, eigenvalues: Array, slack: float = 0.0) -> Array:
        """Return which eigenvalues lie inside, (n,) bool.

        An ellipse without width holds those within 1e-6 of its longer axis.

        Parameters
        ----------
        eigenvalues : array of complex, shape (n,)
            The eigenvalues.
        slack : float
            Both axes are taken longer by the factor 1 + slack.
        """
        thin = 1e-6 * max(self.real, self.imaginary)
        a, b = (max(axis * (1 + slack), thin) for axis in (self.real, self.imaginary))
        z = np.asarray(eigenvalues)
        inside: Array = ((z.real - self.centre) / a) ** 2 + (z.imag / b) ** 2 <= 1
        return inside

    def outline(self, points: int = 400) -> Array:
        """Return the ellipse as complex numbers, (points,).

        Parameters
        ----------
        points : int
            How many, the first and the last being the same.
        """
        angle = np.linspace(0, 2 * np.pi, points)
        line: Array = self.centre + self.real * np.cos(angle) + 1j * self.imaginary * np.sin(angle)
        return line


def sommers_ellipse(weights: Array) -> Ellipse:
    """Return the ellipse of random matrices with the variance and reciprocity of W.

    The semi-axes are sqrt(N) sd (1 + eta) and sqrt(N) sd (1 - eta), about the mean of the diagonal;
    sd is the standard deviation of all off-diagonal elements, eta the correlation of W_ij with W_ji
    over all of them, absent synapses being zeros. Eigenvalues outside it are structure that
    variance and reciprocity do not explain; one comes from the mean of the weights. The law is that
    of one population: blocks of differing variance have other shapes.

    Parameters
    ----------
    weights : array, shape (N, N)
        W[i, j] is the synapse from j to i; N is at least 2.

    Raises
    ------
    ValueError
        If `weights` is no finite square matrix of at least two neurons.

    References
    ----------
    Sommers, Crisanti, Sompolinsky and Stein 1988.
    """
    w = shaped("weights", weights, ("N", "N")).astype(np.float64)
    if len(w) < 2:
        raise refusal("weights", w, "a matrix of at least two neurons")
    n = len(w)
    off = ~np.eye(n, dtype=bool)
    x, y = w[off] - w[off].mean(), w.T[off] - w[off].mean()
    variance = float((x**2).mean())
    eta = float((x * y).mean()) / variance if variance else 0.0
    radius = np.sqrt(n * variance)
    return Ellipse(float(np.trace(w)) / n, float(radius * (1 + eta)), float(radius * (1 - eta)))


@dataclass(frozen=True)
class ModeAlignment:
    """How well the modes of W_hv, visible to hidden, agree with W_vh, hidden to visible.

    Parameters
    ----------
    gains : array, shape (k,)
        Singular values s of W_hv, largest first.
    returned : array, shape (k,)
        u' W_vh' v, what W_vh returns of each mode (u, v): s itself if the two matrices are each
        other's transposes.
    alignment : array, shape (k,)
        returned / sqrt(|W_vh' v| |W_vh u|), in [-1, 1]; 1 where (u, v) is a mode of both matrices,
        whatever its gain.
    up : float
        Frobenius norm of W_hv.
    down : float
        Frobenius norm of W_vh.
    chance : float
        Typical size of an alignment of unrelated matrices, (n_v n_h)^(-1/4).
    """

    gains: Array
    returned: Array
    alignment: Array
    up: float
    down: float
    chance: float

    @property
    def shares(self) -> Array:
        """Return what each mode adds to the cosine of W_hv with W_vh', (k,); they sum to it."""
        norms = self.up * self.down
        shares: Array = self.gains * self.returned / norms if norms else np.zeros_like(self.gains)
        return shares


def align_modes(up: Array, down: Array) -> ModeAlignment:
    """Compare two matrices in opposite directions along the modes of the first.

    With W_hv = sum_k s_k u_k v_k', the inner product with W_vh' is sum_k s_k u_k' W_vh' v_k:
    every mode has its own part in how symmetric the pair is.

    Parameters
    ----------
    up : array, shape (n_h, n_v)
        W_hv, from visible to hidden neurons.
    down : array, shape (n_v, n_h)
        W_vh, from hidden to visible neurons.

    Returns
    -------
    ModeAlignment
        One number a mode, k = min(n_h, n_v).

    Raises
    ------
    ValueError
        If a matrix is not finite, or the shapes are not those of each other's transposes.
    """
    sizes: dict[str, int] = {}
    up = shaped("up", up, ("n_h", "n_v"), sizes).astype(np.float64)
    back = shaped("down", down, ("n_v", "n_h"), sizes).astype(np.float64).T
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
