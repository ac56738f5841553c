"""An operator whose chains are shared out among the processes of a run.

Every process has the whole module and the states of all chains. It computes the answers of some
chains and receives those of the others. While learning, the objective of the others is a number
without a gradient; `gather_gradients` adds the gradients of all processes up, so that all take the
same step. Batch norm sees the chains of one process: numbers depend on how many processes there
are, and are the same for as many.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from asynet import processes
from asynet.network.kernels.contract import Fire, Response, Teach
from asynet.operators.kernel import OperatorKernel


@dataclass
class SharedOperator(OperatorKernel):
    """Fulfil `Dynamics` by a torch module, in all processes of a run at once."""

    shares_walks: ClassVar[bool] = True  # see `processes.share_out`

    def respond(
        self,
        population: str,
        state: Tensor,
        fire: Fire | None = None,
        teach: Teach | None = None,
        score: bool = False,
        current: Tensor | None = None,
    ) -> Response:
        """Return the answer to one state, of all chains: see `OperatorKernel.respond`."""
        rows = len(state)
        if not 1 < processes.count() <= rows:
            return super().respond(population, state, fire, teach, score, current)
        own = processes.share(rows)
        fire = None if fire is None else replace(fire, chains=fire.chains[own])
        teach = None if teach is None else replace(teach, target=teach.target[own])
        answer = super().respond(population, state[own], fire, teach, score, current)
        found = {key: x for key, x in vars(answer).items() if x is not None}
        whole = dict(zip(found, processes.gather(list(found.values()), rows), strict=True))
        live = answer.objective
        if live is not None and live.requires_grad:
            others = whole["objective"]
            whole["objective"] = torch.cat([others[: own.start], live, others[own.stop :]])
        return Response(**whole)


def gather_gradients(parameters: Iterable[Tensor]) -> None:
    """Replace gradients by their sums over all processes.

    Parameters
    ----------
    parameters : iterable of tensor
        Whose gradients; those of parameters that were not used stay None in all processes.
    """
    if processes.count() == 1:
        return
    gradients = [p.grad for p in parameters if p.grad is not None]
    whole = processes.add_up(torch.cat([g.flatten() for g in gradients]))
    for gradient, summed in zip(
        gradients, torch.split(whole, [g.numel() for g in gradients]), strict=True
    ):
        gradient.copy_(summed.view_as(gradient))


@torch.no_grad()
def gather_statistics(module: torch.nn.Module) -> None:
    """Replace running statistics by their means over all processes.

    Parameters
    ----------
    module : torch.nn.Module
        Whose buffers of real numbers are replaced.
    """
    if processes.count() == 1:
        return
    for statistic in module.buffers():
        if statistic.is_floating_point():
            statistic.copy_(processes.add_up(statistic.clone()) / processes.count())
