"""Print docs/files_read.md."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from files_of_others import page

sys.stdout.write(page())
