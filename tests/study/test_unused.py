"""Every key that a kind of study does not read is refused if it is set, and no other.

Short runs of each kind show which keys are read; figures and the report are left out, since they
read none but those named in `ELSEWHERE`.
"""

import re

import numpy as np
import pytest
from reads import reading
from tiny import STUDY

from asynet.errors import UserError
from asynet.run import run
from asynet.run.build import build_trainer
from asynet.study.file import read_study
from asynet.study.keys import keys

REST = """\
evaluate: {steps: 3, examples: 6, bound_walks: 2, is_examples: 3, walks: 2, samples: 6,
           extra_steps: 1, chain_steps: [2], chains: 4, prior_examples: 10}
record: {chains: 2, run_steps: 2}
compute: {threads: 1}
"""
SHORT = STUDY[: STUDY.index("evaluate")].replace("epochs: 10", "epochs: 1") + REST
POINTS = """\
data: {name: circle, count: 100}
train: {epochs: 1, batch: 50, lr: 0.001, validation_examples: 6}
"""
OPERATOR = POINTS + "operator: {kind: mlp, widths: [4], norm: none}\n"
FACTOR = "walk: {prologue: 2, t_max: 2}\n"
ARRAY = f"""\
data: {{name: array, path: data.npz, shape: [3, 4, 4], validation: 6, binarise: threshold}}
operator: {{kind: unet, widths: [4], norm: none, law: bernoulli}}
train: {{epochs: 1, batch: 10, lr: 0.001, validation_examples: 2}}
{FACTOR}{REST}"""
KINDS = {
    "patterns": SHORT,
    "recall": SHORT + "recall: {stored: [5], cues: 3, steps: 2}\n",
    "cooling": SHORT.replace("prologue: 4", "cooling: 2, prologue: 4"),
    "self": SHORT[: SHORT.index("train:")]
    + "train: {objective: self, epochs: 1, batch: 5}\nevaluate: {chains: 4, chain_steps: [2]}\n",
    "unrecorded": SHORT.replace("record: {chains: 2, run_steps: 2}", "record: {chains: 0}"),
    "sparse": SHORT.replace("std: 0.1}", "in_degree: 2, storage: list}", 1),
    "distance": SHORT.replace("std: 0.1}", "distance: 0.2}", 1),
    "file": SHORT.replace("std: 0.1}", "file: weights.npy}", 1).replace(
        "std: 0.1}", "file: back.npy}"
    ),
    "recording": f"""\
data: {{name: population, size: 5, count: 200}}
network:
  populations: {{visible: {{size: 5}}}}
  projections: [{{pre: visible, post: visible}}]
  order: synchronous
walk: {{replay: backward}}
train: {{epochs: 1, batch: 40, lr: 0.1, validation_examples: 5}}
{REST}""",
    "gaussian": f"""\
{POINTS}
network:
  populations: {{visible: {{size: 2, law: gaussian}}, hidden: {{size: 3}}}}
  projections: [{{pre: visible, post: hidden}}, {{pre: hidden, post: visible}}]
  order: alternating
{FACTOR}{REST}""",
    "operator": f"{OPERATOR}{FACTOR}{REST}",
    "fixed steps": f"{OPERATOR}walk: {{steps: 3, t_max: 2, prior: low_rank, rank: 1}}\n{REST}",
    "codes": f"{OPERATOR.replace('widths', 'codes: 2, code_widths: [3], widths')}{FACTOR}{REST}",
    "images": ARRAY,
    "inpainting": ARRAY.replace("chains: 4,", "chains: 4, inpaint: {masks: [top], images: 2},"),
}
ANOTHER = {
    "data.options": "{width: 3}",
    "data.path": "nowhere.npz",
    "data.bin": 0.5,
    "data.binarise": "sample",
    "data.flip": "true",
    "data.validation": 3,
    "data.limit": 17,
    "data.count": 7,
    "data.size": 7,
    "data.shape": "[7]",
    "data.stream": "true",
    "data.window": 7,
    "data.column": "png",
    "data.label": "cls",
    "network.populations.NAME.sigma": 0.5,
    "network.projections.0.std": 0.3,
    "network.projections.0.mean": 0.2,
    "network.projections.0.law": "uniform",
    "network.projections.0.in_degree": 2,
    "network.projections.0.out_degree": 2,
    "network.projections.0.distance": 0.2,
    "network.projections.0.rule": "nearest",
    "network.projections.0.mask": "mask.npy",
    "network.projections.0.options": "{width: 3}",
    "network.projections.0.fall": "exponential",
    "network.projections.0.space": "line",
    "network.projections.0.columns.pre": "from",
    "network.projections.0.columns.post": "to",
    "network.projections.0.columns.weight": "w",
    "network.projections.0.columns.count": "n",
    "network.projections.0.columns.population": "e_to_i",
    "network.projections.0.scale": 2,
    "network.projections.0.probability": 0.5,
    "network.projections.0.dale": 0.5,
    "operator.options": "{width: 3}",
    "operator.widths": "[3]",
    "operator.codes": 3,
    "operator.code_widths": "[5]",
    "operator.blocks": 2,
    "operator.told": "true",
    "operator.waves": 0.5,
    "operator.stay": 3,
    "operator.rest": "data",
    "operator.sigma": 0.2,
    "operator.sigma_is": "learned",
    "operator.noise_in": "blocks",
    "optimiser.beta_1": 0.5,
    "optimiser.beta_2": 0.5,
    "optimiser.clip": 2,
    "optimiser.average": 0.5,
    "optimiser.precision": "bfloat16",
    "optimiser.compile": "true",
    "walk.prologue": 3,
    "walk.factor": 1.7,
    "walk.growth": 2,
    "walk.ahead": 1.1,
    "walk.heated": 0.4,
    "walk.cooling": 3,
    "walk.epilogue": 3,
    "walk.rank": 3,
    "walk.steps": 7,
    "train.options": "{width: 3}",
    "train.anchor": 0.5,
    "train.momentum": 0.5,
    "train.symmetry_pull": 0.5,
    "train.centre": "false",
    "train.validation_examples": 7,
    "evaluate.examples": 7,
    "evaluate.bound_walks": 7,
    "evaluate.prior_examples": 7,
    "evaluate.is_examples": 7,
    "evaluate.walks": 7,
    "evaluate.samples": 7,
    "evaluate.ahead": 1.1,
    "evaluate.smc_walks": 7,
    "evaluate.equilibrium.steps": 7,
    "evaluate.equilibrium.chains": 7,
    "evaluate.equilibrium.examples": 7,
    "evaluate.equilibrium.reverse": 7,
    "evaluate.extra_steps": 7,
    "evaluate.inpaint.masks": "[top]",
    "evaluate.inpaint.images": 2,
    "evaluate.inpaint.completions": 2,
    "evaluate.inpaint.extra_steps": 2,
    "recall.flips": "[0.3]",
    "recall.steps": 3,
    "recall.cues": 3,
    "compute.kernel": "numba",
    "record.every": 7,
    "record.weights_every": 7,
    "record.run_steps": 7,
    "record.phases": "[heating]",
    "record.steps_every": 7,
    "record.analogue": "float16",
    "record.drive": "true",
    "record.synapses": 7,
}
# Read, and without effect all the same: the random number is multiplied, the file is laid out.
READ_IN_VAIN = {
    "walk.prologue",
    "walk.heated",
    "walk.factor",
    "walk.growth",
    "walk.epilogue",
    "record.every",
    "record.weights_every",
    "record.synapses",
    "record.analogue",
    "record.drive",
    "record.run_steps",
    "train.centre",
    "train.validation_examples",
}
# Read by exports, the report, the schema itself, or once some time has passed.
ELSEWHERE = ("nwb.", "description", "name", "plugins", "checkpoint.")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where a kind of study finds its files, and runs without figures and report."""
    rng = np.random.default_rng(1)
    np.savez(tmp_path / "data.npz", train=rng.random((30, 3, 4, 4)), test=rng.random((8, 3, 4, 4)))
    np.save(tmp_path / "weights.npy", rng.normal(size=(8, 12)))
    np.save(tmp_path / "back.npy", rng.normal(size=(12, 8)))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run, "draw_run", lambda *_: [])
    return tmp_path


def read_by(study, out):
    """Return the paths of the keys that a run reads, in the words of `keys`."""
    with reading(study) as read:
        run.run_study(study, out)
    names = {"network.populations.*": "network.populations.NAME"}
    names["network.projections.*"] = "network.projections.0"
    for pattern, path in names.items():
        read = {key.replace(pattern, path) for key in read}
    return read


def complaint(path, key, study):
    """Return what is said of a key with another value; None if nothing is."""
    first = next(iter(study.network.populations)) if study.network is not None else ""
    name = re.sub("NAME", first, key)
    try:
        changed = read_study(path, [f"{name}={ANOTHER[key]}"])
        if key.startswith("data.") or ".columns." in key:  # looked at with the file
            build_trainer(changed, "cpu")
    except UserError as error:
        said = str(error)
        of_file = ".columns." in key and "columns: not allowed" in said
        return said if name in said or of_file else None
    return None


QUICK = ("patterns", "file", "recording")


@pytest.mark.parametrize(
    "kind",
    [kind if kind in QUICK else pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS],
)
def test_a_key_that_a_run_does_not_read_is_refused_and_no_other(kind, folder):
    path = folder / "study.yaml"
    path.write_text(KINDS[kind])
    study = read_study(path)
    read = read_by(study, folder / "run")
    absent = "operator." if study.operator is None else "network."
    for key in (key.path for key in keys()):
        if key.startswith((absent, *ELSEWHERE)):
            continue
        if key not in read:
            assert complaint(path, key, study), f"{key} is not read, and may be set"
        elif key in ANOTHER and not key.startswith("data.") and key not in READ_IN_VAIN:
            said = complaint(path, key, study) or ""
            assert "is not used" not in said, f"{key} is read, and refused: {said}"


def test_what_is_set_in_a_file_may_become_unused_by_an_override(folder):
    path = folder / "study.yaml"
    path.write_text(KINDS["cooling"].replace("cooling: 2", "cooling: 2, epilogue: 3"))
    assert read_study(path).walk.epilogue == 3
    assert read_study(path, ["walk.cooling=0"]).walk.epilogue == 0
    with pytest.raises(UserError, match=r"override walk.epilogue=4: .* is not used without walk.c"):
        read_study(path, ["walk.cooling=0", "walk.epilogue=4"])
    path.write_text(path.read_text().replace("cooling: 2, ", ""))
    message = r"walk.epilogue: 3 is not used without walk.cooling; leave it out \(its default is 0"
    for overrides in ([], ["train.epochs=2"]):
        with pytest.raises(UserError, match=message):
            read_study(path, overrides)
    assert read_study(path, of_a_run=True).walk.epilogue == 3
    assert read_study(path, ["train.epochs=2"], of_a_run=True).train.epochs == 2
