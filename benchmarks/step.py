"""A training walk with the local rule, and the same walk by torch autograd, on one thread.

python -m benchmarks.step [RUN_DIR]
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from torch import Tensor, nn
from torch.nn import functional

from asynet.network import Network
from asynet.network.afferents import Plasticity
from asynet.network.kernels import Kernel
from asynet.network.kernels.numba_kernel import NumbaKernel
from asynet.network.learned import network_of
from asynet.types import Array
from asynet.walkback.heat import heat, heating_order, learn
from asynet.walkback.schedules import geometric
from asynet.walkback.walk import Chains
from benchmarks.kept import Keep, keep
from benchmarks.trained import interleave, ratios, trained, typical_state

LR = 0.001
Sampler = Callable[[Tensor], Tensor]


class PlainNetwork(nn.Module):
    """The two matrices of an alternating network, as a user of torch would write them."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.weights, self.bias, self.rest = nn.ParameterDict(), nn.ParameterDict(), {}
        for p in network.projections:
            zeros = np.zeros(len(p.weights))
            self.weights[p.post] = nn.Parameter(torch.tensor(p.weights, dtype=torch.float32))
            bias = torch.tensor(network.bias.get(p.post, zeros), dtype=torch.float32)
            self.bias[p.post] = nn.Parameter(bias)
            rest = torch.tensor(network.rest.get(p.post, zeros), dtype=torch.float32)
            self.rest[p.post] = rest

    def forward(self, post: str, source: Tensor, temperature: float) -> Tensor:
        """Return a / T of one population, (B, n_post), from the other's state (B, n_pre)."""
        driven = functional.linear(source, self.weights[post], self.bias[post])
        return (driven + (temperature - 1) * self.rest[post]) / temperature


def draw_bernoulli(logits: Tensor) -> Tensor:
    """Sample with torch.bernoulli."""
    return torch.bernoulli(torch.sigmoid(logits))


def draw_below_rate(logits: Tensor) -> Tensor:
    """Sample where a uniform lies below the rate: the same law, and faster on a CPU."""
    return (torch.rand_like(logits) < torch.sigmoid(logits)).float()


def torch_half_step(
    network: PlainNetwork,
    optimiser: torch.optim.Optimizer,
    post: str,
    own: Tensor,
    source: Tensor,
    temperature: float,
    sample: Sampler,
    share: bool,
) -> Tensor:
    """Resample one population, and learn to predict what it was; return its new state.

    share: take the sample from the forward product whose gradient is taken, instead of one
    without.
    """
    optimiser.zero_grad()
    if not share:
        with torch.no_grad():
            after = sample(network(post, source, temperature))
    logits = network(post, source, temperature)
    if share:
        with torch.no_grad():
            after = sample(logits)
    loss = functional.binary_cross_entropy_with_logits(logits, own, reduction="sum")
    log_prob = -loss / len(own)
    (-log_prob).backward()
    optimiser.step()
    return after


def torch_walk(
    network: PlainNetwork,
    state: dict[str, Tensor],
    temperatures: Array,
    order: Sequence[str],
    sample: Sampler,
    share: bool,
) -> None:
    """Heat and learn, half-step by half-step. state: population -> (B, n)."""
    optimiser = torch.optim.SGD(network.parameters(), lr=LR)
    state = dict(state)
    for temperature in temperatures:
        for post, source in zip(order, order[::-1], strict=True):
            state[post] = torch_half_step(
                network,
                optimiser,
                post,
                state[post],
                state[source],
                float(temperature),
                sample,
                share,
            )


def asynet_walk(
    kernel: Kernel, state: Array, temperatures: Array, chains: Chains, centre: bool
) -> None:
    """Heat and learn, half-step by half-step. state: (B, N)."""
    for moment in heat(kernel, state, temperatures, chains):
        assert moment.lesson is not None
        learn(kernel, moment.lesson, LR, Plasticity(centre=centre), 1.0)


KEYS = {
    "asynet, numba kernel": "local",
    "torch, two forwards": "autograd",
    "torch, one shared forward": "autograd_shared",
}


def main(
    run: Annotated[Path | None, typer.Argument(help="Run directory with the weights.")] = None,
    walks: Annotated[int, typer.Option(help="Walks to train first, without one.")] = 400,
    hidden: Annotated[int, typer.Option(help="Hidden neurons, without one.")] = 500,
    batch: Annotated[int, typer.Option(help="Chains side by side.")] = 128,
    steps: Annotated[int, typer.Option(help="Steps of the heated walk.")] = 30,
    rounds: Annotated[int, typer.Option(help="Repetitions.")] = 15,
    kept: Keep = None,
) -> None:
    """Time one training walk (rule: rate, online updates) with asynet and with torch autograd.

    Everything runs on one thread. All begin with the same trained weights, and go on learning with
    a learning rate so small that the states stay as they are.
    """
    torch.set_num_threads(1)
    sizes = [] if run else [f"network.populations.hidden.size={hidden}"]
    trainer = trained(run, walks, [f"train.batch={batch}", "compute.threads=1", *sizes])
    network = network_of(trainer.dynamics.network, trainer.dynamics.afferents)
    state, chains = typical_state(trainer)
    order = [group[0] for group in heating_order(network)]
    tensors = {name: torch.tensor(state[:, network.columns(name)]) for name in order}
    temperatures = geometric(3.0, steps)

    def with_asynet(centre: bool) -> Callable[[], None]:
        kernel = NumbaKernel(network, threads=1)
        for name, onto in kernel.afferents.items():
            onto.mean[:] = trainer.dynamics.afferents[name].mean
        return lambda: asynet_walk(kernel, state, temperatures, chains, centre)

    def with_torch(sample: Sampler, share: bool) -> Callable[[], None]:
        plain = PlainNetwork(network)
        return lambda: torch_walk(plain, tensors, temperatures, order, sample, share)

    times = interleave(
        {
            "asynet, numba kernel": with_asynet(centre=False),
            "asynet, centred learning": with_asynet(centre=True),
            "torch, two forwards": with_torch(draw_bernoulli, share=False),
            "torch, one shared forward": with_torch(draw_bernoulli, share=True),
            "torch, shared, rand < rate": with_torch(draw_below_rate, share=True),
        },
        rounds,
    )
    active = ", ".join(f"{name} {float(t.mean()):.2f}" for name, t in tensors.items())
    print(f"{len(state)} chains, {steps} steps, {rounds} rounds; share of spikes: {active}")
    print(f"{'one thread, medians':<28}{'ms':>8}{'CPU ms':>8}{'times asynet':>14}{'CPU':>7}")
    base = times["asynet, numba kernel"]
    keep(kept, {key: 1e3 * times[name].median for name, key in KEYS.items()})
    for name, t in times.items():
        wall, cpu = ratios(t, base)
        cpu_ms = 1e3 * float(np.median(t.cpu))
        print(f"{name:<28}{1e3 * t.median:>8.1f}{cpu_ms:>8.1f}{wall:>14.2f}{cpu:>7.2f}")


if __name__ == "__main__":
    typer.run(main)
