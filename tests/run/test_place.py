"""Which device and kernel compute a study, with and without a GPU, for every study file."""

import pytest
import torch
from tiny import STUDY, tiny

from asynet.errors import UserError
from asynet.run import sample
from asynet.run.environment import environment
from asynet.run.place import choose_device, kernel_on
from asynet.run.studies import packaged_studies
from asynet.study.file import read_study, study_text

STUDIES = packaged_studies()
OPERATOR = """\
data: {name: circle, count: 100}
train: {epochs: 1, batch: 50, lr: 0.001}
operator: {kind: mlp, widths: [4], norm: none}
"""


@pytest.fixture(params=[False, True], ids=["no GPU", "a GPU"])
def gpu(request, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: request.param)
    return request.param


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_uses_a_gpu_where_there_is_one(name, gpu):
    study = read_study(STUDIES[name])
    assert study.compute.kernel == "auto"
    assert "kernel: auto" in study_text(study)
    device = choose_device("auto", study)
    assert device == ("cuda" if gpu else "cpu")
    of_torch = gpu or study.operator is not None
    assert kernel_on(study, device) == ("torch" if of_torch else "numba")
    assert choose_device("cpu", study) == "cpu"
    assert kernel_on(study, "cpu") == ("numba" if study.operator is None else "torch")
    if gpu:
        assert choose_device("cuda", study) == "cuda"
    said = environment(study, "", device)
    assert (said["kernel"], said["device"]) == (kernel_on(study, device), device)


@pytest.mark.parametrize("kernel", ["numba", "reference"])
def test_a_kernel_that_is_named_stays(kernel, gpu, tmp_path):
    study = tiny(tmp_path, f"compute.kernel={kernel}")
    assert choose_device("auto", study) == choose_device("cpu", study) == "cpu"
    assert kernel_on(study, "cpu") == kernel
    with pytest.raises(UserError) as error:
        choose_device("cuda", study)
    problem = f"is not allowed with compute.kernel {kernel}, which runs on the processor alone"
    absent = "torch finds no GPU here; cpu and auto are allowed"
    said = f"{problem}; auto and torch run on a GPU" if gpu else absent
    assert str(error.value) == f"--device cuda: {said}"


def test_torch_is_used_wherever_it_runs(gpu, tmp_path):
    study = tiny(tmp_path, "compute.kernel=torch")
    assert choose_device("auto", study) == ("cuda" if gpu else "cpu")
    assert kernel_on(study, "cpu") == kernel_on(study, "cuda") == "torch"


def test_no_other_kernel_may_be_named_for_an_operator(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text(OPERATOR)
    assert read_study(path, ["compute.kernel=torch"]).compute.kernel == "torch"
    with pytest.raises(UserError, match=r"compute.kernel=numba.*with an operator, which torch"):
        read_study(path, ["compute.kernel=numba"])
    path.write_text(OPERATOR + "compute: {kernel: numba}\n")  # in runs of earlier versions
    study = read_study(path, of_a_run=True)
    assert kernel_on(study, "cpu") == kernel_on(study, "cuda") == "torch"


def test_a_run_is_opened_where_it_is_asked_for(gpu, tmp_path, monkeypatch):
    (tmp_path / "study.yaml").write_text(STUDY)
    devices = []

    class Built(Exception):
        pass

    def build(study, device, given):
        devices.append(device)
        raise Built

    monkeypatch.setattr(sample, "build_trainer", build)
    for device in ("auto", "cpu"):
        with pytest.raises(Built):
            sample.open_trainer(tmp_path, [], device=device)
    assert devices == ["cuda" if gpu else "cpu", "cpu"]
