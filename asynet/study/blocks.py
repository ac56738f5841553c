"""The blocks of a study, for checks that span several of them."""

from typing import Protocol

from asynet.study.compute import Compute
from asynet.study.data import Data
from asynet.study.evaluate import Evaluate
from asynet.study.network import NetworkBlock
from asynet.study.operator import Operator, Optimiser
from asynet.study.recall import Recall
from asynet.study.record import RecordBlock
from asynet.study.train import Train
from asynet.study.walk import WalkBlock


class Blocks(Protocol):
    """The blocks of a study that must suit each other."""

    data: Data
    network: NetworkBlock | None
    operator: Operator | None
    walk: WalkBlock
    train: Train
    evaluate: Evaluate
    recall: Recall
    record: RecordBlock
    optimiser: Optimiser
    compute: Compute
