"""Data larger than memory: how much memory, how fast? `python -m benchmarks.streamed`.

Writes N and 8 N colour images of 32 x 32 pixels as shards of 10,000: a `.npy` file, tars as of
WebDataset, Parquet as of Hugging Face with row groups of 100, and with groups of 10,000. A process
of its own then trains a small operator for the same number of walks of 128 chains on each, and says
its peak resident memory and how many images a second of processor time it reads, decodes and
dequantises in the order of training. The images are 2,000 different ones, again and again; nothing
is compressed but the PNGs.
"""

import io
import json
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from PIL import Image

from asynet.run.build import build_trainer
from asynet.run.trainer import batch_of
from asynet.run.training import train_walk
from asynet.study.file import read_study
from asynet.types import Array
from benchmarks.kept import Keep, keep

SIZE = 32
DIFFERENT = 2_000
A_SHARD = 10_000
TIMES = 8
STUDY = """\
name: streamed
data: {{name: array, path: {path}, shape: [3, 32, 32], binarise: dequantise, validation: 1000,
        stream: {stream}, window: {window}}}
operator: {{kind: mlp, widths: [32], norm: none, sigma: 0.1}}
walk: {{steps: 3, t_max: 9}}
train: {{batch: 128, epochs: 1, lr: 0.001}}
compute: {{threads: 1}}
"""
WAYS = {  # what is read: the files, whether from disk, the window
    "npy, in memory": ("npy", "false", "null"),
    "npy": ("npy", "true", "null"),
    "tar": ("tar", "true", "null"),
    "parquet, groups of 100": ("parquet_100", "true", "null"),
    "parquet, groups of 100, window 4,096": ("parquet_100", "true", "4096"),
    "parquet, groups of 10,000": ("parquet_10000", "true", "null"),
    "parquet, groups of 10,000, window 4,096": ("parquet_10000", "true", "4096"),
}


def pictures() -> Array:
    """Return smooth images with a little noise, (DIFFERENT, 3, SIZE, SIZE) uint8."""
    rng = np.random.default_rng(1)
    coarse = rng.random((DIFFERENT, 3, 4, 4)).repeat(8, axis=2).repeat(8, axis=3)
    noise = rng.normal(size=(DIFFERENT, 3, SIZE, SIZE)) * 0.02
    return np.clip(255 * (coarse + noise), 0, 255).astype(np.uint8)


def png(pixels: Array) -> bytes:
    """Return the PNG of an image."""
    file = io.BytesIO()
    Image.fromarray(pixels.transpose(1, 2, 0)).save(file, "PNG")
    return file.getvalue()


def write(folder: Path, images: Array, packed: list[bytes], count: int) -> None:
    """Write so many images in every form."""
    (folder / "npy").mkdir(parents=True)
    header = {"descr": "|u1", "fortran_order": False, "shape": (count, 3, SIZE, SIZE)}
    with open(folder / "npy" / "images.npy", "wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for start in range(0, count, DIFFERENT):
            file.write(images[: count - start].tobytes())
    for start in range(0, count, A_SHARD):
        some = [packed[k % DIFFERENT] for k in range(start, min(start + A_SHARD, count))]
        _tar(folder / "tar", start, some)
        for group in (100, 10_000):
            _parquet(folder / f"parquet_{group}", start, some, group)


def _tar(folder: Path, start: int, packed: list[bytes]) -> None:
    folder.mkdir(exist_ok=True)
    with tarfile.open(folder / f"part-{start:09d}.tar", "w") as tar:
        for number, content in enumerate(packed, start):
            member = tarfile.TarInfo(f"{number:09d}.png")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


def _parquet(folder: Path, start: int, packed: list[bytes], group: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(exist_ok=True)
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    table = pa.table({"image": pa.array([{"bytes": b, "path": None} for b in packed], kind)})
    path = folder / f"part-{start:09d}.parquet"
    # With a dictionary the images that come again would be stored once.
    pq.write_table(table, path, row_group_size=group, use_dictionary=False, compression="none")


def measure(path: str, stream: str, window: str, walks: int) -> dict[str, float]:
    """Train in this process; return seconds of the start, images a second, and peak memory."""
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder, "study.yaml")
        study.write_text(STUDY.format(path=path, stream=stream, window=window))
        began = time.process_time()
        trainer = build_trainer(read_study(study), "cpu")
        start = time.process_time() - began
        for _ in range(walks):
            train_walk(trainer)
        began, seen = time.process_time(), 0
        while time.process_time() - began < 2 and seen < 100:
            batch_of(trainer, trainer.progress.walks + seen)
            seen += 1
        rate = seen * trainer.batch / (time.process_time() - began)
    return {"start": start, "rate": rate, "peak": peak_bytes() / 1e6}


def peak_bytes() -> int:
    """Return the peak resident memory of this process.

    Linux keeps it. (`ru_maxrss` begins with the memory of the process that started this one.)
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def measurements(folder: Path, counts: list[int], walks: int) -> Iterator[tuple[str, list[dict]]]:
    """Yield each way with what it gave for each number of images, every one in a process."""
    for name, (kind, *how) in WAYS.items():
        found = []
        for count in counts:
            path = folder / str(count) / kind
            path = path / "images.npy" if kind == "npy" else path
            words = [sys.executable, "-m", "benchmarks.streamed", "--one", str(path), *how]
            done = subprocess.run(
                [*words, "--walks", str(walks)], check=True, capture_output=True, text=True
            )
            found.append(json.loads(done.stdout))
        yield name, found


def main(
    one: Annotated[tuple[str, str, str] | None, typer.Option(hidden=True)] = None,
    images: Annotated[int, typer.Option(help="N, of which 8 N are the larger set.")] = 50_000,
    walks: Annotated[int, typer.Option(help="Training walks.")] = 60,
    folder: Annotated[Path | None, typer.Option(help="Where to write the images.")] = None,
    kept: Keep = None,
) -> None:
    """Print the table."""
    if one is not None:
        print(json.dumps(measure(*one, walks)))
        return
    counts = [images, TIMES * images]
    numbers: dict[str, float] = {}
    with tempfile.TemporaryDirectory(dir=folder) as place:
        some = pictures()
        packed = [png(image) for image in some]
        for count in counts:
            write(Path(place, str(count)), some, packed, count)
        print(f"{'':<40}{'peak MB':>16}{'images/s':>18}{'start, s':>14}")
        for name, found in measurements(Path(place), counts, walks):
            line = f"{name:<40}"
            for what, form in (("peak", ".0f"), ("rate", ",.0f"), ("start", ".1f")):
                line += "".join(f"{one[what]:>9{form}}" for one in found)
                for size, one in zip(("few", "many"), found, strict=True):
                    key = "".join(c if c.isalnum() else "_" for c in name.replace(",", ""))
                    numbers[f"{key}_{what}_{size}"] = one[what]
            print(line, flush=True)
    keep(kept, numbers)


if __name__ == "__main__":
    typer.run(main)
