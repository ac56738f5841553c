"""The table of keys, which is generated from the schema."""

from asynet.study.keys import describe_keys, keys
from asynet.study.operator import Operator
from asynet.study.study import Study


def test_every_key_has_a_description_a_range_and_a_default():
    for key in keys():
        assert len(key.description) > 10, key.path
        assert key.description.endswith("."), key.path
        assert key.allowed, key.path
        assert key.default, key.path


def leaves(tree, prefix=""):
    for name, value in tree.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def test_the_table_has_every_key_of_a_study_once():
    end = {"pre": "NAME", "post": "NAME"}
    network = {"populations": {"NAME": {"size": 784}}, "projections": [end], "order": "synchronous"}
    study = Study.model_validate(
        {"data": {"name": "mnist"}, "network": network, "train": {"epochs": 1}}
    ).model_dump()
    study["network"]["projections"] = {"0": study["network"]["projections"][0]}
    study["operator"] = Operator(kind="mlp").model_dump()
    paths = [key.path for key in keys()]
    lists = ["network.populations", "network.projections"]
    assert sorted(paths) == sorted([*leaves(study), *lists])


def test_the_table_has_the_blocks_of_the_schema_in_order():
    blocks = list(dict.fromkeys(key.path.split(".")[0] for key in keys()))
    assert blocks == list(Study.model_fields)


def test_rows_say_what_the_schema_says():
    rows = {key.path: key for key in keys()}
    assert rows["train.lr"].default == "0.1"
    assert rows["train.lr"].allowed == "a number greater than 0 and at most 1e9"
    assert rows["train.epochs"].default == "required"
    own = "the name of a plugin's part"
    assert rows["train.rule"].allowed == f"rate, spike, reciprocal or reciprocal_spike, or {own}"
    said = "sample for grey images, dequantise for colour images, else none"
    assert rows["data.binarise"].default == said
    assert rows["network.populations.NAME.size"].default == "required"
    assert rows["network.projections.0.dale"].allowed == (
        "a number at least 0 and at most 1, or null"
    )
    assert rows["evaluate.chain_steps"].default == "[100, 1000, 10000]"


def test_the_text_holds_each_key_and_fits_the_page():
    lines = describe_keys().splitlines()
    assert "train.lr  (0.1)" in lines
    assert max(map(len, lines)) <= 100
    assert sum(not line.startswith(" ") for line in lines) == len(keys())
