"""What the page costs to load, and that the lock file names no registry."""

import gzip
import json
from pathlib import Path

WEB = Path(__file__).resolve().parents[2] / "dashboard" / "web"
MOST_SCRIPT_BYTES = 150 * 1024


def test_script_weighs_little(page_built: Path) -> None:
    scripts = list(page_built.rglob("*.js"))
    assert scripts
    assert sum(len(gzip.compress(script.read_bytes())) for script in scripts) <= MOST_SCRIPT_BYTES


def test_page_needs_no_inline_script_or_style(page_built: Path) -> None:
    page = (page_built / "index.html").read_text()
    assert "<style" not in page
    assert " style=" not in page
    assert all("src=" in tag for tag in page.split("<script")[1:])


def test_lock_file_names_no_registry() -> None:
    packages = json.loads((WEB / "package-lock.json").read_text())["packages"]
    assert all("resolved" not in package for package in packages.values())
