"""The study schema: what it accepts, what it fills in, and the corpus of what it refuses."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from asynet.errors import UserError
from asynet.study.file import read_study
from asynet.study.study import Study

BAD_STUDIES = sorted((Path(__file__).parent / "bad_studies").glob("*.yaml"))


def minimal(**blocks):
    both_ways = [{"pre": "visible", "post": "hidden"}, {"pre": "hidden", "post": "visible"}]
    network = {
        "populations": {"visible": {"size": 784}, "hidden": {"size": 500}},
        "projections": both_ways,
        "order": "alternating",
    }
    study = {"data": {"name": "mnist"}, "network": network, "train": {"epochs": 6}}
    return {key: {**study.get(key, {}), **blocks.get(key, {})} for key in study | blocks}


def toy(**network):
    populations = {"visible": {"size": 2, "law": "gaussian"}, "hidden": {"size": 30}}
    return minimal(data={"name": "circle"}, network={"populations": populations, **network})


def test_a_minimal_study_gets_every_default():
    study = Study.model_validate(minimal())
    assert (study.seed, study.data.binarise, study.data.validation) == (1, "sample", None)
    assert study.network.visible == "visible"
    assert (study.network.alpha, study.network.visible_bias) == (1.0, "data")
    assert (study.walk.prologue, study.walk.t_max, study.walk.factor) == (20, 10.0, 1.2)
    assert (study.train.lr, study.train.batch, study.train.rule) == (0.1, 100, "rate")
    assert study.evaluate.chain_steps == (100, 1000, 10000)
    assert study.network.projections[0].std == 0.01


def test_earlier_names_of_phases_are_read():
    study = Study.model_validate(minimal(record={"phases": ["sleep", "run", "dream"]}))
    assert study.record.phases == ("heating", "free run", "dream")
    for phases in (["wake"], ["replay"], "sleep", [["sleep"]]):
        with pytest.raises(ValidationError):
            Study.model_validate(minimal(record={"phases": phases}))


def test_defaults_that_depend_on_other_keys():
    study = Study.model_validate(toy())
    assert study.data.binarise == "none"
    assert study.network.visible_bias == "zero"
    assert study.data.neurons == 2


@pytest.mark.parametrize(
    "study",
    [
        toy(visible_bias="zero"),
        minimal(data={"name": "mnist", "binarise": "threshold"}),
        minimal(network={"order": [["hidden"], ["visible"]]}),
        minimal(network={"order": [["visible", "hidden"]]}),
        minimal(network={"projections": [{"pre": "hidden", "post": "hidden"}]}),
        minimal(network={"projections": [{"pre": "visible", "post": "hidden", "mask": "m.npy"}]}),
        minimal(walk={"steps": 30, "t_max": 1}),
        minimal(train={"epochs": 0.5, "weight_decay": 0, "patience": 3}),
        minimal(
            data={"name": "patterns", "count": 20, "size": 50, "validation": 0},
            network={
                "populations": {"all": {"size": 50}},
                "projections": [{"pre": "all", "post": "all", "dale": 0.8}],
                "order": "synchronous",
            },
            recall={"stored": [1, 20, 1000], "flips": [0, 0.5], "steps": 1, "cues": 1},
        ),
        minimal(recall={"stored": [], "flips": [0.1, 0.2, 0.3]}),
    ],
)
def test_legal_combinations(study):
    Study.model_validate(study)


def test_a_study_cannot_be_changed():
    study = Study.model_validate(minimal())
    with pytest.raises(ValidationError, match="frozen"):
        study.train.lr = 1.0


def test_limits_are_inclusive():
    fits = minimal(network={"populations": {"visible": {"size": 784}, "hidden": {"size": 2551020}}})
    Study.model_validate(fits)  # 784 x 2551020 = 1999999680 weights
    fits["network"]["populations"]["hidden"]["size"] += 1
    with pytest.raises(
        ValidationError, match="2000000464 weights are not allowed; must be at most 2000000000"
    ):
        Study.model_validate(fits)


def test_the_corpus_is_there():
    assert len(BAD_STUDIES) >= 100


@pytest.mark.parametrize("path", BAD_STUDIES, ids=lambda path: path.stem)
def test_a_wrong_study_is_one_line_that_names_the_mistake(path):
    fragment = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# expect: ")
    with pytest.raises(UserError) as caught:
        read_study(path)
    message = str(caught.value)
    assert fragment in message
    assert message.startswith(f"{path}: ")
    assert message.isprintable()
    assert len(message) < len(str(path)) + 300
    assert "more)" not in message, "a study of the corpus holds one mistake"
