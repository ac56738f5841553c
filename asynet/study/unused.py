"""Keys that a kind of study does not use: one that is set all the same is refused by name.

`UNUSED` says which keys have no effect, and when. A test holds it against the keys that short runs
of each kind of study read, so that neither can change without the other. Keys of the data block are
looked at where the data are loaded, see `read_keys`; keys within one block that exclude each other
are refused by that block. `evaluate.judge: false` is no such key: without a judge, it holds.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from asynet.study.blocks import Blocks
from asynet.study.network import ProjectionBlock
from asynet.study.parts import part_named
from asynet.study.read_keys import changed_keys
from asynet.study.terms import shown


@dataclass(frozen=True)
class Unused:
    """Keys of one block that have no effect in some studies.

    Parameters
    ----------
    block : str
        Path of the block.
    keys : str
        The keys, with spaces between them.
    why : str
        The end of the sentence "is not used ...".
    when : callable
        Whether they have no effect in a study.
    """

    block: str
    keys: str
    why: str
    when: Callable[[Blocks], bool]


def _no_samples(study: Blocks) -> bool:
    """Return whether there are no samples, nor real images that are judged like them."""
    coloured = study.data.image is not None and study.data.image[0] == 3
    judged = study.evaluate.judge and coloured
    return study.train.objective == "self" and not judged


def _is_digital(study: Blocks) -> bool:
    """Return whether everything that is recorded is a spike."""
    if study.network is None:
        return study.operator is not None and study.operator.law == "bernoulli"
    laws = {population.law for population in study.network.populations.values()}
    return laws == {"bernoulli"} and not study.record.drive


def _rule_is_of_a_plugin(study: Blocks) -> bool:
    return part_named("rules", study.train.rule) is not None


def _not_by_torch(study: Blocks) -> bool:
    return study.operator is not None and study.compute.kernel != "torch"


def _kind_is_not(*kinds: str) -> Callable[[Blocks], bool]:
    return lambda study: study.operator is not None and study.operator.kind not in kinds


def _kind_is(*kinds: str) -> Callable[[Blocks], bool]:
    return lambda study: study.operator is not None and study.operator.kind in kinds


STEPS = "prologue factor heated growth"
REPLAYED = f"{STEPS} cooling epilogue steps"
OF_WALKS = "every run_steps phases steps_every analogue drive"
LIKELIHOOD = "examples bound_walks prior_examples is_examples walks extra_steps"
OF_ADAM = "beta_1 beta_2 clip average precision compile"
UNUSED = (
    Unused("walk", REPLAYED, "with walk.replay", lambda s: s.walk.replay != "none"),
    Unused("walk", STEPS, "with walk.steps", lambda s: s.walk.steps is not None),
    Unused("walk", "epilogue", "without walk.cooling", lambda s: not s.walk.cooling),
    Unused("walk", "rank", "without prior: low_rank", lambda s: s.walk.prior != "low_rank"),
    Unused("train", "centre", "with an operator", lambda s: s.network is None),
    Unused("train", "centre", "with a plugin's rule", _rule_is_of_a_plugin),
    Unused(
        "train",
        "validation_examples",
        "with train.objective: self",
        lambda s: s.train.objective == "self",
    ),
    Unused(
        "evaluate", LIKELIHOOD, "with train.objective: self", lambda s: s.train.objective == "self"
    ),
    Unused("evaluate", "samples", "with train.objective: self", _no_samples),
    Unused(
        "evaluate.inpaint",
        "images completions extra_steps",
        "without evaluate.inpaint.masks",
        lambda s: not s.evaluate.inpaint.masks,
    ),
    Unused("recall", "flips steps cues", "without recall.stored", lambda s: not s.recall.stored),
    Unused("record", OF_WALKS, "with record.chains: 0", lambda s: not s.record.chains),
    Unused("record", "every", "with walk.replay", lambda s: s.walk.replay != "none"),
    Unused(
        "record",
        "run_steps",
        "without free run in phases",
        lambda s: "free run" not in s.record.phases,
    ),
    Unused("record", "analogue", "where only spikes are recorded", _is_digital),
    Unused("record", "weights_every synapses", "with an operator", lambda s: s.network is None),
    Unused("compute", "kernel", "with an operator, which torch computes", _not_by_torch),
    Unused("optimiser", OF_ADAM, "with a network", lambda s: s.operator is None),
    Unused("operator", "blocks", "except with kind: unet", _kind_is_not("unet")),
    Unused(
        "operator",
        "code_widths",
        "without codes",
        lambda s: s.operator is not None and not s.operator.codes,
    ),
    Unused("operator", "told", "except with kind: mlp", _kind_is_not("mlp")),
    Unused("operator", "widths", "with this kind", _kind_is("paper_conv", "own")),
)


# Of each projection: its keys, the end of the sentence, and whether they have no effect.
UNUSED_OF_A_PROJECTION: tuple[tuple[str, str, Callable[[ProjectionBlock], bool]], ...] = (
    ("fall space", "without distance", lambda p: p.distance is None),
    ("mean std law", "with file, which holds the weights", lambda p: p.file is not None),
)
OF_BUILT = ("pre", "post", "plastic")  # `build_network` compares them with the file


def unused_keys(study: Blocks) -> Iterator[tuple[str, str]]:
    """Yield the path of each key that is set and has no effect, and what is wrong with it.

    Parameters
    ----------
    study : Blocks
        The blocks of a study, each of them checked.
    """
    for unused in UNUSED:
        block = _block(study, unused.block)
        if block is not None and unused.when(study):
            yield from _set_among(block, unused.block, unused.keys.split(), unused.why)
    for number, projection in enumerate(study.network.projections if study.network else ()):
        path = f"network.projections.{number}"
        if study.network is not None and study.network.built is not None:
            keys = [key for key in ProjectionBlock.model_fields if key not in OF_BUILT]
            yield from _set_among(projection, path, keys, "with network.built")
        for names, why, when in UNUSED_OF_A_PROJECTION:
            if when(projection):
                yield from _set_among(projection, path, names.split(), why)


def _set_among(
    block: BaseModel, path: str, keys: Sequence[str], why: str
) -> Iterator[tuple[str, str]]:
    for key in changed_keys(block):
        if key in keys:
            default = shown(type(block).model_fields[key].get_default())
            problem = f"{shown(getattr(block, key))} is not used {why}"
            yield f"{path}.{key}", f"{problem}; leave it out (its default is {default})"


def _block(study: Blocks, path: str) -> BaseModel | None:
    block: BaseModel | None = study  # type: ignore[assignment]
    for name in path.split("."):
        block = getattr(block, name)
        if block is None:
            return None
    return block
