"""Reads a zip that somebody else made: never unpacked to disk, and bounded whatever it claims."""

import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tempoband.app.errors import AppError, AppReason

MOST_FILES = 20_000
MOST_BYTES = 16 * 1024**3  # a year of daily use has some hundred MB
LONGEST_LINE = 1024 * 1024
WANTED = re.compile(
    r"manifest\.json|devices\.ndjson|records/[a-z_]+\.ndjson|frames/[\w.:-]{1,64}/\d{1,19}\.ndjson", re.ASCII
)
_DAMAGE = (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError)
Line = tuple[str, bytes]
"""Where it stands, in words, and what stands there."""


class Archive:
    """A copy of a person as a file; everything in it is looked at as if an enemy had made it."""

    def __init__(self, path: Path, *, most_bytes: int = MOST_BYTES) -> None:
        """Open it.

        Raises:
            AppError: it is no zip, or holds too much, or the same file twice.
        """
        self.path = path
        self._left = most_bytes
        try:
            self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile) as error:
            raise bad(f"{path} cannot be read as a zip file ({error}): was it downloaded whole?") from error
        entries = [info.filename for info in self._zip.infolist()]
        self.names = [name for name in entries if WANTED.fullmatch(name)]
        if len(entries) > MOST_FILES or len(set(self.names)) != len(self.names):
            self.close()
            raise bad(f"{path} is no copy of ours: more than {MOST_FILES} files, or one of them twice")

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def lines(self, name: str) -> Iterator[Line]:
        """The lines of one file in it; none where it is not there.

        Raises:
            AppError: it is damaged, has an endless line, or everything together is too large.
        """
        if name not in self.names:
            return
        number, where = 0, f"{self.path}: {name}"
        try:
            with self._zip.open(name) as file:
                while line := file.readline(LONGEST_LINE + 1):
                    number += 1
                    self._count(f"{where}, line {number}", line)
                    yield f"{where}, line {number}", line
        except _DAMAGE as error:  # also an unknown compression, or a password
            raise bad(f"{where}, after line {number}: damaged ({error}): download it again") from error

    def _count(self, where: str, line: bytes) -> None:
        self._left -= len(line)
        if len(line) > LONGEST_LINE or self._left < 0:
            raise bad(f"{where}: more than the copy of a person can hold; nothing was taken in")

    def objects(self, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """The lines of one file as JSON objects.

        Raises:
            AppError: one is none.
        """
        for where, line in self.lines(name):
            yield where, json_object(where, line)

    def document(self, name: str) -> dict[str, Any] | None:
        """One file as one JSON object; None where it is not there.

        Raises:
            AppError: it is none.
        """
        text = b"".join(line for _, line in self.lines(name))
        return json_object(f"{self.path}: {name}", text) if text else None


def json_object(where: str, text: bytes) -> dict[str, Any]:
    """A JSON object.

    Raises:
        AppError: it is none.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise bad(f"{where}: not JSON ({error})") from error
    if not isinstance(found, dict):
        raise bad(f"{where}: not a JSON object")
    return found


def bad(words: str) -> AppError:
    """One sentence about a bad file."""
    return AppError(AppReason.BAD_FILE, words)
