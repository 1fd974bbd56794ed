"""The lines of a text file as people have them: zipped or not, in the encodings of their programs."""

import gzip
import zlib
from pathlib import Path

from tempoband.app.errors import AppError, AppReason

_GZIP = b"\x1f\x8b"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_LARGEST = 1 << 30  # bytes: 10 h at 80 Hz are 60 MB
_DELIMITERS = ";\t|"


def lines_of(path: Path) -> list[str]:
    """Every line of a text file, which may be gzipped.

    Raises:
        AppError: BAD_FILE where it cannot be read, or is no text.
    """
    try:
        text = _decoded(_unzipped(path.read_bytes()))
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        words = (error.strerror if isinstance(error, OSError) else None) or "not a text file"
        raise AppError(AppReason.BAD_FILE, f"{path}: {words}") from error
    if text is None:
        raise AppError(AppReason.BAD_FILE, f"{path}: larger than {_LARGEST >> 20} MB; cut it into parts")
    return text.splitlines()


def _unzipped(raw: bytes) -> bytes | None:
    if not raw.startswith(_GZIP):
        return raw if len(raw) <= _LARGEST else None
    unzip = zlib.decompressobj(16 + zlib.MAX_WBITS)
    out = unzip.decompress(raw, _LARGEST)
    return out if unzip.eof else (None if len(out) == _LARGEST else gzip.decompress(raw))


def _decoded(raw: bytes | None) -> str | None:
    """UTF-8, UTF-16 with its mark, or the one-byte encoding of older Windows programs."""
    if raw is None:
        return None
    if raw.startswith(_UTF16):
        return raw.decode("utf-16")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252")
        if not text.isprintable() and any(not (c.isprintable() or c in "\r\n\t") for c in text):
            raise
        return text


def delimiter_of(line: str) -> str | None:
    """What stands between the cells, where a comma may be a decimal one; None where only spaces do."""
    best = max(_DELIMITERS, key=line.count)
    if best in line:
        return best
    return "," if "," in line else None
