"""The compose file as the services see it, without needing Docker."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import PROJECT

EXAMPLE = PROJECT / ".env.example"
FILE = PROJECT / "docker-compose.yml"
INNERMOST = re.compile(r"\$\{(\w+)(?::([-?])([^${}]*))?\}")
MAKE_SECRETS = """while IFS= read -r line; do case $line in
*=) printf '%s%s\\n' "$line" "$(openssl rand -hex 24)";; *) printf '%s\\n' "$line";; esac
done < .env.example"""


def make_env() -> dict[str, str]:
    """What the command of docs/clinic.md makes of .env.example."""
    made = subprocess.run(["sh", "-c", MAKE_SECRETS], cwd=PROJECT, capture_output=True, text=True, check=True)
    return parse_env(made.stdout)


def parse_env(text: str) -> dict[str, str]:
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


def services(env: dict[str, str], file: Path = FILE) -> dict[str, dict[str, Any]]:
    return yaml.safe_load(interpolate(without_comments(file.read_text()), env))["services"]


def without_comments(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))


def interpolate(text: str, env: dict[str, str]) -> str:
    """As Compose does it: ``${A:-default}``, ``${A:?message}``, one inside the other, ``$$``."""

    def fill(match: re.Match[str]) -> str:
        name, kind, word = match.groups()
        if value := env.get(name):
            return value
        if kind == "-":
            return word
        raise KeyError(name)

    while INNERMOST.search(text):
        text = INNERMOST.sub(fill, text)
    return text.replace("$$", "$")


def docker_compose() -> list[str] | None:
    """The command, where this machine has it; it needs no daemon to check a file."""
    docker = shutil.which("docker")
    if docker is None:
        return None
    asked = subprocess.run([docker, "compose", "version"], capture_output=True, check=False)
    return [docker, "compose"] if asked.returncode == 0 else None
