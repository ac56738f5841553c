"""The neural estimator of entropy production (NEEP; Kim et al. 2020, PRL 125, 140604)."""

from dataclasses import dataclass

import numpy as np
import torch

from asynet.thermodynamics.spikes import warn_unless
from asynet.types import Array

HELD_OUT = 0.3


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
    also when only some neurons are seen. It comes close where pairs are many more than the
    parameters, some 10^5 and more; warns below 10^4.
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
    best, kept = -np.inf, [p.detach().clone() for p in parameters]
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
                value = float((flow - torch.exp(-flow)).mean())
            if value > best:
                best, kept = value, [p.detach().clone() for p in parameters]
    with torch.no_grad():
        for parameter, value_of in zip(parameters, kept, strict=True):
            parameter.copy_(value_of)
        flow = f(slice(chosen, len(before)))
    each = (flow - torch.exp(-flow) + 1).double().numpy()
    return Neep(float(each.mean()), float(flow.mean()), float(each.std() / np.sqrt(len(each))))


def neep_bound(before: Array, after: Array) -> float:
    """Return the bound of `neep` with its default settings, in nats a step."""
    return neep(before, after).bound
