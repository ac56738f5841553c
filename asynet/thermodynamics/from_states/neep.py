"""The neural estimator of entropy production (NEEP; Kim et al. 2020, PRL 125, 140604)."""

from dataclasses import dataclass

import numpy as np
import torch

from asynet.thermodynamics.from_states.transitions import warn_unless
from asynet.types import Array

HELD_OUT = 0.3
# Largest |f| in the bound, chosen with the moment to stop: a rare large error costs exp(|f|). Above
# the logarithm of the pairs that choose it, none of them need have met one.
CLIPS = (0.0, 0.25, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 20.0)


@dataclass(frozen=True)
class Neep:
    """What a trained network says of pairs that it has not learned from, in nats a step.

    bound: <f - exp(-f)> + 1, a lower bound on the entropy production in expectation. estimate:
    <f>, which equals it if f = ln p(s, s') / p(s', s). stderr: of the bound.
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

    before, after: (n, N); the last 30 % of the pairs are held out, in two halves: one says when
    training was best, the other measures. hidden: units in each of two layers of h. A lower bound
    also when only some neurons are seen. It comes close for some 10^5 pairs and more, and where
    the entropy production is well below the logarithm of the held-out pairs, since what is rarer
    than once in all of them is never seen; warns below 10^4 pairs, and above 0.7 of it.
    """
    warn_unless(len(before) >= 10_000, f"neep: {len(before)} pairs, below 10,000")
    n, learned = before.shape[1], int(len(before) * (1 - HELD_OUT))
    chosen = (learned + len(before)) // 2
    pairs = [torch.as_tensor(np.asarray(s, np.float32)) for s in (before, after)]
    generator = torch.Generator().manual_seed(seed)
    layers = [(2 * n, hidden), (hidden, hidden), (hidden, 1)]
    parameters = []
    for n_in, n_out in layers:
        weight = torch.randn(n_in, n_out, generator=generator) / n_in**0.5
        parameters += [weight, torch.zeros(n_out)]
    for parameter in parameters:
        parameter.requires_grad_(True)

    def h(x: torch.Tensor) -> torch.Tensor:
        for k in range(0, len(parameters), 2):
            x = x @ parameters[k] + parameters[k + 1]
            x = torch.relu(x) if k < len(parameters) - 2 else x
        return x[:, 0]

    def f(rows: torch.Tensor | slice) -> torch.Tensor:
        s, s_next = (states[rows] for states in pairs)
        return h(torch.cat([s, s_next], 1)) - h(torch.cat([s_next, s], 1))

    optimiser = torch.optim.Adam(parameters, lr=3e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    clips = [clip for clip in CLIPS if clip <= np.log(chosen - learned)]
    best, limit, kept = -np.inf, 0.0, [p.detach().clone() for p in parameters]
    for step in range(1, steps + 1):
        rows = torch.randint(learned, (min(batch, learned),), generator=generator)
        flow = f(rows)
        loss = (torch.exp(-flow) - flow).mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        if step % 25 == 0:
            with torch.no_grad():
                flow = f(slice(learned, chosen))
            values = [float(_each(flow, clip).mean()) for clip in clips]
            if max(values) > best:
                best, limit = max(values), clips[int(np.argmax(values))]
                kept = [p.detach().clone() for p in parameters]
    with torch.no_grad():
        for parameter, value_of in zip(parameters, kept, strict=True):
            parameter.copy_(value_of)
        flow = f(slice(chosen, len(before)))
    each, estimate = _each(flow, limit).double().numpy(), float(flow.mean())
    most = float(np.log(len(each)))
    warn_unless(estimate < 0.7 * most, f"neep: {estimate:.1f} nats, of {most:.1f} that can be seen")
    return Neep(float(each.mean()), estimate, float(each.std() / np.sqrt(len(each))))


def _each(flow: torch.Tensor, limit: float) -> torch.Tensor:
    """Return f - exp(-f) + 1 with f cut to [-limit, limit], which keeps it antisymmetric."""
    cut = torch.clamp(flow, -limit, limit)
    return cut - torch.exp(-cut) + 1
