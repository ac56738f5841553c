"""The Inception metrics are torch-fidelity's with the published weights, or one clear line."""

import builtins
import hashlib

import numpy as np
import pytest
import torch
from mistakes import one_line_error

from asynet.evaluation import inception
from asynet.evaluation.inception import find_weights, inception_metrics

IMAGES = np.random.default_rng(1).integers(0, 256, (10, 3, 32, 32), dtype=np.uint8)


@pytest.fixture
def no_weights(tmp_path, monkeypatch):
    monkeypatch.delenv("ASYNET_INCEPTION", raising=False)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "_hub_dir", None)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ImportError("torch_fidelity"), ("asynet[fid]",)),
        (RuntimeError("operator does not exist"), ("operator does not exist", "torchvision")),
    ],
)
def test_without_torch_fidelity_one_line_says_what_to_install(monkeypatch, tmp_path, error, words):
    original = builtins.__import__

    def without(name, *rest, **more):
        if name.startswith("torch_fidelity"):
            raise error
        return original(name, *rest, **more)

    weights = tmp_path / "weights"
    weights.write_bytes(b"imitation")
    begins = hashlib.sha256(b"imitation").hexdigest()[:8]
    monkeypatch.setattr(inception, "SHA256_BEGINS", begins)
    monkeypatch.setattr(builtins, "__import__", without)
    one_line_error(lambda: inception_metrics(IMAGES, IMAGES, weights), *words)


def test_without_weights_one_line_says_where_to_get_them(no_weights, tmp_path, monkeypatch):
    words = ("no weights", inception.WEIGHTS, "https://", "ASYNET_INCEPTION")
    one_line_error(lambda: inception_metrics(IMAGES, IMAGES), *words, str(tmp_path))
    monkeypatch.setenv("ASYNET_INCEPTION", "/absent/file")
    one_line_error(lambda: find_weights(None), "/absent/file")
    one_line_error(lambda: find_weights(tmp_path / "other"), str(tmp_path / "other"))


def test_other_weights_are_refused(tmp_path, monkeypatch):
    path = tmp_path / inception.WEIGHTS
    path.write_bytes(b"imitation")
    one_line_error(lambda: find_weights(path), str(path), "6726825d", "https://")
    begins = hashlib.sha256(b"imitation").hexdigest()[:8]
    monkeypatch.setattr(inception, "SHA256_BEGINS", begins)
    assert find_weights(path) == path


def test_too_few_or_grey_images_are_refused():
    one_line_error(lambda: inception_metrics(IMAGES[:9], IMAGES), "(9, 3, 32, 32)", "at least 10")
    one_line_error(lambda: inception_metrics(IMAGES[:, :1], IMAGES), "(10, 1, 32, 32)")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # torch-fidelity's own
def test_images_reach_torch_fidelity(tmp_path, monkeypatch):
    """With random weights, whose numbers mean nothing but that equal sets are at no distance."""
    try:
        import torch_fidelity.feature_extractor_inceptionv3 as fidelity
    except Exception as error:
        pytest.skip(f"torch-fidelity cannot be imported: {error}")
    monkeypatch.setattr(fidelity.FeatureExtractorInceptionV3, "load_state_dict", lambda *_: None)
    monkeypatch.setattr(fidelity, "load_state_dict_from_url", lambda *_, **__: None)
    torch.manual_seed(1)
    network = fidelity.FeatureExtractorInceptionV3("inception-v3-compat", ["2048"])
    monkeypatch.undo()
    path = tmp_path / "weights.pth"
    torch.save(network.state_dict(), path)
    begins = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    monkeypatch.setattr(inception, "SHA256_BEGINS", begins)
    metrics = inception_metrics(IMAGES, IMAGES, path)
    assert metrics.fid == pytest.approx(0, abs=1e-3)
    assert metrics.inception_score >= 1
    assert (metrics.samples, metrics.real) == (10, 10)
