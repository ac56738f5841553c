"""Downloads are verified and gone on with, and archives cannot write outside their folder.

All against a server on this machine, whose faults the tests choose.
"""

import hashlib
import io
import os
import stat
import tarfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from mistakes import one_line_error
from typer.testing import CliRunner

from asynet.cli.app import app
from asynet.datasets.files import fetch as module
from asynet.datasets.files.fetch import SOURCES, Download, Source, default_folder, fetch, source_of
from asynet.datasets.files.unpack import unpack

CONTENT = np.random.default_rng(1).bytes(300_000)


class Server(ThreadingHTTPServer):
    """Serve files, with the faults of `cuts`, `ranges` and `status`; keep each request's Range."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = {"/file.bin": CONTENT}
        self.cuts = []  # bytes after which the next answers break off
        self.ranges, self.lies, self.status, self.length = True, False, None, True
        self.seen = []

    def url(self, name="file.bin"):
        return f"http://127.0.0.1:{self.server_address[1]}/{name}"


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        server, content = self.server, self.server.files.get(self.path)
        server.seen.append(self.headers.get("Range"))
        if content is None or server.status:
            self.send_error(server.status or 404)
            return
        start = 0
        if server.ranges and self.headers.get("Range"):
            start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
            if start >= len(content):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(content)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(206)
            first = 0 if server.lies else start
            self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        body = content[start:]
        if server.length:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        cut = server.cuts.pop(0) if server.cuts else len(body)
        self.wfile.write(body[:cut])
        self.wfile.flush()


@pytest.fixture
def server():
    serving = Server()
    thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield serving
    serving.shutdown()
    thread.join()
    serving.server_close()


def md5(content):
    return f"md5:{hashlib.md5(content).hexdigest()}"


def source(server, name="file.bin", content=CONTENT, **keys):
    keys = {"checksum": md5(content)} | keys
    return Source("thing", "", (Download(server.url(name), **keys),), 1, "")


def get(server, folder, **keys):
    marks = []
    files = fetch(
        source(server, **keys), folder, lambda _: lambda *mark: marks.append(mark), pause=0
    )
    return files, marks


def test_a_file_comes_whole_with_progress_and_is_not_fetched_twice(server, tmp_path):
    [file], marks = get(server, tmp_path / "data")
    assert file == tmp_path / "data" / "file.bin"
    assert file.read_bytes() == CONTENT
    assert marks[-1] == (300_000, 300_000)
    assert [have for have, _ in marks] == sorted({have for have, _ in marks})
    get(server, tmp_path / "data")
    assert server.seen == [None]
    assert sorted(os.listdir(tmp_path / "data")) == ["file.bin"]


def test_a_wrong_checksum_is_refused_and_nothing_kept(server, tmp_path):
    one_line_error(
        lambda: get(server, tmp_path, checksum=md5(b"other")),
        server.url(),
        "md5",
        "nothing is kept",
    )
    assert os.listdir(tmp_path) == []


def test_a_damaged_file_that_is_there_is_fetched_anew(server, tmp_path):
    (tmp_path / "file.bin").write_bytes(b"damaged")
    [file], _ = get(server, tmp_path)
    assert file.read_bytes() == CONTENT


def test_a_cut_connection_is_gone_on_with_at_once(server, tmp_path):
    server.cuts = [12 * 8192 + 100, 6 * 8192, 8192]
    [file], marks = get(server, tmp_path)
    assert file.read_bytes() == CONTENT
    assert server.seen == [None, "bytes=98304-", "bytes=147456-", "bytes=155648-"]
    assert all(total == 300_000 for _, total in marks)


def test_a_download_that_stays_cut_goes_on_with_the_next_call(server, tmp_path):
    server.cuts = [100_000, 0, 0, 0, 0]
    one_line_error(lambda: get(server, tmp_path), "connection cut", "after 98304 bytes")
    assert os.listdir(tmp_path) == ["file.bin.part"]
    [file], _ = get(server, tmp_path)
    assert file.read_bytes() == CONTENT
    assert server.seen[-1] == "bytes=98304-"
    assert os.listdir(tmp_path) == ["file.bin"]


def test_a_server_without_ranges_starts_anew(server, tmp_path):
    server.ranges, server.cuts = False, [100_000]
    [file], _ = get(server, tmp_path)
    assert file.read_bytes() == CONTENT
    assert server.seen == [None, "bytes=98304-"]


def test_a_server_that_answers_another_range_is_not_believed(server, tmp_path):
    server.lies, server.cuts = True, [100_000]
    [file], _ = get(server, tmp_path)
    assert file.read_bytes() == CONTENT
    assert server.seen == [None, "bytes=98304-", None]


def test_a_partial_file_that_is_whole_or_too_long(server, tmp_path):
    for partial in (CONTENT, CONTENT + b"more"):
        (tmp_path / "file.bin").unlink(missing_ok=True)
        (tmp_path / "file.bin.part").write_bytes(partial)
        [file], _ = get(server, tmp_path)
        assert file.read_bytes() == CONTENT


def test_a_partial_file_of_another_file_is_caught_by_the_checksum(server, tmp_path):
    (tmp_path / "file.bin.part").write_bytes(b"x" * 1000)
    one_line_error(lambda: get(server, tmp_path), "md5", "nothing is kept")
    [file], _ = get(server, tmp_path)
    assert file.read_bytes() == CONTENT


def test_without_a_length_the_checksum_decides(server, tmp_path):
    server.length = False
    [file], marks = get(server, tmp_path)
    assert file.read_bytes() == CONTENT
    assert marks[-1] == (300_000, None)
    server.cuts = [1000]
    file.unlink()
    one_line_error(lambda: get(server, tmp_path), "md5")


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_refusal_is_said_at_once(server, tmp_path, status):
    server.status = status
    one_line_error(lambda: get(server, tmp_path), server.url(), str(status))
    assert len(server.seen) == 1


def test_a_server_in_trouble_is_asked_again(server, tmp_path):
    server.status = 503
    one_line_error(lambda: get(server, tmp_path), "the server answers 503")
    assert len(server.seen) == 4


def test_a_server_that_is_not_there_is_said_in_one_line(server, tmp_path):
    away = Source("thing", "", (Download("http://127.0.0.1:9/file.bin", None),), 1, "")
    one_line_error(lambda: fetch(away, tmp_path, lambda _: print, pause=0), "cannot be reached")


def tar_of(path, *members):
    """Write an archive of (TarInfo or name, content) members."""
    with tarfile.open(path, "w:gz") as archive:
        for member, content in members:
            info = tarfile.TarInfo(member) if isinstance(member, str) else member
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def special(name, kind, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def test_an_archive_is_fetched_verified_and_unpacked(server, tmp_path):
    path = tar_of(tmp_path / "a.tar.gz", ("batches/one", b"1"), ("batches/two", b"22"))
    server.files["/a.tar.gz"] = path.read_bytes()
    folder = tmp_path / "data"
    get(server, folder, name="a.tar.gz", content=path.read_bytes(), unpacked=True)
    assert (folder / "batches" / "one").read_bytes() == b"1"
    assert (folder / "batches" / "two").read_bytes() == b"22"
    assert sorted(os.listdir(folder)) == ["a.tar.gz", "batches"]


def test_unpacking_replaces_what_it_names_and_leaves_the_rest(tmp_path):
    folder = tmp_path / "data"
    (folder / "batches").mkdir(parents=True)
    (folder / "batches" / "stale").write_bytes(b"")
    (folder / "other").write_bytes(b"mine")
    unpack(tar_of(tmp_path / "a.tar.gz", ("batches/one", b"1")), folder)
    assert os.listdir(folder / "batches") == ["one"]
    assert (folder / "other").read_bytes() == b"mine"


CLIMBING = [
    "../evil",
    "a/../../evil",
    "/tmp/evil-asynet",
    "a/b/../../../evil",
    "..\\evil",
    "C:evil",
]


@pytest.mark.parametrize("name", CLIMBING)
def test_a_climbing_archive_is_refused_and_nothing_written(server, tmp_path, name):
    tar = tar_of(tmp_path / "a.tar.gz", ("good", b"1"), (name, b"evil"))
    server.files["/a.tar.gz"] = tar.read_bytes()
    folder = tmp_path / "data" / "deep"
    one_line_error(
        lambda: get(server, folder, name="a.tar.gz", content=tar.read_bytes(), unpacked=True),
        "climbs out",
    )
    zipped = tmp_path / "a.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("good", b"1")
        archive.writestr(zipfile.ZipInfo(name), b"evil")
    one_line_error(lambda: unpack(zipped, folder), "climbs out")
    assert os.listdir(folder) == ["a.tar.gz"]
    assert sorted(os.listdir(tmp_path)) == ["a.tar.gz", "a.zip", "data"]
    assert os.listdir(tmp_path / "data") == ["deep"]


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (tarfile.SYMTYPE, "/etc"),
        (tarfile.SYMTYPE, "good"),
        (tarfile.LNKTYPE, "good"),
        (tarfile.CHRTYPE, ""),
        (tarfile.FIFOTYPE, ""),
    ],
)
def test_links_and_devices_are_refused(tmp_path, kind, target):
    path = tar_of(tmp_path / "a.tar.gz", ("good", b"1"), (special("bad", kind, target), b""))
    one_line_error(lambda: unpack(path, tmp_path / "data"), "'bad' is a link or a device")
    assert os.listdir(tmp_path / "data") == []


def test_a_link_in_a_zip_is_refused(tmp_path):
    link = zipfile.ZipInfo("bad")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    one_line_error(lambda: unpack(tmp_path / "a.zip", tmp_path / "data"), "'bad' is a link")


def test_a_zip_is_unpacked_and_bombs_are_not(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("folder")
        archive.writestr("folder/zeros", bytes(100_000))
    unpack(tmp_path / "a.zip", tmp_path / "data")
    assert (tmp_path / "data" / "folder" / "zeros").stat().st_size == 100_000
    one_line_error(lambda: unpack(tmp_path / "a.zip", tmp_path / "x", 99_999), "99999 bytes")


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x1f\x8b\x08" + bytes(30)])
def test_a_damaged_archive_is_refused(tmp_path, content):
    (tmp_path / "a.tar.gz").write_bytes(content)
    one_line_error(lambda: unpack(tmp_path / "a.tar.gz", tmp_path / "data"), "not a readable")
    assert os.listdir(tmp_path / "data") == []


def test_what_cannot_be_fetched_says_what_to_do(tmp_path, monkeypatch):
    one_line_error(
        lambda: fetch(SOURCES["celeba"], tmp_path, lambda _: print), "Google Drive", str(tmp_path)
    )
    one_line_error(lambda: source_of("imagenet"), "imagenet", "cifar10")
    (tmp_path / "file").write_bytes(b"")
    one_line_error(lambda: fetch(SOURCES["svhn"], tmp_path / "file", lambda _: print), "is a file")
    monkeypatch.setenv("ASYNET_DATA", str(tmp_path))
    assert default_folder() == tmp_path
    monkeypatch.delenv("ASYNET_DATA")
    assert str(default_folder()) == "data"


def test_every_published_checksum_has_the_form_of_one():
    checksums = [d.checksum for s in SOURCES.values() for d in s.downloads]
    for checksum in [*checksums, *module.CHECKSUMS.values()]:
        kind, digits = checksum.split(":")
        assert len(bytes.fromhex(digits)) == hashlib.new(kind).digest_size
    assert len(set(checksums)) == len(checksums)


def test_the_command_fetches_verifies_and_says_where(server, tmp_path, monkeypatch):
    monkeypatch.setitem(SOURCES, "thing", source(server))
    result = CliRunner().invoke(app, ["data", "fetch", "thing", "--to", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert f"{tmp_path / 'file.bin'}: verified" in result.stdout
    monkeypatch.setitem(SOURCES, "thing", source(server, checksum=md5(b"other")))
    wrong = CliRunner().invoke(app, ["data", "fetch", "thing", "--to", str(tmp_path)])
    assert wrong.exit_code == 2
    assert "md5" in wrong.stderr
