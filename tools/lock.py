"""Write requirements/: the versions of constraints.txt, each with the hashes of its files.

Needs uv (`pip install uv`), which asks the package index for the hashes. The build of torch for
processors alone (torch-cpu.txt) lies on an index of its own, so its file is not written here.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "requirements"
COMPILE = (
    "-m uv pip compile --python-version 3.11.7 --generate-hashes --no-header --no-annotate"
    " --quiet --constraint constraints.txt pyproject.toml"
)
EXTRAS = ("dev", "neuro", "sweep", "docs")
CUDA = re.compile(r"nvidia-|cuda-|triton$")


def compiled(extras: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the lines of each package that asynet needs, with its hashes, by its name."""
    words = [*COMPILE.split(), *(word for extra in extras for word in ("--extra", extra))]
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stderr)
    blocks = re.split(r"(?m)^(?=[A-Za-z0-9])", done.stdout)
    return {block.split("==")[0]: block.rstrip() + "\n" for block in blocks if block.strip()}


def main() -> None:
    """Write the four files."""
    run, tested = compiled(), compiled(EXTRAS)
    torch = run.pop("torch")
    tested.pop("torch")
    cuda = {name: run.pop(name) for name in list(run) if CUDA.match(name)}
    more = {n: text for n, text in tested.items() if n not in run and not CUDA.match(n)}
    (OUT / "run.txt").write_text("".join(run.values()))
    (OUT / "tested.txt").write_text("".join(more.values()))
    (OUT / "torch.txt").write_text(torch)
    (OUT / "torch-cuda.txt").write_text("".join(cuda.values()))
    print(f"{len(run) + len(more) + len(cuda) + 1} packages")


if __name__ == "__main__":
    main()
