"""How a run trains, measures and records: plain values with defaults."""

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
        Name of the run, which its report shows.
    seed : int
        Seed of every random number.
    walk : WalkBlock
        How training heats a state away from the data.
    evaluate, recall : Evaluate, Recall
        What the final numbers are computed from.
    record, nwb : RecordBlock, Nwb
        What is written to trajectory.h5, and what exports say of it.
    compute, checkpoint : Compute, Checkpoint
        The kernel, and how often a checkpoint is saved; no number depends on them.
    flip : bool
        Whether about half of the training images are mirrored, left to right.
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
        """Return the settings of a study, without its data and its network or operator.

        Parameters
        ----------
        study : Study
            The study.
        """
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
