"""The neural estimator of entropy production (NEEP; Kim et al. 2020, PRL 125, 140604)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from asynet.numerics.checks import refusal, whole
from asynet.numerics.estimates import mean_estimate
from asynet.thermodynamics.from_states.transitions import check_pairs, warn_unless
from asynet.types import Array

HELD_OUT = 0.3
FEWEST = 10  # pairs, so that each part holds some
LEARNING_RATE = 3e-3
LOOKED_AT_EVERY = 25  # steps
# Largest |f| in the bound, chosen with the moment to stop: a rare large error costs exp(|f|). Above
# the logarithm of the pairs that choose it, none of them need have met one.
CLIPS = (0.0, 0.25, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 20.0)


@dataclass(frozen=True)
class Neep:
    """What a trained network says of pairs that it has not learned from, in nats per step.

    Parameters
    ----------
    bound : float
        Mean of f - exp(-f) + 1; in expectation a lower bound on the entropy production.
    estimate : float
        Mean of f, which is the entropy production if f = ln p(s, s') / p(s', s); no bound.
    stderr : float
        Standard error of `bound`, taking the pairs to be independent.
    """

    bound: float
    estimate: float
    stderr: float


def neep(
    before: Array,
    after: Array,
    hidden: int = 64,
    steps: int = 600,
    batch: int = 4096,
    seed: int = 1,
) -> Neep:
    """Train f(s, s') = h(s, s') - h(s', s) to raise <f - exp(-f)>; measure it on held-out pairs.

    The last 30 % of the pairs are held out, in two halves: one tells when training was best, the
    other measures. The expectation of `bound` is a lower bound also when only some neurons are
    seen. It comes close for some 10^5 pairs and more, and where the entropy production is well
    below the logarithm of the held-out pairs, since what is rarer than once in all of them is never
    seen. Warns below 10^4 pairs, and above 0.7 of that logarithm.

    Parameters
    ----------
    before : array, shape (n, N)
        The states before, n at least 10.
    after : array, shape (n, N)
        The states after.
    hidden : int
        Units in each of two layers of h.
    steps : int
        Steps of Adam, at least 25.
    batch : int
        Pairs a step.
    seed : int
        Seed of the first weights and of the batches.

    Returns
    -------
    Neep
        In nats per step.

    Raises
    ------
    ValueError
        If the shapes differ, or a number is out of range.

    References
    ----------
    Kim et al. 2020, Phys. Rev. Lett. 125, 140604.
    """
    before, after = check_pairs(before, after)
    if len(before) < FEWEST:
        raise refusal("before", before, f"at least {FEWEST} pairs")
    for name, count in (("hidden", hidden), ("batch", batch)):
        whole(name, count, 1, 10**9)
    whole("steps", steps, LOOKED_AT_EVERY, 10**9)
    whole("seed", seed, 0, 2**62)
    warn_unless(len(before) >= 10_000, f"neep: {len(before)} pairs, below 10,000")
    learned = int(len(before) * (1 - HELD_OUT))
    chosen = (learned + len(before)) // 2
    pairs = [torch.as_tensor(np.asarray(s, np.float32)) for s in (before, after)]
    generator = torch.Generator().manual_seed(seed)
    parameters, limit = _train(pairs, learned, chosen, hidden, steps, batch, generator)
    with torch.no_grad():
        flow = _flow(parameters, pairs, slice(chosen, len(before)))
    each, estimate = _each(flow, limit).double().numpy(), float(flow.mean())
    most = float(np.log(len(each)))
    warn_unless(estimate < 0.7 * most, f"neep: {estimate:.1f} nats, of {most:.1f} that can be seen")
    bound = mean_estimate(each)
    return Neep(bound.value, estimate, bound.stderr or 0.0)


def _train(
    pairs: Sequence[torch.Tensor],
    learned: int,
    chosen: int,
    hidden: int,
    steps: int,
    batch: int,
    generator: torch.Generator,
) -> tuple[list[torch.Tensor], float]:
    """Return the best parameters of h and the best clip, by the pairs from `learned` to `chosen`.

    The pairs before `learned` are those that training sees.
    """
    parameters = _first_parameters(2 * pairs[0].shape[1], hidden, generator)
    optimiser = torch.optim.Adam(parameters, lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    clips = [clip for clip in CLIPS if clip <= np.log(chosen - learned)]
    best, limit, kept = -np.inf, 0.0, [p.detach().clone() for p in parameters]
    for step in range(1, steps + 1):
        rows = torch.randint(learned, (min(batch, learned),), generator=generator)
        flow = _flow(parameters, pairs, rows)
        loss = (torch.exp(-flow) - flow).mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        if step % LOOKED_AT_EVERY == 0:
            with torch.no_grad():
                flow = _flow(parameters, pairs, slice(learned, chosen))
            values = [float(_each(flow, clip).mean()) for clip in clips]
            if max(values) > best:
                best, limit = max(values), clips[int(np.argmax(values))]
                kept = [p.detach().clone() for p in parameters]
    return kept, limit


def _first_parameters(size: int, hidden: int, generator: torch.Generator) -> list[torch.Tensor]:
    """Draw the weights of h, a perceptron with two hidden layers, and set its biases to 0."""
    parameters = []
    for n_in, n_out in [(size, hidden), (hidden, hidden), (hidden, 1)]:
        weight = torch.randn(n_in, n_out, generator=generator) / n_in**0.5
        parameters += [weight, torch.zeros(n_out)]
    for parameter in parameters:
        parameter.requires_grad_(True)
    return parameters


def _h(parameters: Sequence[torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    for k in range(0, len(parameters), 2):
        x = x @ parameters[k] + parameters[k + 1]
        x = torch.relu(x) if k < len(parameters) - 2 else x
    return x[:, 0]


def _flow(
    parameters: Sequence[torch.Tensor], pairs: Sequence[torch.Tensor], rows: torch.Tensor | slice
) -> torch.Tensor:
    """Return f = h(s, s') - h(s', s) of some pairs."""
    s, s_next = (states[rows] for states in pairs)
    forth, back = torch.cat([s, s_next], 1), torch.cat([s_next, s], 1)
    return _h(parameters, forth) - _h(parameters, back)


def _each(flow: torch.Tensor, limit: float) -> torch.Tensor:
    """Return f - exp(-f) + 1 with f cut to [-limit, limit], which keeps it antisymmetric."""
    cut = torch.clamp(flow, -limit, limit)
    return cut - torch.exp(-cut) + 1
