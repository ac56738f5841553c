"""A downloader for pooch that continues an interrupted download where it stopped."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import requests

from asynet.errors import UserError

Progress = Callable[[int, int | None], None]

ATTEMPTS = 4  # in a row that bring nothing
BLOCK = 2**13  # bytes; a cut loses less than one block
TIMEOUT = (10, 30)  # seconds to connect, and between two blocks


@dataclass(frozen=True)
class Resume:
    """Download to a partial file that is kept when the connection is lost, then to pooch's file.

    The checksum given to pooch decides whether the pieces fit together: give one.

    Parameters
    ----------
    partial : Path
        The file with the bytes so far; a later call continues it.
    progress : callable
        Called with the bytes so far, and those in all, if the server says how many.
    pause : float
        Seconds before the next attempt.
    """

    partial: Path
    progress: Progress
    pause: float = 1.0

    def __call__(
        self, url: str, output_file: str, pooch: object, check_only: bool = False
    ) -> bool | None:
        """Download a file for pooch; UserError if the server refuses or cannot be reached."""
        if check_only:
            return bool(requests.head(url, timeout=TIMEOUT, allow_redirects=True).ok)
        idle, problem = 0, ""
        while idle < ATTEMPTS:
            before = self._size()
            try:
                if self._attempt(url):
                    os.replace(self.partial, output_file)
                    return None
                problem = "connection cut"
            except requests.RequestException as error:
                problem = _reason(error)
            idle = idle + 1 if self._size() <= before else 0
            time.sleep(self.pause)
        kept = f"; the same command goes on after {n} bytes" if (n := self._size()) else ""
        raise UserError(f"{url}: {problem}{kept}")

    def _attempt(self, url: str) -> bool:
        """Fetch what is missing; return whether that is now everything."""
        have = self._size()
        # Compressed on the way, ranges would count other bytes than those of the file.
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
            if response.status_code == 416:  # nothing lies after what we have
                if response.headers.get("Content-Range") == f"bytes */{have}":
                    return True
                self.partial.unlink()
                return False
            if response.status_code >= 500 or response.status_code == 429:
                raise requests.ConnectionError(f"the server answers {response.status_code}")
            if response.status_code not in (200, 206):
                raise UserError(f"{url}: the server answers {_status(response)}")
            if response.status_code == 200:
                have = 0  # a server without ranges starts anew
            elif not response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
                self.partial.unlink(missing_ok=True)
                return False
            length = response.headers.get("Content-Length", "")
            total = have + int(length) if length.isdigit() else None
            with open(self.partial, "ab" if have else "wb") as file:
                for block in response.iter_content(BLOCK):
                    file.write(block)
                    have += len(block)
                    self.progress(have, total)
        return total is None or have == total

    def _size(self) -> int:
        return self.partial.stat().st_size if self.partial.is_file() else 0


def _status(response: requests.Response) -> str:
    return f"{response.status_code} {response.reason or ''}".strip()


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "connection cut"
    if isinstance(error, requests.Timeout):
        return "the server does not answer in time"
    if isinstance(error, requests.ConnectionError) and "the server answers" not in str(error):
        return "cannot be reached"
    return " ".join(str(error).split())
