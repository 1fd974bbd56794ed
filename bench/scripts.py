"""Which scripts of the built page a browser has to fetch at once, and what they weigh on the way."""

import gzip
import re
from collections.abc import Iterable
from pathlib import Path


def entry_of(built: Path) -> Path:
    """The script that the page itself names."""
    return built / re.findall(r'src="/(assets/[^"]+\.js)"', (built / "index.html").read_text())[0]


def needed(script: Path, seen: set[Path]) -> set[Path]:
    """A script and all it imports at once; what it may import later is left out."""
    if script not in seen:
        seen.add(script)
        for name in re.findall(r"""(?:from|import)\s*["']\./([\w.-]+\.js)["']""", script.read_text()):
            needed(script.parent / name, seen)
    return seen


def gzipped_bytes(scripts: Iterable[Path]) -> int:
    return sum(len(gzip.compress(script.read_bytes())) for script in scripts)
