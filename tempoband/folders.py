"""Where things are kept when nobody says where: one folder for every part, so that they find each other."""

import os
import sys
from pathlib import Path


def default_data_dir() -> Path:
    """The platform's folder for a program's data, with our name in it."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "tempoband"
