"""Every key of the data block, with every kind of data set, is used or refused by its name."""

from dataclasses import fields

import numpy as np
import pytest
from pydantic import ValidationError
from tiny import write_study
from typer.testing import CliRunner

from asynet.cli.app import run_app
from asynet.datasets import NAMES, Dataset, load
from asynet.errors import UserError
from asynet.study.data import GREY, Data

savemat = pytest.importorskip("scipy.io").savemat
KEYS = [key for key in Data.model_fields if key != "name"]
SIZES = {"mnist": (28, 28), "fashion_mnist": (28, 28), "celeba": (64, 64, 3)}
# What each key is changed to. Every value must be refused, or change what is loaded.
OTHER = {
    "path": ["elsewhere"],
    "bin": [0.5],
    "binarise": ["none", "sample", "threshold", "dequantise"],
    "flip": [True],
    "validation": [7],
    "limit": [5],
    "count": [60],
    "size": [5],
    "shape": [[3]],
    "options": [{"holes": 2}],
    "stream": [True],
    "window": [10],
    "column": ["image"],
    "label": ["class"],
}


def base(name, folder):
    """Return the smallest data block of a kind, with the file that it reads."""
    rng = np.random.default_rng(1)
    path = folder / f"{name}.npz"
    if name == "svhn":
        for which in ("train", "test"):
            pixels = rng.integers(0, 256, (32, 32, 3, 30), dtype=np.uint8)
            savemat(folder / f"{which}_32x32.mat", {"X": pixels, "y": rng.integers(1, 11, (30, 1))})
        path = folder
    elif name == "celeba":
        path = folder / "celeba64.npz"
        np.savez(path, images=rng.integers(0, 256, (30, 64, 64, 3), dtype=np.uint8))
    elif name in (*SIZES, "cifar10", "cifar10_sample"):
        images = rng.integers(0, 256, (30, *SIZES.get(name, (32, 32, 3))), dtype=np.uint8)
        labels = rng.integers(0, 10, 30).astype(np.uint8)
        arrays = {"train_images": images, "train_labels": labels}
        np.savez(path, **arrays, test_images=images, test_labels=labels)
    elif name == "array":
        np.savez(path, train=rng.random((30, 4)))
        return {"name": name, "path": str(path), "shape": [4]}
    elif name == "population":
        return {"name": name, "size": 4, "count": 50}
    elif name == "patterns":
        return {"name": name, "size": 4, "count": 20}
    else:
        return {"name": name, "count": 50}
    few = {"validation": 3} if name in GREY else {}
    return {"name": name, "path": str(path), **few}


def outcome(keys):
    """Return what a data block loads: every array; or the error, its key first."""
    try:
        data = Data.model_validate(keys)
    except ValidationError as errors:
        return errors.errors()[0]["msg"]
    try:
        found = load(data, 1)
    except UserError as error:
        return str(error)
    loaded = [field.name for field in fields(Dataset) if field.name not in ("block", "recorded")]
    return {name: _exactly(getattr(found, name)) for name in loaded}


def _exactly(value):
    is_array = isinstance(value, np.ndarray)
    return (value.shape, value.dtype, value.tobytes()) if is_array else value


@pytest.mark.parametrize("name", NAMES)
def test_a_key_is_used_or_refused(tmp_path, name):
    keys = base(name, tmp_path)
    plain = outcome(keys)
    assert isinstance(plain, dict), plain
    assert set(OTHER) == set(KEYS)
    given = Data.model_validate(keys)
    for key in KEYS:
        if key == "flip" and given.image is not None:
            continue  # training uses it
        for value in OTHER[key]:
            if value == getattr(given, key):
                continue
            found = outcome(keys | {key: value})
            assert found != plain, f"{key}: {value} is ignored"
            if isinstance(found, str):
                named = key in found or (key == "path" and "elsewhere" in found)
                assert named or "array.npz: train: float64 values cannot" in found
                assert "\n" not in found


@pytest.mark.parametrize("name", ["patterns", "swiss_roll", "circle", "mixture"])
def test_the_likelihood_of_drawn_examples_never_goes_under_the_name_of_a_file(tmp_path, name):
    keys = base(name, tmp_path) | {"path": "mine.npz"}
    assert outcome(keys) == f"data.path: 'mine.npz' is not used by {name}; leave it out"


def test_a_study_that_a_run_wrote_is_not_refused(tmp_path):
    for name in NAMES:
        keys = base(name, tmp_path)
        written = Data.model_validate(keys).model_dump()
        assert set(written) == {"name", *KEYS}
        assert outcome(written) == outcome(keys)


@pytest.mark.parametrize("key", ["path", "validation", "limit"])
def test_patterns_refuse_what_they_do_not_read(tmp_path, key):
    keys = base("patterns", tmp_path) | {key: OTHER[key][0]}
    assert outcome(keys).startswith(f"data.{key}: ")
    assert "is not used by patterns" in outcome(keys)


@pytest.mark.parametrize("arguments", [(), ("--dry-run",)])
def test_a_run_and_a_dry_run_refuse_it_before_anything_is_written(tmp_path, arguments):
    words = [write_study(tmp_path), "data.path=mine.npz", "--out", tmp_path / "run", *arguments]
    result = CliRunner().invoke(run_app, [str(word) for word in words])
    assert result.exit_code == 2
    assert result.stderr == "data.path: 'mine.npz' is not used by patterns; leave it out\n"
    assert not (tmp_path / "run").exists()
