"""Put small faults into a copy of the code, one at a time, and see whether the tests notice.

A test that cannot fail proves nothing. `mutants.toml`, beside this script, lists faults and the
tests that must fail with each. `make mutants` tries all of them, and
`python tools/mutants.py --only 3,7` some. The exit status is 1 if a fault is not noticed.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIST = Path(__file__).with_suffix(".toml")
SECONDS = 300.0  # for the tests of one fault, on a busy machine
PASSED, FAILED = 0, 1  # exit statuses of pytest; others mean that it could not run the tests


@dataclass(frozen=True)
class Mutant:
    """One fault, and the tests that must fail with it.

    Parameters
    ----------
    what : str
        The fault in words.
    file : str
        The file that is changed, relative to the repository.
    old : str
        Text that stands in the file exactly once.
    new : str
        Text that replaces it.
    tests : tuple of str
        What pytest is asked to run: files, or functions in files.
    """

    what: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


def read_list() -> list[Mutant]:
    """Return the faults of mutants.toml, in its order."""
    entries = tomllib.loads(LIST.read_text(encoding="utf-8"))["mutant"]
    return [Mutant(**entry | {"tests": tuple(entry["tests"])}) for entry in entries]


def mutated(mutant: Mutant, root: Path = ROOT) -> str:
    """Return the text of the file with the fault in it.

    Parameters
    ----------
    mutant : Mutant
        The fault.
    root : Path
        The repository, or a copy of it.

    Raises
    ------
    ValueError
        If the old text does not stand in the file exactly once, or the new text is the same.
    """
    text = (root / mutant.file).read_text(encoding="utf-8")
    count = text.count(mutant.old)
    if count != 1 or mutant.old == mutant.new:
        raise ValueError(f"{mutant.file}: the old text of {mutant.what!r} occurs {count} times")
    return text.replace(mutant.old, mutant.new)


def copy_repository(target: Path) -> None:
    """Copy every file that git knows, or would take up, as it is in the working tree.

    Parameters
    ----------
    target : Path
        A folder that does not exist yet.
    """
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def run_tests(copy: Path, tests: Sequence[str], cache: Path, seconds: float) -> tuple[str, str]:
    """Run tests of the copy.

    Parameters
    ----------
    copy : Path
        The copy of the repository.
    tests : sequence of str
        What pytest is asked to run.
    cache : Path
        Folder for compiled kernels.
    seconds : float
        Time limit.

    Returns
    -------
    status : {"passed", "failed", "too slow", "broken"}
        How they ended; broken where pytest could not run them.
    printed : str
        What pytest printed.
    """
    options = ["-x", "-q", "-p", "no:randomly", "-p", "no:cacheprovider"]
    environment = os.environ | {
        "PYTHONPATH": str(copy),
        "PYTHONDONTWRITEBYTECODE": "1",  # a fault and its cure may have the same size and second
        "NUMBA_CACHE_DIR": str(cache),
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),
    }
    command = [sys.executable, "-m", "pytest", *options, *tests]
    try:
        done = subprocess.run(
            command, cwd=copy, env=environment, timeout=seconds, capture_output=True, text=True
        )
    except subprocess.TimeoutExpired:
        return "too slow", ""
    status = {PASSED: "passed", FAILED: "failed"}.get(done.returncode, "broken")
    return status, done.stdout + done.stderr


def attempt(mutant: Mutant, copy: Path, cache: Path, seconds: float) -> tuple[str, str]:
    """Return how the tests end with the fault in the copy, and what pytest printed.

    Parameters
    ----------
    mutant : Mutant
        The fault; it is taken back afterwards.
    copy : Path
        The copy of the repository.
    cache : Path
        Folder for compiled kernels.
    seconds : float
        Time limit.
    """
    path = copy / mutant.file
    text, times = path.read_text(encoding="utf-8"), path.stat()
    path.write_text(mutated(mutant, copy), encoding="utf-8")
    # numba does not see that a function which a cached one calls has changed.
    fresh = cache.with_name("fresh") if "numba" in mutant.file else cache
    try:
        return run_tests(copy, mutant.tests, fresh, seconds)
    finally:
        path.write_text(text, encoding="utf-8")
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        shutil.rmtree(cache.with_name("fresh"), ignore_errors=True)


def main(words: Sequence[str] | None = None) -> int:
    """Try faults and print a line for each.

    Parameters
    ----------
    words : sequence of str, optional
        Words of the command line; None: those of the process.

    Returns
    -------
    int
        The exit status: 1 if a fault was not noticed, or could not be tried.
    """
    parser = argparse.ArgumentParser(description="Put small faults into a copy and test it.")
    parser.add_argument("--only", metavar="NUMBERS", help="such as 3,7: try these alone")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="time limit of one fault")
    parser.add_argument("--show", action="store_true", help="print how tests end, fault by fault")
    parser.add_argument("--list", action="store_true", help="print the faults and try none")
    given = parser.parse_args(words)
    mutants = dict(enumerate(read_list(), start=1))
    if given.only:
        try:
            mutants = {number: mutants[number] for number in map(int, given.only.split(","))}
        except (KeyError, ValueError):
            parser.error(f"--only {given.only}: must be numbers from 1 to {len(mutants)}, as 3,7")
    if given.list:
        print(*(f"{number:3} {m.file}: {m.what}" for number, m in mutants.items()), sep="\n")
        return 0
    return try_all(mutants, given.seconds, given.show)


def try_all(mutants: Mapping[int, Mutant], seconds: float, show: bool) -> int:
    """Try faults in a copy of the repository, and print a line for each.

    Parameters
    ----------
    mutants : mapping of int to Mutant
        The faults by number.
    seconds : float
        Time limit of one fault.
    show : bool
        Whether to print the last lines of pytest's output too.

    Returns
    -------
    int
        The exit status: 1 if a fault was not noticed, or could not be tried.
    """
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy, cache = Path(folder) / "copy", Path(folder) / "cache"
        copy_repository(copy)
        tests = list(dict.fromkeys(test for m in mutants.values() for test in m.tests))
        status, printed = run_tests(copy, tests, cache, seconds * len(mutants))
        if status != "passed":
            print(printed, f"without any fault: {status}", sep="\n")
            return 1
        missed = 0
        for number, mutant in mutants.items():
            began = time.monotonic()
            status, printed = attempt(mutant, copy, cache, seconds)
            verdict = {"failed": "caught", "passed": "SURVIVED"}.get(status, status.upper())
            missed += verdict != "caught"
            took = time.monotonic() - began
            print(f"{number:3} {verdict:8} {took:5.1f} s  {mutant.file}: {mutant.what}", flush=True)
            if show or status == "broken":
                print("\n".join(printed.splitlines()[-4:]), flush=True)
    print(f"{len(mutants) - missed} of {len(mutants)} faults were caught")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
