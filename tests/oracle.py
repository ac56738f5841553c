"""A network of at most ten Bernoulli neurons, by enumeration: what asynet samples, exactly.

Written from the formulas in float64, apart from asynet's kernels. A distribution is a vector
over all 2**N states, a half-step a matrix P[s, s'] from the state before to the one after.
State number k holds the bits of k, the first neuron being the highest.
"""

from dataclasses import dataclass

import numpy as np

from asynet.network import Network, Population, Projection


def all_states(n):
    """Return the states of n neurons, (2**n, n) float64."""
    return (np.arange(2**n)[:, None] >> np.arange(n)[::-1] & 1).astype(np.float64)


def number_of(states):
    """Return the numbers of states (B, n) in `all_states`."""
    n = states.shape[1]
    return np.asarray(states).astype(np.int64) @ (1 << np.arange(n)[::-1])


@dataclass(frozen=True)
class HalfStep:
    """group: neurons resampled. P, logs: (2**N, 2**N); where P is 0, logs is 0 as well."""

    group: tuple
    temperature: float
    P: np.ndarray
    logs: np.ndarray


@dataclass(frozen=True)
class Expected:
    """The expectation of eq. 5 for one x, and its parts.

    prior: E ln p*(s_K). posterior: E ln q(h_0|x). differences: E ln p - ln q, each half-step.
    """

    prior: float
    posterior: float
    differences: np.ndarray

    @property
    def bound(self):
        return self.prior - self.posterior + self.differences.sum()


@dataclass(frozen=True)
class Oracle:
    """weights: (N, N), post by pre. groups: neurons' numbers, in the cooling order."""

    weights: np.ndarray
    bias: np.ndarray
    rest: np.ndarray
    groups: tuple
    alpha: float
    n_visible: int

    @property
    def n(self):
        return len(self.bias)

    @property
    def restricted(self):
        """Whether p* covers the visible neurons alone: hidden, then visible, neither recurrent."""
        visible = tuple(range(self.n_visible))
        coupled = any(self.weights[np.ix_(g, g)].any() for g in self.groups)
        return (
            len(self.groups) == 2
            and self.groups[1] == visible
            and not coupled
            and self.alpha == 1.0
        )

    def drive(self, s, temperature):
        """Return a = (1 - alpha) s + alpha (W s + b + (T - 1) rest), (B, N)."""
        force = s @ self.weights.T + self.bias + (temperature - 1) * self.rest
        return (1 - self.alpha) * s + self.alpha * force

    def log_prob(self, after, before, group, temperature):
        """Return ln p(after_group | before), (B,), for states (B, N)."""
        x = self.drive(before, temperature)[:, list(group)] / temperature
        s = after[:, list(group)]
        return (-s * np.logaddexp(0, -x) - (1 - s) * np.logaddexp(0, x)).sum(axis=1)

    def half_step(self, group, temperature):
        states, group = all_states(self.n), list(group)
        x = self.drive(states, temperature)[:, group] / temperature  # (2**N, n_group)
        s = states[:, group]
        logs = -np.logaddexp(0, -x) @ s.T - np.logaddexp(0, x) @ (1 - s).T
        others = np.delete(np.arange(self.n), group)
        left = number_of(states[:, others]) if len(others) else np.zeros(2**self.n)
        reached = left[:, None] == left
        P, logs = np.where(reached, np.exp(logs), 0), np.where(reached, logs, 0)
        return HalfStep(tuple(group), temperature, P, logs)

    def cycle(self, temperature, groups=None):
        """Return the half-steps of one step, in the cooling order or that of `groups`."""
        return [self.half_step(g, temperature) for g in groups or self.groups]

    def step(self, temperature, groups=None):
        """Return the transition matrix of one whole step."""
        P = np.eye(2**self.n)
        for half in self.cycle(temperature, groups):
            P = P @ half.P
        return P

    def stationary(self, temperature, groups=None):
        """Return pi with pi P = pi, of a whole step."""
        return stationary(self.step(temperature, groups))

    def posterior(self, x):
        """Return q(h_0 | x) over whole states: hidden neurons, from 0, each resampled at T = 1."""
        hidden = np.arange(self.n_visible, self.n)
        q = np.zeros(2**self.n)
        q[number_of(np.append(x, np.zeros(len(hidden)))[None])] = 1.0
        for group in self.groups:
            free = [i for i in group if i in hidden]
            q = q @ self.half_step(free, 1.0).P if free else q
        return q

    def log_prior(self, rates):
        """Return ln p* of every state: independent rates of all neurons, or the visible ones."""
        s = all_states(self.n)[:, : len(rates)]
        return s @ np.log(rates) + (1 - s) @ np.log(1 - rates)

    def heating(self, temperatures):
        """Return the half-steps of a heated walk: cooling's, the last first."""
        return [h for T in temperatures for h in self.cycle(T, self.groups[::-1])]

    def log_likelihood(self, rates, temperatures):
        """Return ln p(x) of cooling from p*, for every x, (2**n_visible,) (eq. 2)."""
        s, start = all_states(self.n), np.exp(self.log_prior(rates))
        # Hidden neurons that p* leaves out start from 0; the first half-step overwrites them.
        start = start * (s[:, len(rates) :] == 0).all(axis=1)
        for half in self.heating(temperatures)[::-1]:
            start = start @ half.P
        return np.log(start.reshape(2**self.n_visible, -1).sum(axis=1))

    def heated(self, x, temperatures, ahead=1.0):
        """Yield (distribution before, half-step) along the heated walk from x."""
        q = self.posterior(x)
        for half in self.heating(ahead * np.asarray(temperatures)):
            yield q, half
            q = q @ half.P

    def expected(self, x, rates, temperatures, ahead=1.0):
        """Return the expectation of eq. 5 over walks from x, heated at `ahead` times T."""
        q = self.posterior(x)
        posterior = (q[q > 0] * np.log(q[q > 0])).sum()
        differences = []
        backward = self.heating(temperatures)
        heated = self.heated(x, temperatures, ahead)
        for (before, half), back in zip(heated, backward, strict=True):
            paths = before[:, None] * half.P
            differences.append((paths * (back.logs.T - half.logs)).sum())
            q = before @ half.P
        if self.restricted:  # the last hidden state is never needed
            differences[-1] = (paths * back.logs.T).sum()
        return Expected((q * self.log_prior(rates)).sum(), posterior, np.array(differences))

    def second_moment(self, x, rates, temperatures):
        """Return the expectation of the squared weight of a heated walk from x (eq. 10)."""
        squares = np.exp(2 * self.log_prior(rates))  # of the weight still to come, by state
        halves = self.heating(temperatures)
        if self.restricted:
            squares = squares * np.exp(2 * np.diag(halves.pop().logs))
        for half in halves[::-1]:
            squares = np.where(half.P > 0, np.exp(2 * half.logs.T - half.logs), 0) @ squares
        q = self.posterior(x)
        return (squares[q > 0] / q[q > 0]).sum()

    def log_weights(self, states, temperatures, rates, ahead=1.0):
        """Return eq. 5's sum for given walks: states s_0 .. s_end, each (B, N), by half-steps."""
        numbers = [number_of(s) for s in states]
        total = self.log_prior(rates)[numbers[-1]].copy()
        for x in {tuple(row) for row in states[0][:, : self.n_visible]}:
            q, rows = self.posterior(np.array(x)), (states[0][:, : self.n_visible] == x).all(axis=1)
            total[rows] -= np.log(q[numbers[0][rows]])
        forward = self.heating(ahead * np.asarray(temperatures))
        for k, (half, back) in enumerate(zip(forward, self.heating(temperatures), strict=True)):
            total += back.logs[numbers[k + 1], numbers[k]] - half.logs[numbers[k], numbers[k + 1]]
        if self.restricted:
            total += half.logs[numbers[-2], numbers[-1]]
        return total


def stationary(P):
    """Return pi with pi P = pi."""
    equations = P.T - np.eye(len(P))
    equations[-1] = 1.0
    return np.linalg.solve(equations, np.eye(len(P))[-1])


def oracle_of(network):
    """Read a network's numbers, not its code: populations side by side, in their order."""
    first, n = {}, 0
    for population in network.populations:
        first[population.name], n = np.arange(n, n + population.size), n + population.size
    weights, bias, rest = np.zeros((n, n)), np.zeros(n), np.zeros(n)
    for p in network.projections:
        weights[np.ix_(first[p.post], first[p.pre])] = p.weights
    for name in first:
        bias[first[name]] = network.bias.get(name, 0.0)
        rest[first[name]] = network.rest.get(name, 0.0)
    groups = tuple(tuple(int(i) for name in g for i in first[name]) for g in network.order)
    return Oracle(weights, bias, rest, groups, network.alpha, network.populations[0].size)


def on_grid(x):
    """Round to multiples of 2**-10, which float32 kernels represent and add exactly."""
    return np.round(np.asarray(x) * 1024) / 1024


def random_network(sizes, order, pairs, alpha=1.0, seed=0, std=1.0, symmetric=False):
    """Return a network of populations a, b, .. with random weights, biases and rests.

    pairs: "ab" is a projection from a to b; "aa" is recurrent, without self-synapses.
    symmetric: the weights of "ba" are those of "ab" transposed, and "aa" is symmetric.
    """
    rng = np.random.default_rng(seed)
    names = "abcd"[: len(sizes)]
    size = dict(zip(names, sizes, strict=True))
    n = sum(sizes)
    whole = on_grid(rng.normal(0, std, (n, n)) * (1 - np.eye(n)))
    if symmetric:
        whole = np.triu(whole) + np.triu(whole).T
    first = dict(zip(names, np.cumsum([0, *sizes]), strict=False))
    span = {name: slice(first[name], first[name] + size[name]) for name in names}
    projections = tuple(
        Projection(
            pre,
            post,
            whole[span[post], span[pre]],
            ~np.eye(size[pre], dtype=bool) if pre == post else None,
        )
        for pre, post in pairs
    )
    bias = {name: on_grid(rng.normal(0, 0.5, size[name])) for name in names}
    rest = {name: on_grid(rng.normal(0, 0.5, size[name])) for name in names}
    populations = tuple(Population(name, size[name]) for name in names)
    return Network(populations, projections, order, alpha, bias, rest)


# One network of every kind that the walk treats in its own way; population a is visible.
NETWORKS = {
    "alternating": random_network((4, 3), (("b",), ("a",)), ["ab", "ba"]),
    "alternating, two hidden": random_network(
        (3, 2, 2), (("b", "c"), ("a",)), ["ab", "ba", "ac", "ca"], seed=7
    ),
    "synchronous": random_network((5,), (("a",),), ["aa"], seed=1),
    "synchronous, hidden, inertia": random_network(
        (3, 3), (("a", "b"),), ["aa", "ab", "ba", "bb"], 0.7, seed=2
    ),
    "alternating, inertia": random_network((4, 3), (("b",), ("a",)), ["ab", "ba"], 0.6, seed=3),
    "visible first": random_network((4, 3), (("a",), ("b",)), ["ab", "ba"], seed=4),
    "three groups": random_network(
        (3, 2, 2), (("b",), ("c",), ("a",)), ["ab", "ba", "ac", "ca", "bc", "cb"], seed=5
    ),
    "three groups, recurrent": random_network(
        (3, 2, 2), (("c",), ("a",), ("b",)), ["aa", "ab", "ba", "ca", "bc", "cc"], 0.8, seed=6
    ),
    "hidden group recurrent": random_network(
        (3, 2, 2), (("b", "c"), ("a",)), ["ab", "ba", "ca", "bc", "cb"], seed=8
    ),
}


def chi_square_limit(degrees, z=4.75):
    """Return about the 1 - 1e-6 quantile of chi-square (Wilson and Hilferty's cube; z normal)."""
    return degrees * (1 - 2 / (9 * degrees) + z * np.sqrt(2 / (9 * degrees))) ** 3


def chi_square(counts, probabilities):
    """Return Pearson's statistic and its degrees of freedom; rarer than ten times is one bin."""
    expected = probabilities * counts.sum()
    rare = expected < 10
    seen = np.append(counts[~rare], counts[rare].sum())
    hoped = np.append(expected[~rare], expected[rare].sum())
    seen, hoped = seen[hoped > 0], hoped[hoped > 0]
    return ((seen - hoped) ** 2 / hoped).sum(), len(seen) - 1
