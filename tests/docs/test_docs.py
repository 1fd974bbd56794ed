"""What the documents say exists: links, commands, make targets."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from tempoband.app.cli import app

PROJECT = Path(__file__).resolve().parents[2]
PAGES = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")])
LINK = re.compile(r"(?:\]\(|src=\")([^)#\s\"]+)")
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
COMMAND = re.compile(r"(?:^|[`/ ])tempoband ([a-z][a-z-]+)\b(?! *=)", re.MULTILINE)
TARGET = re.compile(r"\bmake ([a-z-]+)")


def code(page: Path) -> str:
    return "\n".join(CODE.findall(page.read_text()))


def named(page: Path) -> str:
    return str(page.relative_to(PROJECT))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page):
    text = page.read_text()
    links = [link for link in LINK.findall(text) if "://" not in link and not link.startswith("mailto:")]
    missing = [link for link in links if not (page.parent / link).exists()]
    assert not missing, f"{named(page)} links to what is not there"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_exists(page):
    known = set(get_command(app).commands)
    assert set(COMMAND.findall(code(page))) <= known


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_make_target_exists(page):
    known = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    assert set(TARGET.findall(code(page))) <= known


def test_the_readme_names_both_first_commands():
    text = (PROJECT / "README.md").read_text()
    assert "make demo" in text
    assert "make test" in text
