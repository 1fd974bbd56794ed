"""``docs/security.md``: its role table is the source's, and what it names is there."""

import re

from tempoband.identity import lockout, passwords
from tempoband.identity.role_table import role_table
from tests.conftest import PROJECT

PAGE = (PROJECT / "docs" / "security.md").read_text()


def test_the_role_table_is_the_one_of_the_source():
    written = PAGE.partition("role_table.py -->\n")[2].partition("\n<!-- end of role table")[0]
    assert written == role_table(), "write it anew: print(role_table())"


def test_figures_are_those_of_the_source():
    assert f"{passwords.SHORTEST} characters or more" in PAGE
    assert lockout.ACCOUNT.free == 5
    assert lockout.CODE_ATTEMPTS == 5
    assert lockout.ADDRESS.free == 30


def test_every_route_it_names_is_in_the_api_page():
    api = (PROJECT / "docs" / "api.md").read_text()
    for route in re.findall(r"`((?:GET|POST) /api/[^`]+)`", PAGE):
        assert route.replace("{id}", "{person_id}") in api
