"""Arrays come out of pickles, and nothing that a pickle names is ever called."""

import contextlib
import os
import pickle
import tracemalloc

import numpy as np
import pytest
from mistakes import one_line_error

from asynet.datasets.files.safe_pickle import load_pickle
from asynet.errors import UserError

BATCH = {"data": np.arange(12, dtype=np.uint8).reshape(3, 4), "labels": [1, 2, 3]}


@pytest.mark.parametrize("protocol", range(5))
def test_arrays_and_containers_come_back(protocol):
    read = load_pickle(pickle.dumps(BATCH, protocol))
    np.testing.assert_array_equal(read["data"], BATCH["data"])
    assert read["data"].dtype == np.uint8
    assert read["labels"] == [1, 2, 3]
    np.testing.assert_array_equal(load_pickle(pickle.dumps(BATCH["data"], protocol)), BATCH["data"])


def test_a_pickle_of_python_2_comes_back_with_keys_of_bytes():
    """The bytes are those that Python 2.7 with NumPy 1 writes, in protocol 2."""
    content = (
        b"\x80\x02}q\x01(U\x04dataq\x02cnumpy.core.multiarray\n_reconstruct\nq\x03cnumpy\nndarray\n"
        b"q\x04K\x00\x85U\x01b\x87Rq\x05(K\x01K\x02K\x03\x86cnumpy\ndtype\nq\x06U\x02u1K\x00K\x01"
        b"\x87Rq\x07(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x06abcdeftb"
        b"U\x06labelsq\x08]q\x09(K\x01K\x02eu."
    )
    read = load_pickle(content)
    assert read[b"data"].tolist() == [[97, 98, 99], [100, 101, 102]]
    assert read[b"labels"] == [1, 2]


class Malicious:
    def __init__(self, call, *arguments):
        self.call, self.arguments = call, arguments

    def __reduce__(self):
        return self.call, self.arguments


@pytest.mark.parametrize("protocol", range(5))
@pytest.mark.parametrize(
    ("call", "name"),
    [(os.system, "system"), (eval, "eval"), (getattr, "getattr"), (np.load, "load")],
)
def test_a_forbidden_name_is_refused_and_not_called(tmp_path, protocol, call, name):
    flag = tmp_path / "ran"
    poison = {"data": Malicious(call, f"touch {flag}"), "labels": [1]}
    content = pickle.dumps(poison, protocol)
    one_line_error(lambda: load_pickle(content), f".{name};", "not", "allowed")
    assert not flag.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"cos\nsystem\n(S'true'\ntR.",
        b"(S'true'\nios\nsystem\n.",
        b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R.",
        b"cnumpy.core.multiarray\nscalar\n.",
        b"cnumpy\nload\n.",
        b"c__builtin__\neval\n.",
        b"cbuiltins\neval\n.",
        b"cnumpy.core.multiarray\n_reconstruct.__globals__\n.",
        b"\x80\x04\x8c\x05numpy\x8c\x11ndarray.__class__\x93.",
    ],
)
def test_forbidden_names_by_every_opcode(content):
    one_line_error(lambda: load_pickle(content), "names", "allowed")


def test_a_pickle_cannot_spoil_the_next_one():
    """BUILD sets attributes of whatever is on the stack, here of the stand-in for ndarray."""
    with contextlib.suppress(UserError):
        load_pickle(b"cnumpy\nndarray\n(N}S'__setstate__'\nNstb.")
    read = load_pickle(pickle.dumps(BATCH, 2))
    np.testing.assert_array_equal(read["data"], BATCH["data"])


@pytest.mark.parametrize(
    "claim",
    [
        b"K\x01r\xff\xff\xff\xff",  # memo entry 2^32 - 1
        b"B\xff\xff\xff\x7fabc",  # 2 GB of bytes
        b"\x8e\xff\xff\xff\xff\xff\xff\xff\x00abc",  # 2^56 of bytes
        b"\x95\xff\xff\xff\xff\xff\xff\xff\x00abc",  # a frame of as many
        b"\x8b\xff\xff\xff\x7fabc",  # an integer of 2 GB
    ],
)
def test_claims_of_much_memory_take_none(claim):
    tracemalloc.start()
    with contextlib.suppress(UserError):
        load_pickle(b"\x80\x04" + claim + b".")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


@pytest.mark.parametrize(
    "array",
    [
        np.zeros(3, np.float32),
        np.array([None, 1]),
        np.zeros(3, [("a", "u1")]),
        np.asfortranarray(np.zeros((2, 3), np.uint8)),
    ],
)
def test_other_arrays_are_refused(array):
    one_line_error(lambda: load_pickle(pickle.dumps({"data": array}, 2)), "array")


def test_damaged_pickles_are_refused_in_one_line():
    """Cut or flip 300 places: a UserError of one line, or something harmless."""
    content = pickle.dumps(BATCH, 2)
    rng = np.random.default_rng(1)
    messages = []
    for position in rng.integers(0, len(content), 300):
        flipped = bytearray(content)
        flipped[position] ^= 1 << rng.integers(8)
        for damaged in (bytes(flipped), content[:position]):
            try:
                load_pickle(damaged)
            except UserError as error:
                messages.append(str(error))
    assert len(messages) > 300
    assert not any("\n" in message for message in messages)
    for empty in (b"", b".", b"\x80\x02."):
        one_line_error(lambda empty=empty: load_pickle(empty), "not a readable pickle")
