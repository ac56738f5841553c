"""What `asynet inspect` says of a trajectory."""

from collections.abc import Iterator

from asynet.record.trajectory import Trajectory


def contents(trajectory: Trajectory) -> Iterator[str]:
    """Yield the lines of `inspect`."""
    for name, value in trajectory.attributes.items():
        yield f"{name}: {value}"
    yield "populations:"
    for population in trajectory.populations:
        of = "" if population.size == population.n_total else f" of {population.n_total}"
        yield f"  {population.name}: {population.size}{of} {population.law} neurons"
    yield f"walks: {len(trajectory.walks)}"
    for phase in ("sleep", "cool", "run"):
        walks = [walk for walk in trajectory.walks if walk.phase == phase]
        if walks:
            times = f"{_span([walk.n_steps for walk in walks])} half-steps"
            chains = f"{_span([len(walk.chains) for walk in walks])} chains"
            when = f"after {_span([walk.step for walk in walks])} training walks"
            yield f"  {phase}: {len(walks)} of {times}, {chains}, {when}"
    if not all(walk.ended for walk in trajectory.walks):
        yield "  the last one is not finished"
    steps, whole = trajectory.weight_steps(), trajectory.attributes.get("weights") == "all"
    yield f"snapshots of weights: {len(steps)}"
    if steps:
        yield f"  after {_span(steps)} training walks"
        for name in trajectory.weight_names():
            shape = " x ".join(str(n) for n in trajectory.weight(name, steps[-1]).shape)
            listed = trajectory.synapses(name) is not None
            kind = "" if not listed else " synapses, listed" if whole else " of its synapses"
            yield f"  {name}: {shape}{kind}"


def _span(numbers: list[int]) -> str:
    low, high = min(numbers), max(numbers)
    return str(low) if low == high else f"{low} to {high}"
