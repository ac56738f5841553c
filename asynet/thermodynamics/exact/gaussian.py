"""Closed forms of linear Gaussian networks, s' = A s + noise of covariance T Q.

All neurons are resampled at once, so half-steps are whole steps.
"""

import numpy as np

from asynet.numerics.arguments import shaped
from asynet.numerics.checks import refusal
from asynet.thermodynamics.exact.ledger import GapLedger, check_temperatures
from asynet.types import Array


def stationary_covariance(step: Array, noise: Array) -> Array:
    """Return the stationary covariance S = A S A' + Q, (n, n).

    Parameters
    ----------
    step : array, shape (n, n)
        A, whose eigenvalues must lie within the unit circle.
    noise : array, shape (n, n)
        Q, symmetric and positive definite.

    Raises
    ------
    ValueError
        If there is no stationary state, or an argument is no such matrix.
    """
    a, s = _checked(step, noise)
    radius = float(np.abs(np.linalg.eigvals(a)).max())
    if radius >= 1:
        raise ValueError(f"no stationary state: an eigenvalue has magnitude {radius:.4g}")
    while np.abs(a).max() > 1e-20:  # the sum of A^k Q A'^k, whose length doubles each time
        s, a = s + a @ s @ a.T, a @ a
    return (s + s.T) / 2


def gaussian_entropy_production(step: Array, noise: Array) -> float:
    """Return the entropy production tr[Q^-1 A (S A' - A S)], in nats per step.

    It is the same at every temperature, since T cancels. A rotation with friction k and frequency
    w, A = 1 + dt [[-k, w], [-w, -k]], gives 2 w^2 / k per unit time in the limit of small steps.

    Parameters
    ----------
    step : array, shape (n, n)
        A, whose eigenvalues must lie within the unit circle.
    noise : array, shape (n, n)
        Q, symmetric and positive definite.

    Raises
    ------
    ValueError
        If there is no stationary state, or an argument is no such matrix.
    """
    a, noise = _checked(step, noise)
    s = stationary_covariance(a, noise)
    return float(np.trace(np.linalg.solve(noise, a @ (s @ a.T - a @ s))))


def gaussian_ledger(
    step: Array, noise: Array, data: Array, prior: Array, temperatures: Array
) -> GapLedger:
    """Return the parts of the gap of s' = A s + noise of covariance T Q; all means are 0.

    Parameters
    ----------
    step : array, shape (n, n)
        A, whose eigenvalues must lie within the unit circle.
    noise : array, shape (n, n)
        Q, symmetric and positive definite.
    data : array, shape (n, n) or (n,)
        Covariance V_0 of Gaussian data s_0, over which the parts are averaged; or one example x.
    prior : array, shape (n, n)
        Covariance of p*, symmetric and positive definite.
    temperatures : array, shape (K,)
        From data to noise, one for each step, above 0.

    Returns
    -------
    GapLedger
        In nats.

    Raises
    ------
    ValueError
        If there is no stationary state, a shape does not fit, a matrix is not positive definite, or
        a temperature is not above 0.

    References
    ----------
    Goyal et al. 2017, eq. 8.
    """
    a, q = _checked(step, noise)
    _covariance("prior", prior, len(a))
    temperatures = check_temperatures(temperatures)
    shaped("data", data, (len(a),) * np.ndim(data))
    if np.ndim(data) not in (1, 2):
        raise refusal("data", data, "an example (n,) or a covariance (n, n)")
    s = stationary_covariance(a, q)  # at T = 1; T s at T
    x = np.asarray(data, np.float64)
    moment = np.outer(x, x) if x.ndim == 1 else x  # <s_t s_t'>
    back = s @ a.T @ np.linalg.inv(s)  # P^R(s_t | s_{t-1}) = N(B s_{t-1}, T R)
    reverse = s - back @ s @ back.T
    after, losses, irreversible, work = moment, [], [], []
    log_likelihood = _expected_log(moment, _cooled(a, q, prior, temperatures))
    data_end = log_likelihood - _expected_log(moment, temperatures[0] * s)
    for t, temperature in enumerate(temperatures):
        before = after
        after = a @ before @ a.T + temperature * q
        forth = _expected_log(temperature * q, temperature * q)
        # ln p(s_{t-1} | s_t): the residual s_{t-1} - A s_t has these second moments.
        cross = before @ a.T  # <s_{t-1} s_t'>
        residual = before - cross @ a.T - a @ cross.T + a @ after @ a.T
        losses.append(forth - _expected_log(residual, temperature * q))
        turned = after - back @ cross - cross.T @ back.T + back @ before @ back.T
        irreversible.append(forth - _expected_log(turned, temperature * reverse))
        if t + 1 < len(temperatures):
            now, later = temperature * s, temperatures[t + 1] * s
            work.append(_expected_log(after, now) - _expected_log(after, later))
    hot_end = _expected_log(after, temperatures[-1] * s) - _expected_log(after, prior)
    loss, irreversibility = np.array(losses), np.array(irreversible)
    return GapLedger(
        np.asarray(temperatures, np.float64),
        irreversibility,
        loss,
        irreversibility - loss,
        np.array(work),
        data_end,
        hot_end,
    )


def _checked(step: Array, noise: Array) -> tuple[Array, Array]:
    """Return A and Q as float64."""
    a = shaped("step", step, ("n", "n")).astype(np.float64)
    return a, _covariance("noise", noise, len(a))


def _covariance(name: str, value: Array, n: int) -> Array:
    found = shaped(name, value, (n, n)).astype(np.float64)
    if not np.allclose(found, found.T) or np.linalg.eigvalsh(found)[0] <= 0:
        raise refusal(name, value, "a symmetric matrix with positive eigenvalues")
    return found


def _cooled(a: Array, q: Array, prior: Array, temperatures: Array) -> Array:
    """Return the covariance of p(s_0), of cooling from p*."""
    covariance = np.asarray(prior, np.float64)
    for temperature in temperatures[::-1]:
        covariance = a @ covariance @ a.T + temperature * q
    return covariance


def _expected_log(moment: Array, covariance: Array) -> float:
    """Return E ln N(r; 0, covariance) where <r r'> = moment."""
    n = len(covariance)
    trace = float(np.trace(np.linalg.solve(covariance, moment)))
    log_determinant = float(np.linalg.slogdet(covariance)[1])
    return -(trace + log_determinant + n * float(np.log(2 * np.pi))) / 2
