"""The commands: python -m tools.results pages | record | set | reproduce."""

import argparse
import sys
from pathlib import Path

from asynet.errors import UserError
from tools.results import pages, record, reproduce, rows


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    top = argparse.ArgumentParser(prog="python -m tools.results", description=__doc__)
    commands = top.add_subparsers(dest="verb", required=True)
    one = commands.add_parser("pages", help="write the numbers of results/ into the pages")
    one.add_argument("--check", action="store_true", help="only say which lines are stale")
    which = "FILE, FILE.ROW or 'FILE.BEGINNING*' of results/"
    one = commands.add_parser("record", help="read rows from a run directory")
    one.add_argument("row", help=which)
    one.add_argument("folder", type=Path, metavar="RUN_DIR")
    one = commands.add_parser("set", help="write fields of one row, or a new row")
    one.add_argument("row", help="FILE.ROW")
    for field in rows.FIELDS[1:]:
        if field != "from":
            kind = {"value": float, "error": float, "n": int}.get(field, str)
            one.add_argument(f"--{field}", type=kind)
    one = commands.add_parser("reproduce", help="run a row's command anew, and compare")
    one.add_argument("row", help=which)
    one.add_argument("--run", type=Path, help="compare with this run directory; run nothing")
    one.add_argument("--of", type=Path, help="the run directory that the command measures")
    return top


def check_pages() -> int:
    """Print the lines that are stale; return 1 if there are any."""
    numbers = pages.Numbers()
    lines = [line for path in pages.pages() for line in pages.stale(path, numbers)]
    print("\n".join([*lines, "run `make numbers`"] if lines else ["all pages are as results/"]))
    return 1 if lines else 0


def write_pages() -> None:
    """Write all pages anew, and print which have changed."""
    numbers = pages.Numbers()
    for path in pages.pages():
        if pages.update(path, numbers):
            print(path)


def compare(row: str, folder: Path | None, of: Path | None) -> int:
    """Print old and new numbers; return 1 if some are too far apart, 2 if none can be judged."""
    compared = reproduce.reproduce(row, folder, of=of)
    print(f"{'':<32}{'results/':>20}{'now':>20}")
    print("\n".join(map(str, compared)))
    if all(one.apart is None for one in compared):
        raise UserError(f"{row}: no row has an error, so that nothing can be judged")
    far = reproduce.far(compared)
    if far:
        names = ", ".join(one.row["row"] for one in far)
        print(f"more than {reproduce.MOST:g} standard errors apart: {names}")
    return 1 if far else 0


def main(words: list[str] | None = None) -> int:
    """Do what the command line says; return the exit status."""
    given = parser().parse_args(words)
    try:
        if given.verb == "pages":
            if given.check:
                return check_pages()
            write_pages()
        elif given.verb == "record":
            print("\n".join(record.record(given.row, given.folder)))
        elif given.verb == "set":
            name, _, key = given.row.partition(".")
            said = {f: getattr(given, f, None) for f in rows.FIELDS[1:]}
            rows.put(name, key, **{f: v for f, v in said.items() if v is not None})
        else:
            return compare(given.row, given.run, given.of)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
