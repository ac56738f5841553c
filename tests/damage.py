"""Files damaged at random places, and what reading them may do: succeed, or one line."""

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PLACES = 200

CHILD = """
import sys, warnings
from pathlib import Path
from asynet.errors import UserError
from damage import damaged
warnings.simplefilter("error")
{imports}

def read(path):
{body}

source, folder = Path(sys.argv[1]), Path(sys.argv[2])
good = bad = 0
read(source)
for number, content in enumerate(damaged(source.read_bytes())):
    path = folder / source.name
    path.write_bytes(content)
    print(number, flush=True)
    try:
        read(path)
        good += 1
    except UserError as error:
        line = str(error)
        assert "\\n" not in line and str(path) in line, line
        bad += 1
print("done", good, bad)
"""


def damaged(content: bytes) -> Iterator[bytes]:
    """Yield the content with 200 faults: cut off, one bit, bytes, or a stretch changed."""
    for number in range(PLACES):
        rng = random.Random(number)
        place = rng.randrange(len(content))
        match number % 4:
            case 0:
                yield content[:place]
            case 1:
                flipped = bytes([content[place] ^ (1 << rng.randrange(8))])
                yield content[:place] + flipped + content[place + 1 :]
            case 2:
                noise = rng.randbytes(rng.randint(1, 16))
                yield content[:place] + noise + content[place + len(noise) :]
            case _:
                length = rng.randint(1, 64)
                fill = rng.choice([b"\x00", b"\xff"]) * min(length, len(content) - place)
                yield content[:place] + fill + content[place + len(fill) :]


def survives(source: Path, folder: Path, imports: str, body: str) -> tuple[int, int]:
    """Return how often a reader read, and how often it refused, damaged copies of a file.

    It runs in a process of its own, since what a damaged file could do is to end it or hang it.
    """
    folder.mkdir()
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    code = CHILD.format(imports=imports, body=lines)
    command = [sys.executable, "-c", code, str(source), str(folder)]
    here = str(Path(__file__).parent)
    found = subprocess.run(
        command, capture_output=True, text=True, timeout=240, check=False, cwd=here
    )
    last = found.stdout.split("\n")[-2:]
    assert found.returncode == 0, f"{source.name}: damage {last}: {found.stderr[-3000:]}"
    _, good, bad = found.stdout.split("\n")[-2].split()
    return int(good), int(bad)
