import re
from pathlib import Path

from analytics.signal import SCORING_VERSION

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "validation.md").read_text(encoding="utf-8")


def test_the_page_is_of_the_present_scoring_version():
    assert f"scoring version {SCORING_VERSION}." in PAGE, "run: tempoband validate"


def test_the_page_shows_exactly_the_pictures_beside_it():
    shown = set(re.findall(r"\(validation/([^)]+\.svg)\)", PAGE))
    assert shown == {path.name for path in (DOCS / "validation").glob("*.svg")}
