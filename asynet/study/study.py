"""The study schema: every key of a study file, with its meaning, unit, range and default.

The text below a field is its description: `study_keys.describe_keys` prints it, and error messages
take ranges and choices from the field itself. Reading and writing is in `study_file`.
Values are strict: a number in quotes is text, `true` is not 1, and nan or inf is no number.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, ValidationError, ValidationInfo, model_validator

from asynet import plugins
from asynet.study.checks import CHECKS
from asynet.study.compute import Checkpoint, Compute
from asynet.study.data import Data
from asynet.study.evaluate import Evaluate
from asynet.study.network import NetworkBlock
from asynet.study.nwb import Nwb
from asynet.study.operator import Operator, Optimiser
from asynet.study.parts import BUILT_IN, ModuleName, require_loaded
from asynet.study.recall import Recall
from asynet.study.record import RecordBlock
from asynet.study.terms import CONFIG, Name, refused, unused
from asynet.study.train import Train
from asynet.study.unused import unused_keys
from asynet.study.walk import WalkBlock


def used_parts(blocks: Mapping[str, Any]) -> list[tuple[plugins.Kind, str]]:
    """Return kind and name of each part of a plugin that a study uses, each once.

    Parameters
    ----------
    blocks : mapping
        The blocks of the study, by key.
    """
    names: list[tuple[plugins.Kind, str | None]] = []
    if (data := blocks.get("data")) is not None:
        names.append(("datasets", data.name))
    if (operator := blocks.get("operator")) is not None:
        names.append(("operators", operator.kind))
    if (network := blocks.get("network")) is not None:
        names += [("connections", projection.rule) for projection in network.projections]
    if (train := blocks.get("train")) is not None:
        names.append(("rules", train.rule))
    found = ((kind, name) for kind, name in names if name is not None)
    return list(dict.fromkeys(part for part in found if part[1] not in BUILT_IN[part[0]]))


def used_modules(blocks: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the loaded modules that a study's parts come from, each once.

    Parameters
    ----------
    blocks : mapping
        The blocks of the study, by key.
    """
    found = (plugins.module_of(kind, name) for kind, name in used_parts(blocks))
    return tuple(dict.fromkeys(module for module in found if module is not None))


OF_A_RUN = {"of": "a run"}  # context of the study of a run that was made before


class Study(BaseModel):
    """A whole study: the data, the network, its training, and what is measured and kept."""

    model_config = CONFIG

    name: Name = Field(default="study", json_schema_extra={"default_text": "the file's name"})
    """Name of the study. The default run directory and the report are named after it."""
    description: Annotated[str, Field(max_length=10_000)] = ""
    """What the study is for, in a sentence or two. The report shows it under the title."""
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 1
    """Seed of every random number. The same study with the same seed gives the same numbers."""
    data: Data
    """The examples to learn from."""
    network: NetworkBlock | None = None
    """A network of neurons and synapses. A study has this block or `operator`, not both."""
    operator: Operator | None = None
    """A neural network that computes the next state. A study has this block or `network`, not
    both."""
    optimiser: Optimiser = Optimiser()
    """How Adam trains an operator. Networks do not use this block."""
    walk: WalkBlock = WalkBlock()
    """How training walks heat states away from the data."""
    train: Train
    """How the weights are trained."""
    evaluate: Evaluate = Evaluate()
    """What is measured after training, and from how many examples."""
    recall: Recall = Recall()
    """How recall of stored patterns is measured."""
    record: RecordBlock = RecordBlock()
    """Which states and weights are recorded in trajectory.h5."""
    nwb: Nwb = Nwb()
    """What exports say about the session."""
    compute: Compute = Compute()
    """Which code and how many threads compute the run."""
    checkpoint: Checkpoint = Checkpoint()
    """When training is saved."""
    plugins: Annotated[tuple[ModuleName, ...], Field(strict=False, max_length=100)] = Field(
        default_factory=lambda blocks: used_modules(blocks),
        json_schema_extra={"default_text": "those that the study's parts come from"},
    )
    """Python modules that parts of the study come from: its operator, connection rules, learning
    rule or data set. A study never imports them. They are imported if the command names each of
    them: --plugin MODULE. Installed plugins are not listed."""

    @model_validator(mode="before")
    @classmethod
    def _plugins_are_loaded(cls, study: Any) -> Any:
        require_loaded(study.get("plugins") if isinstance(study, dict) else None)
        return study

    @model_validator(mode="after")
    def _blocks_suit_each_other(self) -> Self:
        for module in used_modules(dict(self)):
            if module not in self.plugins:
                listed = f"a list with {module}, which the study uses"
                raise refused("plugins", list(self.plugins), "", listed)
        for check in CHECKS:
            check(self)
        return self

    @model_validator(mode="after")
    def _every_key_is_used(self, info: ValidationInfo) -> Self:
        if info.context != OF_A_RUN:
            for key, problem in unused_keys(self):
                raise unused(key, problem)
        return self


def with_used_keys(tree: dict[str, Any], asked: Callable[[str], bool]) -> Study:
    """Return a study, without those keys that it does not use and that nobody asked for.

    Parameters
    ----------
    tree : dict
        The study, as plain data; what is left out of the study is taken out of it.
    asked : callable
        Whether a key, given by its path, is asked for; it is then refused if it is not used.

    Raises
    ------
    pydantic.ValidationError
        For every other mistake.
    """
    while True:
        try:
            return Study.model_validate(tree)
        except ValidationError as errors:
            context = errors.errors()[0].get("ctx", {})
            if not context.get("unused") or asked(context["key"]):
                raise
        *parents, last = context["key"].split(".")
        place: Any = tree
        for part in parents:
            place = place[int(part) if isinstance(place, list | tuple) else part]
        del place[last]
