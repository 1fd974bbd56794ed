"""Before the tests: the Debian packages they use. Installs them as root, otherwise says what is missing.

Tests that need a missing program skip loudly, so this never fails the run.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

# program that shows a package is there -> package
PROGRAMS = {
    "/usr/sbin/mosquitto": "mosquitto",
    "/usr/bin/chromium": "chromium",
    "/usr/lib/postgresql/15/bin/postgres": "postgresql",
    "/usr/bin/dbus-daemon": "dbus",
    "/usr/bin/certutil": "libnss3-tools",  # tells Chromium to trust the authority of a home
}
LIBRARIES = {"libatomic.so.1": "libatomic1"}  # Playwright's own Node links to it


def missing() -> list[str]:
    """Packages that are not installed."""
    found = [name for name in PROGRAMS if not (Path(name).exists() or shutil.which(Path(name).name))]
    packages = [PROGRAMS[name] for name in found]
    if shutil.which("ldconfig", path="/sbin:/usr/sbin:/usr/bin"):
        cache = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=False).stdout
        packages += [package for library, package in LIBRARIES.items() if library not in cache]
    return packages


def install(packages: list[str]) -> bool:
    """Install with apt-get; True when it worked."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    steps = (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", *packages])
    return all(
        subprocess.run(step, env=environment, check=False, stdout=subprocess.DEVNULL).returncode == 0
        for step in steps
    )


def main() -> None:
    packages = missing()
    if not packages:
        return
    wanted = " ".join(packages)
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"installing for the tests: {wanted}", flush=True)
        if install(packages) and not missing():
            return
    print(
        f"MISSING for the tests: {wanted}. The tests that need them will be skipped."
        f" On Debian: sudo apt-get install {wanted}",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
