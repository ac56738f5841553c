"""Examples that stay on disk: the very ones of a whole array, and one line for what is wrong."""

import gzip

import numpy as np
import pytest
from damage import survives
from mistakes import one_line_error
from shards import (
    hugging_face,
    lists,
    members_of,
    png,
    write_parquet,
    write_sharded,
    write_tar,
)

import asynet.datasets.loaders.array_stream as loader
import asynet.datasets.sources.parquet as parquet
from asynet.datasets import load
from asynet.datasets.batches import order_of
from asynet.datasets.sources import Streamed, blocks, mean_of
from asynet.datasets.sources.npy import NpyRows
from asynet.datasets.sources.parquet import ParquetShards
from asynet.datasets.sources.tar import TarShards
from asynet.errors import UserError
from asynet.evaluation.gaussian_baselines import gaussian_baselines
from asynet.study.data import Data

SHAPE = (3, 8, 10)
RNG = np.random.default_rng(1)
IMAGES = RNG.integers(0, 256, (61, *SHAPE), np.uint8)
LABELS = RNG.integers(0, 10, 61)
KINDS = ("npy", "pictures", "tar", "hugging face", "bytes", "lists")
SPLITS = ("train", "validation", "test")


@pytest.fixture(autouse=True)
def reader(request):
    """Skip what needs pyarrow where it is missing."""
    if "tar" not in request.node.name and "npy" not in request.node.name:
        pytest.importorskip("pyarrow", reason="needs the parquet extra")


def read(path, **keys):
    keys = {"name": "array", "path": str(path), "shape": list(SHAPE), **keys}
    return load(Data.model_validate({"binarise": "dequantise", **keys}), 1)


def whole(folder, **keys):
    return read(write_sharded("npy", folder / "whole", IMAGES), stream=False, **keys)


@pytest.mark.parametrize("keys", [{}, {"validation": 20, "limit": 7}])
@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_the_examples_of_the_whole_array(tmp_path, kind, stream, keys):
    found = read(write_sharded(kind, tmp_path / "s", IMAGES, LABELS), stream=stream, **keys)
    right = whole(tmp_path, **keys)
    for split in SPLITS:
        examples, expected = getattr(found, split), getattr(right, split)
        assert isinstance(examples, Streamed) == stream
        assert (len(examples), examples.shape) == (len(expected), expected.shape)
        np.testing.assert_array_equal(examples[:], expected, strict=True)
        np.testing.assert_array_equal(examples[-3:], expected[-3:], strict=True)
        some = np.array([2, 0, 2, 1])
        np.testing.assert_array_equal(examples[some], expected[some], strict=True)
        labels = getattr(found, f"{split}_labels")
        if kind in ("npy", "pictures"):
            assert labels is None
            continue
        place = [int((IMAGES.reshape(61, -1) == one).all(axis=1).argmax()) for one in expected]
        np.testing.assert_array_equal(labels, LABELS[place])


@pytest.mark.parametrize("kind", ["tar", "hugging face"])
def test_shards_stay_on_disk_unless_they_are_asked_into_memory(tmp_path, kind):
    assert isinstance(read(write_sharded(kind, tmp_path, IMAGES)).train, Streamed)


@pytest.mark.parametrize("kind", ["npy", "pictures"])
def test_what_is_large_stays_on_disk(tmp_path, monkeypatch, kind):
    path = write_sharded(kind, tmp_path / "s", IMAGES)
    assert not isinstance(read(path).train, Streamed)
    monkeypatch.setattr(loader, "LARGE", IMAGES.size)
    assert isinstance(read(path).train, Streamed)
    monkeypatch.setattr(loader, "LARGE", 2 * IMAGES.size)
    assert not isinstance(read(path).train, Streamed)


def test_examples_on_disk_are_never_read_all_at_once_without_being_asked(tmp_path):
    train = read(write_sharded("npy", tmp_path, IMAGES), stream=True).train
    for use in (np.asarray, np.mean, np.std, lambda x: np.isin(x, (0, 1))):
        with pytest.raises(TypeError, match="50 examples stay on disk"):
            use(train)


# Splits


def named(folder, names, write):
    for k, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, IMAGES[10 * k : 10 * k + 10])
    return folder


def tar(path, images):
    write_tar(path, members_of(images))


def rows(path, images):
    write_parquet(path, {"image": hugging_face(images)})


@pytest.mark.parametrize(
    ("names", "write"),
    [
        (("data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet",
          "data/validation-00000-of-00001.parquet", "data/test-00000-of-00001.parquet"), rows),
        (("plain/train/0000.parquet", "plain/train/0001.parquet", "plain/valid/0000.parquet",
          "plain/test/0000.parquet"), rows),
        (("set-train-000000.tar", "set-train-000001.tar", "set-val-000000.tar",
          "set_testing_1.tar"), tar),
    ],
)  # fmt: skip
def test_splits_are_those_of_the_shards_names(tmp_path, names, write):
    found = read(named(tmp_path / "s", names, write))
    flat = IMAGES.reshape(61, -1)
    for split, start, stop in (("train", 0, 20), ("validation", 20, 30), ("test", 30, 40)):
        np.testing.assert_array_equal(getattr(found, split)[:], flat[start:stop])


def test_a_pattern_fixes_the_folder_below_which_names_count_tar(tmp_path):
    folder = named(tmp_path / "test", ("a-1.tar", "a-2.tar", "b-val.tar"), tar)
    assert len(read(folder / "a-*.tar").train) == 17
    one_line_error(lambda: read(f"{tmp_path}/*/a-*.tar"), "shards for test, none for train")
    one_line_error(lambda: read(folder / "c-*.tar"), "data.path: ", "no file fits the pattern")


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("train-1.tar", "other.tar"), ("other.tar: its name says no split", "train-1.tar")),
        (("test-1.tar", "val.tar"), ("holds shards for test and validation, none for train",)),
        (("train-test.tar",), ("train-test.tar speaks of test and train",)),
        (("train.tar", "a.parquet"), ("both .parquet and .tar",)),
        (("train.tar.gz",), ("train.tar.gz: is compressed as a whole",)),
    ],
)
def test_names_that_leave_the_split_open_are_refused_tar(tmp_path, names, words):
    one_line_error(lambda: read(named(tmp_path / "s", names, tar)), *words)


def test_pictures_beside_shards_are_not_left_out_tar(tmp_path):
    folder = named(tmp_path / "s", ("a.tar", "deep/b.tar"), tar)
    assert len(read(folder).train) == 17
    write_sharded("pictures", folder / "other", IMAGES[:2])
    said = "000000.png lies beside shards such as a.tar"
    one_line_error(lambda: read(folder), f"data.path: {folder}: {said}")
    assert len(read(folder / "*.tar").train) == 9


# Order


def order(train, epoch):
    return order_of(train, 3, epoch)


@pytest.mark.parametrize("kind", ["npy", "tar", "lists"])
def test_without_a_window_the_order_is_that_of_memory(tmp_path, kind):
    train = read(write_sharded(kind, tmp_path / "s", IMAGES), stream=True).train
    for epoch in (0, 1, 0):
        np.testing.assert_array_equal(order(train, epoch), order(whole(tmp_path).train, epoch))


def test_with_a_window_each_row_group_is_read_once_an_epoch(tmp_path, monkeypatch):
    """5 row groups of 20 examples in windows of 35, which are two groups: 2 + 2 + 1."""
    images = RNG.integers(0, 256, (100, *SHAPE), np.uint8)
    write_parquet(tmp_path / "train.parquet", {"image": hugging_face(images)}, 20)
    write_parquet(tmp_path / "test.parquet", {"image": hugging_face(images[:3])}, 20)
    train = read(tmp_path, window=35, validation=0).train
    orders = [order(train, epoch) for epoch in (0, 1)]
    assert (orders[0] != orders[1]).any()
    again = read(tmp_path, window=35, validation=0).train
    np.testing.assert_array_equal(order(again, 1), orders[1])
    for found in orders:
        assert sorted(found) == list(range(100))
        groups = train.rows[found] // 20
        windows = [set(groups[:40]), set(groups[40:80]), set(groups[80:])]
        assert [len(window) for window in windows] == [2, 2, 1]
        assert len(set.union(*windows)) == 5
        assert (np.diff(groups[:40]) != 0).sum() > 5, "a window is shuffled"
    together = {frozenset(train.rows[order(train, epoch)[:40]] // 20) for epoch in range(10)}
    assert len(together) > 1, "which groups share a window is drawn anew in each epoch"
    read_groups, make = [], ParquetShards._file
    monkeypatch.setattr(ParquetShards, "_file", lambda *a: read_groups.append(1) or make(*a))
    monkeypatch.setattr(parquet, "KEPT", 1.1 * 40 * len(png(images[0])))
    for start in range(0, 100, 10):
        train[orders[0][start : start + 10]]
    assert len(read_groups) == 5


def test_a_window_that_memory_does_not_keep_is_refused(tmp_path, monkeypatch):
    path = write_sharded("hugging face", tmp_path, IMAGES)
    monkeypatch.setattr(parquet, "KEPT", 2000)
    one_line_error(lambda: read(path, window=40), "data.window: 40 is not allowed")
    with pytest.raises(UserError, match=r"data.window: 40 is not used by array; leave it out"):
        read(path, window=40, stream=False)


def test_row_groups_that_were_not_used_lately_are_dropped(tmp_path, monkeypatch):
    path = write_sharded("hugging face", tmp_path, IMAGES)
    monkeypatch.setattr(parquet, "KEPT", 5000)
    train = read(path).train
    for _ in range(2):
        np.testing.assert_array_equal(train[:], whole(tmp_path / "w").train)
        assert train.source._held <= 5000
        assert train.source._held == sum(group.nbytes for group in train.source._groups.values())


def test_open_files_hold_no_row_groups_that_were_dropped(tmp_path, monkeypatch):
    """8 shards of one group of 20 pictures each, of which 2 are kept."""
    arrow = pytest.importorskip("pyarrow")
    images = RNG.integers(0, 256, (160, 3, 40, 40), np.uint8)
    write_sharded("hugging face", tmp_path, images, shards=8)
    found = ParquetShards(sorted(tmp_path.iterdir()), images.shape[1:])
    group = found._group(0).nbytes * 20 / 7  # whose groups have 7 rows
    monkeypatch.setattr(parquet, "KEPT", 2 * group)
    before = arrow.total_allocated_bytes()
    found.read(np.arange(160))
    assert len(found._files) == 8
    assert arrow.total_allocated_bytes() - before < 3 * group


# Statistics


@pytest.mark.parametrize("kind", ["npy", "lists"])
@pytest.mark.parametrize("values", ["pixels", "real", "bits"])
def test_means_have_the_bits_of_those_of_the_whole_array(tmp_path, monkeypatch, kind, values):
    monkeypatch.setattr("asynet.datasets.sources.shared.LOADED", 2000)
    made = {"pixels": IMAGES, "real": RNG.random(IMAGES.shape), "bits": IMAGES > 128}[values]
    how = "sample" if values != "bits" else "none"
    found = read(write_sharded(kind, tmp_path / "s", made), binarise=how, stream=True).train
    right = read(write_sharded("npy", tmp_path / "w", made), binarise=how).train
    assert isinstance(found, Streamed)
    for threshold in (None, 0.5, 100):
        mean = mean_of(right, threshold)
        np.testing.assert_array_equal(mean_of(found, threshold), mean, strict=True)
    np.testing.assert_array_equal(mean_of(right), right.mean(axis=0), strict=True)
    parts = list(blocks(found, 7))
    assert [len(part) for part in parts] == [7] * 7 + [1]
    np.testing.assert_array_equal(np.concatenate(parts), right)


def test_gaussian_baselines_are_those_of_the_whole_array(tmp_path):
    found, right = read(write_sharded("tar", tmp_path / "s", IMAGES)), whole(tmp_path)
    pairs = [[x.reshape(-1, *SHAPE) for x in (d.train, d.test)] for d in (found, right)]
    assert gaussian_baselines(*pairs[0], seed=1) == gaussian_baselines(*pairs[1], seed=1)


# What is wrong


def test_values_are_checked_when_they_are_read_npy(tmp_path):
    values = RNG.random((30, 4)).astype(np.float32)
    values[17, 2] = np.nan
    np.save(tmp_path / "a.npy", values)
    keys = {"shape": [4], "binarise": "none", "stream": True}
    train = read(tmp_path / "a.npy", **keys).train
    one_line_error(lambda: train[:], f"{tmp_path}/a.npy: row 18: holds values that are not finite")
    values[17, 2] = 1.5
    np.save(tmp_path / "a.npy", values)
    train = read(tmp_path / "a.npy", **keys | {"binarise": "sample"}).train
    one_line_error(lambda: train[:], "row 18: values to sample must lie in [0, 1]")
    one_line_error(lambda: read(tmp_path / "a.npy", **keys | {"binarise": "dequantise"}), "uint8")


def test_a_file_that_is_cut_while_it_is_used_is_one_line_npy(tmp_path):
    train = read(write_sharded("npy", tmp_path, IMAGES), stream=True).train
    path = tmp_path / "images.npy"
    path.write_bytes(path.read_bytes()[:5000])
    one_line_error(lambda: train[:], f"{path}: ends in row ")
    one_line_error(lambda: read(path, stream=True), f"{path}: declares 14640 bytes")


def test_arrays_that_have_no_rows_are_refused_npy(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.asfortranarray(IMAGES))
    one_line_error(lambda: NpyRows(path), f"{path}: is in Fortran order", "data.stream: false")
    np.save(path, np.array([None, {}]))
    one_line_error(lambda: NpyRows(path), "cannot be read", "Python objects")
    np.save(path, np.array(3))
    one_line_error(lambda: NpyRows(path), "is a single number")


def read_tar(path, **keys):
    found = TarShards([path], SHAPE, **keys)
    found.read(np.arange(len(found)))
    return found


GOOD = list(members_of(IMAGES[:4], LABELS))


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ([*GOOD, ("9.png", b"nonsense"), ("9.cls", b"1")], ("row 5: cannot be read as a picture",)),
        ([*GOOD, ("9.cls", b"1")], ("row 5 (9): holds cls: 0 pictures",)),
        ([*GOOD, GOOD[0]], ("row 5 (000000): has no class, unlike row 4",)),
        ([GOOD[0], *GOOD[2:4]], ("row 2 (000001): has a class, unlike row 1",)),
        ([GOOD[0], ("000000.cls", b"cat")], ("row 1 (000000): its cls is no class",)),
        ([GOOD[0], ("000000.cls", b"-1")], ("row 1 (000000): its cls is no class",)),
        ([GOOD[0], ("000000.cls", b"1" * 999)], ("row 1 (000000): its cls is no class",)),
        ([*GOOD[:2], ("000000.pyd", b"x")], (".pyd is a pickle", "row 1 (000000)")),
        ([*GOOD, ("9.pth", b"x")], (".pth is a pickle", "row 5 (9)")),
        ([*GOOD, ("9.a.PICKLE", b"x")], (".a.pickle is a pickle",)),
        ([GOOD[0], GOOD[0]], ("row 1 (000000): holds two members called .png",)),
        ([GOOD[0], ("000000.seg.png", b"x")], ("2 pictures; set data.column",)),
        ([("README", b"x")], ("row 1 (README): ", "0 pictures")),
        ([], ("holds no examples",)),
    ],
)
def test_a_damaged_member_is_named_by_its_row_tar(tmp_path, members, words):
    path = write_tar(tmp_path / "a.tar", members)
    one_line_error(lambda: read_tar(path), f"{path}: ", *words)


def test_fields_are_found_by_name_tar(tmp_path):
    path = tmp_path / "a.tar"
    twice = [
        (f"deep/{k}.{field}", png(image))
        for k, image in enumerate(IMAGES[:3])
        for field, image in (("png", image), ("seg.png", image[::-1].copy()))
    ]
    members = [("__index__", b"x"), *twice, ("deep/2.id", b"7"), ("deep/2.json", b"{}")]
    write_tar(path, members)
    found = read_tar(path, column="seg.png")
    np.testing.assert_array_equal(
        found.read(np.array([1])).reshape(SHAPE), IMAGES[1, ::-1], strict=True
    )
    assert found.labels is None
    one_line_error(lambda: read_tar(path, column="jpg"), "row 1 (deep/0)", "no jpg")
    one_line_error(lambda: read_tar(path, column="png", label="id"), "row 1", "data.label")


@pytest.mark.parametrize("size", [600, 30 * 512, -512 * 21, -512 * 20, -512 * 19, -1])
def test_a_truncated_shard_is_refused_tar(tmp_path, size):
    """Within a picture, between two members, within the blocks that end an archive."""
    path = write_tar(tmp_path / "a.tar", GOOD)
    content = path.read_bytes()
    end = len(content.rstrip(b"\0"))
    path.write_bytes(content[:size])
    cut = path.stat().st_size
    if cut >= (end // 512 + 2) * 512:
        assert len(read_tar(path)) == 4  # what ends the archive is there
    else:
        one_line_error(lambda: read_tar(path), f"{path}: ")


def test_a_shard_that_is_cut_between_two_examples_is_refused_tar(tmp_path):
    """At each header, where nothing but the missing end tells; and behind the last example."""
    import tarfile

    path = write_tar(tmp_path / "a.tar", GOOD)
    content = path.read_bytes()
    with tarfile.open(path) as archive:
        starts = [member.offset for member in archive]
        last = archive.getmembers()[-1]
    cuts = [*starts[1:], last.offset_data + -(-last.size // 512) * 512]
    for cut in cuts:
        path.write_bytes(content[:cut])
        one_line_error(lambda: read_tar(path), f"{path}: ")
    one_line_error(lambda: read_tar(path), "after row 4 without the end of an archive: truncated")


def test_links_packed_and_joined_archives_are_refused_tar(tmp_path):
    path = tmp_path / "a.tar"
    write_tar(path, GOOD)
    once = path.read_bytes()
    path.write_bytes(once + once)
    one_line_error(lambda: read_tar(path), "goes on behind its end, after row 4")
    path.write_bytes(gzip.compress(once))
    one_line_error(lambda: read_tar(path), f"{path}: cannot be read as a .tar shard")
    import tarfile

    with tarfile.open(path, "w") as archive:
        info = tarfile.TarInfo("1.png")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info)
    one_line_error(lambda: read_tar(path), "'1.png' is a link or a device")


def read_rows(path, **keys):
    found = ParquetShards([path], SHAPE, **keys)
    found.read(np.arange(len(found)))
    return found


def hold(*values):
    """Return a column of bytes, some of them missing."""
    return [value if isinstance(value, bytes | None) else png(value) for value in values]


@pytest.mark.parametrize(
    ("columns", "keys", "words"),
    [
        (lambda: {"image": hold(IMAGES[0], b"no")}, {}, ("row 2: cannot be read as a picture",)),
        (lambda: {"image": hold(IMAGES[0], None)}, {}, ("row 2: holds no bytes of a picture",)),
        (lambda: {"a": hold(*IMAGES[:2]), "b": hold(*IMAGES[:2])}, {}, ("data.column", "a (bin")),
        (lambda: {"a": hold(*IMAGES[:2])}, {"column": "image"}, ("data.column: image", "a (bin")),
        (lambda: {"a": [1, 2]}, {}, ("none holds bytes or lists of numbers: a (int64)",)),
        (lambda: {"a": hold(*IMAGES[:2])}, {"label": "class"}, ("data.label: class",)),
        (lambda: {"a": hold(*IMAGES[:2]), "label": [3, None]}, {}, ("row 2: has no label",)),
        (lambda: {"a": hold(*IMAGES[:2]), "label": [3, -4]}, {}, ("row 2: label -4",)),
        (lambda: {"a": hold(*IMAGES[:2]), "label": ["x", "y"]}, {}, ("label holds string",)),
        (lambda: {"a": [[1.0] * 240, [1.0] * 239]}, {}, ("row 2: holds a list of 239", "240")),
        (lambda: {"a": [[1.0] * 240, None]}, {}, ("row 2: holds no list",)),
        (lambda: {"a": [[1.0] * 240, [1.0] * 239 + [None]]}, {}, ("row 2: holds a value that is",)),
    ],
)
def test_a_damaged_row_is_named(tmp_path, columns, keys, words):
    path = write_parquet(tmp_path / "a.parquet", columns())
    one_line_error(lambda: read_rows(path, **keys), *words)


def test_lists_in_lists_have_the_axes_of_the_shape(tmp_path):
    nested = IMAGES[:9].tolist()
    path = write_parquet(tmp_path / "a.parquet", {"image": nested}, 4)
    found = read_rows(path).read(np.array([8, 0]))
    np.testing.assert_array_equal(found, IMAGES[[8, 0]].reshape(2, -1).astype(np.float32))
    one_line_error(lambda: ParquetShards([path], (240, 1)).read(np.array([0])), "row 1", "240")
    one_line_error(lambda: ParquetShards([path], (3, 8)).read(np.array([0])), "more levels")
    nested[6][2][7].append(0)
    path = write_parquet(tmp_path / "b.parquet", {"image": nested}, 4)
    one_line_error(lambda: read_rows(path), "row 7: holds a list of 11")


def test_shards_must_have_the_same_columns(tmp_path):
    a = write_parquet(tmp_path / "a.parquet", {"image": hold(*IMAGES[:2]), "label": [1, 2]})
    b = write_parquet(tmp_path / "b.parquet", {"image": hold(*IMAGES[:2])})
    c = write_parquet(tmp_path / "c.parquet", {"image": lists(IMAGES[:2])})
    for other in (b, c):
        one_line_error(lambda other=other: ParquetShards([a, other], SHAPE), f"{other}: has image")


def test_pictures_of_other_sizes_are_scaled_as_those_of_a_folder(tmp_path):
    images = [RNG.integers(0, 256, (3, 8 + k, 20 - k), np.uint8) for k in range(5)]
    found = [
        read(write_sharded(kind, tmp_path / kind[:3], images, shards=1), stream=True, validation=0)
        for kind in ("pictures", "tar", "hugging face")
    ]
    for other in found[1:]:
        np.testing.assert_array_equal(other.train[:], found[0].train[:], strict=True)


def test_a_decompression_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("PIL.Image.MAX_IMAGE_PIXELS", 60)
    tar_path = write_tar(tmp_path / "a.tar", GOOD)
    rows_path = write_parquet(tmp_path / "a.parquet", {"image": hold(*IMAGES[:2])})
    one_line_error(lambda: read_tar(tar_path), "row 1: ", "exceeds limit")
    one_line_error(lambda: read_rows(rows_path), "row 1: ", "exceeds limit")


def test_a_row_group_that_is_too_large_is_refused(tmp_path, monkeypatch):
    path = write_parquet(tmp_path / "a.parquet", {"image": hold(*IMAGES[:2])})
    monkeypatch.setattr(parquet, "MOST_GROUP", 100)
    one_line_error(lambda: read_rows(path), f"{path}: row group 1 has ", "are read at once")


def test_a_column_of_a_table_is_no_example(tmp_path):
    """A single file whose columns are numbers is a table; it has nothing to stream."""
    path = write_parquet(tmp_path / "a.parquet", {"a": [0.1, 0.2, 0.3, 0.4], "b": [1.0, 0.0] * 2})
    table = read(path, shape=[2], binarise="none")
    assert table.train.shape == (3, 2)
    with pytest.raises(UserError, match=r"data.stream: true is not used by array"):
        read(path, shape=[2], binarise="none", stream=True)


def test_without_pyarrow_a_line_says_how_to_install_it(tmp_path, monkeypatch):
    path = write_sharded("hugging face", tmp_path, IMAGES)
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    one_line_error(lambda: read(path), "pyarrow", "pip install 'asynet[parquet]'")


IMPORTS = """
import numpy as np
from asynet.datasets.sources.{} import {}
"""
BODY = """
found = {}([path], (3, 8, 10))
found.read(np.arange(len(found)))
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["tar", "hugging face"])
def test_a_damaged_shard_is_read_or_refused_in_one_line(tmp_path, kind):
    """200 faults at places drawn from fixed seeds."""
    folder = write_sharded(kind, tmp_path / "s", IMAGES[:6], LABELS[:6], shards=1)
    module, name = {"tar": ("tar", "TarShards"), "hugging face": ("parquet", "ParquetShards")}[kind]
    [path] = folder.iterdir()
    good, bad = survives(path, tmp_path / "d", IMPORTS.format(module, name), BODY.format(name))
    assert good + bad == 200
    assert bad > 50
