"""Compiled functions work, and are right, where their cache cannot be written or read."""

import errno
import os
from pathlib import Path

import pytest
from numba.core import caching

from asynet.numerics import compiled as module
from asynet.numerics.compiled import compiled


def add(a, b):
    return a + b


@pytest.fixture(autouse=True)
def anew(monkeypatch, tmp_path):
    for cached in (module._temporary_folder, module._say):
        cached.cache_clear()
    monkeypatch.setattr(module.tempfile, "gettempdir", lambda: str(tmp_path))
    yield
    for cached in (module._temporary_folder, module._say):
        cached.cache_clear()


@pytest.fixture
def unwritable(monkeypatch, tmp_path):
    """No folder but the temporary one can be written."""
    before = caching._CacheLocator.ensure_cache_path

    def refuse(self):
        if not self.get_cache_path().startswith(str(tmp_path)):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        before(self)

    monkeypatch.setattr(caching._CacheLocator, "ensure_cache_path", refuse)


def test_without_a_place_a_private_temporary_folder_is_one(unwritable, tmp_path, capsys):
    made = compiled()(add)
    assert made(2, 3) == 5
    (folder,) = tmp_path.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert list(folder.rglob("*.nbi")), "kept"
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("kind", ["readable by others", "a file"])
def test_code_is_not_loaded_from_a_folder_of_others(unwritable, tmp_path, capsys, kind):
    folder = tmp_path / f"asynet-numba-{os.geteuid()}"
    if kind == "a file":
        folder.write_text("")
    else:
        folder.mkdir()
        folder.chmod(0o777)
    assert [compiled()(add)(2, 3) for _ in range(2)] == [5, 5]
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "compiled at every start; NUMBA_CACHE_DIR names" in said


def test_a_full_disk_is_said_once(monkeypatch, unwritable, capsys):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    for _ in range(2):
        made = compiled()(add)
        monkeypatch.setattr(made._cache._cache_file, "save", full)
        assert made(2, 3) == 5
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "cannot be kept in" in said
    assert "(No space left on device)" in said


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
def test_a_damaged_cache_is_compiled_anew(unwritable, tmp_path, capsys, ending):
    assert compiled()(add)(2, 3) == 5
    (kept,) = tmp_path.rglob(f"*.{ending}")
    content = kept.read_bytes()
    for damaged in (b"", content[: len(content) // 2], b"\x80garbage" + content):
        Path(kept).write_bytes(damaged)
        assert compiled()(add)(2, 3) == 5
    assert "Traceback" not in capsys.readouterr().err


def test_what_is_kept_is_forgotten_once_a_function_that_it_calls_may_have_changed(
    unwritable, tmp_path, monkeypatch
):
    assert compiled()(add)(2, 3) == 5
    again = compiled()(add)
    assert again(2, 3) == 5
    assert sum(again.stats.cache_hits.values()) == 1
    monkeypatch.setattr(module, "_sources", lambda: "changed")
    anew = compiled()(add)
    assert anew(2, 3) == 5
    assert sum(anew.stats.cache_hits.values()) == 0


def test_every_file_with_compiled_code_is_looked_at():
    marks = ("numba.njit", "@compiled", "@intrinsic", "numba.jit", "vectorize")
    for path in module.PACKAGE.rglob("*.py"):
        if any(mark in path.read_text("utf-8") for mark in marks):
            assert path.parent.relative_to(module.PACKAGE).as_posix() in module.WITH_COMPILED_CODE


def test_the_digest_is_of_what_is_in_the_files(monkeypatch, tmp_path):
    folder = tmp_path / "numerics"
    folder.mkdir()
    (folder / "a.py").write_text("one")
    monkeypatch.setattr(module, "PACKAGE", tmp_path)
    digest = module._sources.__wrapped__
    first = digest()
    (folder / ".#a.py").symlink_to("nobody@nowhere.1")  # an editor's mark on a file that it changes
    assert digest() == first
    (folder / "a.py").write_text("two")
    assert digest() != first


def test_the_digest_of_an_archive_is_of_its_bytes(monkeypatch, tmp_path):
    archive = tmp_path / "asynet.zip"
    archive.write_bytes(b"one")
    monkeypatch.setattr(module, "PACKAGE", archive / "asynet")
    first = module._sources.__wrapped__()
    archive.write_bytes(b"two")
    assert module._sources.__wrapped__() != first
