"""The test of German pages can fail: it knows English when it sees it."""

from tests.web.german import english_of


def test_english_messages_are_found_and_german_ones_are_not():
    assert english_of(["Banded clamshell", "3 reps, on tempo; keep exactly this.", "log in first"]) == [
        "Banded clamshell",
        "3 reps, on tempo; keep exactly this.",
        "log in first",
    ]
    assert english_of(["Muschel mit Band", "Einbeinige Brücke", "Tempo", "Ada Lovelace", "12,5 N"]) == []
