"""The processes of one run, and what they exchange: see `group`."""

from asynet.processes.group import (
    ProcessLost,
    add_up,
    alone,
    any_of,
    count,
    first_to_say,
    from_first,
    gather,
    is_first,
    join,
    lost,
    on_this_machine,
    restarts,
    share,
    share_out,
    started,
)

__all__ = [
    "ProcessLost",
    "add_up",
    "alone",
    "any_of",
    "count",
    "first_to_say",
    "from_first",
    "gather",
    "is_first",
    "join",
    "lost",
    "on_this_machine",
    "restarts",
    "share",
    "share_out",
    "started",
]
