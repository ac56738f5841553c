"""What a run needs to know beside what is trained and on what: plain values, with defaults."""

from dataclasses import dataclass, field

from asynet.study.compute import Checkpoint, Compute
from asynet.study.evaluate import Evaluate
from asynet.study.nwb import Nwb
from asynet.study.recall import Recall
from asynet.study.record import RecordBlock
from asynet.study.study import Study
from asynet.study.train import Train
from asynet.study.walk import WalkBlock


@dataclass(frozen=True)
class Settings:
    """How long and how to train, what to measure, and what to keep.

    The blocks are those of a study file, so that the same values are refused with the same words
    whether they come from YAML or from Python.

    Parameters
    ----------
    train : Train
        Learning: rule, length, batch, learning rate. Only the number of epochs has no default.
    name : str
        Name of the run, as its report says it.
    seed : int
        Seed of every random number.
    walk : WalkBlock
        How training heats a state away from the data.
    evaluate, recall : Evaluate, Recall
        What the final numbers are computed from.
    record, nwb : RecordBlock, Nwb
        What goes to trajectory.h5, and what exports say of it.
    compute, checkpoint : Compute, Checkpoint
        What computes it, and how often it is saved; no number depends on them.
    flip : bool
        Whether training images are mirrored at every other visit.
    """

    train: Train
    name: str = "run"
    seed: int = 1
    walk: WalkBlock = field(default_factory=WalkBlock)
    evaluate: Evaluate = field(default_factory=Evaluate)
    recall: Recall = field(default_factory=Recall)
    record: RecordBlock = field(default_factory=RecordBlock)
    nwb: Nwb = field(default_factory=Nwb)
    compute: Compute = field(default_factory=Compute)
    checkpoint: Checkpoint = field(default_factory=Checkpoint)
    flip: bool = False

    @classmethod
    def of(cls, study: Study) -> "Settings":
        """Return the settings of a study, without its data and its network or operator."""
        return cls(
            train=study.train,
            name=study.name,
            seed=study.seed,
            walk=study.walk,
            evaluate=study.evaluate,
            recall=study.recall,
            record=study.record,
            nwb=study.nwb,
            compute=study.compute,
            checkpoint=study.checkpoint,
            flip=study.data.flip,
        )
