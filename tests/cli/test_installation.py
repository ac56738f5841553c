"""asynet doctor, test and studies: what an installation says of itself."""

import pytest
from typer.testing import CliRunner

from asynet import selftest
from asynet.cli import app as cli
from asynet.errors import UserError
from asynet.run import doctor
from asynet.run.studies import expectations, packaged_studies
from asynet.selftest import checks, going_on


def call(*words):
    result = CliRunner().invoke(cli.app, list(words))
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout


def test_the_doctor_looks_at_each_part(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out = call("doctor", "--quick")
    assert code == 0, out
    for part in ("versions", "threads", "processor", "GPU", "numba cache", "HDF5", "disk"):
        assert f"  {part}:" in out
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_finds_what_hinders_a_run(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    def unlockable(*_, **__):
        raise OSError("unable to lock file, errno = 37")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuse)
    monkeypatch.setattr(doctor.h5py, "File", unlockable)
    monkeypatch.setattr(doctor, "ENOUGH_DISK", 2**80)
    code, out = call("doctor", "--quick")
    assert code == 1
    wrong = [line for line in out.splitlines() if line.startswith("!")]
    cache, hdf5, disk = wrong
    assert "Permission denied; set NUMBA_CACHE_DIR" in cache
    assert "unable to lock file, errno = 37; write runs on another disk" in hdf5
    assert "GB free" in disk


def test_times_are_estimated_for_studies_by_name(monkeypatch):
    def expected(study, device):
        if study.name == "circle":
            raise UserError("data.path: no such file")
        return 90.0

    monkeypatch.setattr(doctor, "expected_seconds", expected)
    quick, circle = doctor.benchmark(("mnist_stdp_quick", "circle"))
    assert quick == doctor.Finding("mnist_stdp_quick", "about 1 min 30 s on cpu")
    assert circle.found == "not estimated: data.path: no such file"
    with pytest.raises(UserError, match="no such study"):
        list(doctor.benchmark(("nonsense",)))
    code, out = call("studies", "mnist_stdp_quick", "--time")
    assert code == 0
    assert "Time on this machine: about 1 min 30 s on cpu." in out


def test_studies_say_size_data_and_what_to_expect():
    code, out = call("studies")
    assert code == 0
    for name, path in packaged_studies().items():
        assert f"{name}  (" in out
        for line in expectations(path):
            assert line in out
    assert "mnist_stdp_quick  (mnist; 784 visible + 300 hidden)" in out
    assert "cifar10  (cifar10; operator unet)" in out


def test_the_self_test_passes_here():
    code, out = call("test")
    assert code == 0, out
    assert out.count("passed ") == len(selftest.CHECKS)
    assert out.endswith(f"{len(selftest.CHECKS)} passed, 0 failed\n")


def one_bit_less(monkeypatch):
    real = checks._spikes

    def wrong(network, kernel):
        states = real(network, "reference").copy()
        states[-1, -1, -1] ^= kernel == "torch"
        return states

    monkeypatch.setattr(checks, "_spikes", wrong)
    return checks.check_kernels


def another_temperature(monkeypatch):
    real = checks.cycle_of
    monkeypatch.setattr(checks, "cycle_of", lambda couplings, _: real(couplings, 1.5))
    return checks.check_enumeration


def a_moment_less(monkeypatch):
    def forgetful(trainer, path):
        restore(trainer, path)
        trainer.progress.moments.sums[0] += 1

    restore = going_on.restore
    monkeypatch.setattr(going_on, "restore", forgetful)
    return going_on.check_going_on


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (one_bit_less, "1 of 96000 dense spikes of torch differ"),
        (another_temperature, r"chi-square \S+, not below \S+"),
        (a_moment_less, "differs"),
    ],
)
def test_the_self_test_finds_a_fault(monkeypatch, change, says):
    with pytest.raises(AssertionError, match=says):
        change(monkeypatch)()


def test_a_check_that_fails_is_told_in_a_line(monkeypatch):
    def fail():
        raise AssertionError("1 of 2 spikes differ")

    two = (selftest.Check("one thing", lambda: None), selftest.Check("another", fail))
    monkeypatch.setattr(selftest, "CHECKS", two)
    code, out = call("test")
    assert code == 1
    first, second, last = out.splitlines()
    assert first.startswith("passed ")
    assert second.startswith("FAILED ")
    assert second.endswith("another: 1 of 2 spikes differ")
    assert last == "1 passed, 1 failed"
