"""The commands themselves, as programs: what they print, and who may read what they write."""

import os
import subprocess
import sys
from pathlib import Path

from tests.exchange.test_person import copied, live


def run(*given: str | Path) -> str:
    """One command, started by an account whose files everybody may read."""
    done = subprocess.run(
        [sys.executable, "-m", "tempoband.app", *map(str, given)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        umask=0o022,
    )
    assert done.returncode == 0, done.stderr
    return " ".join(done.stdout.split())


def test_a_copy_is_read_in_backed_up_and_exported_and_nobody_else_may_read_any_of_it(open_place, tmp_path):
    store, records = open_place("source")
    person = live(store, records)
    copy = copied(store, records, person, tmp_path / "everything.zip")
    made = tmp_path / "made"
    there, backup, export = (made / name for name in ("there", "backup", "export"))
    assert "40 frames and" in run("import", copy, "--data-dir", there)
    assert " 0 frames and 0 records taken in" in run("import", copy, "--data-dir", there)
    run("backup", backup, "--data-dir", there)
    run("restore", backup, "--data-dir", made / "restored")
    run("export", export, "--data-dir", there)
    written = [Path(folder) / name for folder, _, names in os.walk(made) for name in names]
    assert {path.parent.name for path in written} >= {"there", "backup", "restored", "export"}
    assert [str(path) for path in written if path.stat().st_mode & 0o077] == []
    folders = [Path(folder) for folder, _, _ in os.walk(made)]
    assert [str(path) for path in folders if path.stat().st_mode & 0o077] == []
