"""Files as other libraries write them: each row of the table writes one and checks what is read.

`python tests/files_of_others` prints docs/files_read.md from these rows.
"""

from files_of_others import arrays, connectomes, events, graphs, recordings
from files_of_others.rows import ROWS, page

__all__ = ["ROWS", "arrays", "connectomes", "events", "graphs", "page", "recordings"]
