"""The plan in the design is the house as it stands: every room is on it, and nothing that is gone."""

import re
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = (ROOT / "docs" / "design.md").read_text().partition("## 2. The house")[2]
PLAN = CHAPTER.partition("```")[2].partition("```")[0]
HOUSES = ("firmware_bridge", "ingest", "analytics", "dashboard", "tempoband")


def test_every_room_of_every_house_is_on_the_plan():
    named = set(re.findall(r"([a-z_]+)/", PLAN))
    rooms = [path.parent for house in HOUSES for path in (ROOT / house).glob("*/__init__.py")]
    assert [str(room.relative_to(ROOT)) for room in rooms if room.name not in named] == []


def test_what_is_on_the_plan_is_there():
    depths = ("*", *(f"{house}{deeper}" for house in HOUSES for deeper in ("/*", "/*/*")))
    there = {path.name for path in chain.from_iterable(map(ROOT.glob, depths))}
    named = {folder or file for folder, file in re.findall(r"([.a-z_]+)/|([a-z_]+\.py)", PLAN)}
    assert named - there == set()
