import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "simulator.md"
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("number", range(len(SNIPPETS)))
def test_what_the_page_shows_runs(number):
    shown = {}
    exec(SNIPPETS[number], shown)  # noqa: S102 -- our own page
    if number == 0:
        assert shown["recording"].truth.reps[4].faults
    else:
        assert shown["names"] == ["Progressor_0042"]


def test_every_module_is_named():
    named = set(re.findall(r"`(\w+\.py)`", PAGE.read_text(encoding="utf-8")))
    modelled = {
        "people",
        "profiles",
        "dynamic",
        "other",
        "band",
        "sensor",
        "timing",
        "judge",
        "truth",
        "cohort",
    }
    assert named == {f"{name}.py" for name in modelled}
