"""Threads do not survive a fork: a child that counts on its parent's hangs, or is killed.

What computes with threads says so once (`use_threads`). A child that was forked from there is
refused in one line, where OpenMP would end it without a word or let it wait for ever.
"""

import os

from asynet.errors import UserError

_state = {"used": False, "forked": False}


def use_threads() -> None:
    """Say that this process computes with threads.

    Raises
    ------
    UserError
        One line, if the process was forked from one that did.
    """
    if _state["forked"]:
        problem = "this process was forked from one that has computed with threads, which are gone"
        cure = 'multiprocessing.get_context("spawn") starts one that can compute'
        raise UserError(f"{problem}; {cure}")
    _state["used"] = True


def _note_fork() -> None:
    _state["forked"] = _state["used"]


if hasattr(os, "register_at_fork"):  # not there on Windows
    os.register_at_fork(after_in_child=_note_fork)
