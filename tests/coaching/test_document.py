from pathlib import Path

from analytics.coaching.document import exercises_page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "exercises.md"


def test_the_page_of_the_documentation_says_what_the_catalogue_says():
    assert PAGE.read_text() == exercises_page(), (
        "run: python -m analytics.coaching.document > docs/exercises.md"
    )
