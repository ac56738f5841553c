"""Variational walkback on MNIST with NumPy (Goyal, Ke, Ganguli, Bengio 2017, Algorithm 1).

Visible and hidden neurons fire in turn, through two separate weight matrices. A walk heats a digit;
after each half-step every synapse learns to predict, from the state after it, the state before it.
New digits come from cooling noise. Settings: python examples/walkback_in_80_lines.py walks=500
Seen: bound -122.7 ± 1.0 nats, factorised baseline -203.0 ± 1.4 (1,000 test digits); most digits can
be read. 123 s of processor time on one core of a busy Intel Xeon (family 6, model 207, AVX-512).
"""

import sys
from itertools import product
from types import SimpleNamespace as Group

import numpy as np
from matplotlib.image import imsave


def log_prob(s, x):
    """Return ln p(s) in nats, (B,), of neurons (B, n) that fire with p(s_i = 1) = sigmoid(x_i)."""
    return (s * x - np.logaddexp(0, x)).sum(axis=1)


def logits(states):
    """Return x (n,) of the rates in states (B, n), with half a spike and half a silence more."""
    on = states.sum(axis=0) + 0.5
    return np.log(on / (len(states) + 1 - on)).astype(np.float32)


def fire(net, name, state, T, rng):
    """Sample a group from p_T(. | the other group) (section 3.3): spikes, rates, x = a / T, s."""
    group = net[name]  # W[i, j] is the synapse from j to i; hot neurons drift to the rates of r
    s = state[group.other] - group.m  # (B, n_other); the constants m, near the mean, help learning
    x = (s @ group.W.T + group.b + np.float32(T - 1) * group.r) / np.float32(T)  # (B, n)
    rates = (1 + np.tanh(x / 2)) / 2  # sigmoid(x)
    return rng.random(x.shape, np.float32) < rates, rates, x, s


def heat(net, v, temperatures, rng, lr=0.0):
    """Return v_K, (B, n), and eq. 5 without ln p*(v_K), (B,); learn on the way if lr > 0."""
    state = {"v": v}
    state["h"], _, x, _ = fire(net, "h", state, 1, rng)
    bound = -log_prob(state["h"], x)  # -ln q(h_0 | v_0), section 6.5
    for T, name in product(temperatures, "vh"):
        before = state[name]  # s_{t-1}; `fire` draws s_t
        state[name], rates, x, s = fire(net, name, state, T, rng)
        bound += (before * x - state[name] * x).sum(axis=1)  # ln p(before | s) - ln q(after | s)
        if lr:  # d ln p(before | s) / dW, times T, so that the changes of a walk telescope
            net[name].W += np.float32(lr / len(v)) * ((before - rates).T @ s)
            net[name].b = net[name].b + np.float32(lr) * (before - rates).mean(axis=0)
    return state["v"], bound + log_prob(state["h"], x)  # h_K is not needed: take -ln q(h_K) back


def main(data="data/mnist.npz", png="digits.png", hidden=300, walks=2400, examples=1000, seed=1):
    """Train, print the bound of test digits, and draw digits."""
    rng, images = np.random.default_rng(seed), np.load(data)
    pixels = (images[f"{part}_images"].reshape(-1, 784) for part in ("train", "test"))
    train, test = (rng.permutation(p / np.float32(255)) for p in pixels)  # (n, 784) in [0, 1]
    W, h = rng.normal(0, 0.01, (2, 784, hidden)).astype(np.float32), np.zeros(hidden, np.float32)
    r, binary = logits(train), lambda p: rng.random(p.shape, np.float32) < p
    net = {"v": Group(other="h", W=W[0], b=r, r=r, m=h + 0.5)}
    net["h"] = Group(other="v", W=W[1].T.copy(), b=h, r=h, m=train.mean(axis=0))
    batch, lr, n1, up = 100, 0.2, 12, 1.2 ** np.arange(4)  # K = ceil(log_1.2 T_max) + n, T_max = 2
    for k in range(walks):  # most stay at T = 1; few heat, and then cool to a dream: docs/sleep.md
        v, n = binary(train[rng.integers(len(train), size=batch)]), rng.integers(1, n1 + 1)
        dream = [*up, *up[::-1], *np.ones(3 * n)] if rng.random() < 0.15 else []
        heat(net, v, [*np.ones(n), *dream], rng, lr * (1 - k / walks))
    temperatures = np.geomspace(1, 3, 30)
    p_star = logits(heat(net, binary(train[:2000]), temperatures, rng)[0])
    v = binary(test[:examples])
    v_K, bound = heat(net, v, temperatures, rng)
    for text, L in ("bound", bound + log_prob(v_K, p_star)), ("baseline", log_prob(v, r)):
        print(f"{text}: {L.mean():.1f} ± {L.std() / np.sqrt(len(L)):.1f} nats")
    state = {"v": binary(np.tile(1 / (1 + np.exp(-p_star)), (100, 1)))}  # v_K ~ p*, eq. 2
    for T, name in product([*temperatures[::-1], *np.ones(200)], "hv"):
        state[name], rates, *_ = fire(net, name, state, T, rng)
    imsave(png, rates.reshape(10, 10, 28, 28).swapaxes(1, 2).reshape(280, 280), cmap="gray")


if __name__ == "__main__":
    main(**{k: int(x) if x.isdigit() else x for k, x in (a.split("=") for a in sys.argv[1:])})
