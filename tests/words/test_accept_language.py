"""The API answers in the language that is asked for; English where none is."""

import pytest

from dashboard.language import Speaks, reader, wanted
from tempoband.words.catalogue import Language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", Language.EN),
        ("de", Language.DE),
        ("de-AT,de;q=0.9,en;q=0.8", Language.DE),
        ("en-GB,en;q=0.9,de;q=0.8", Language.EN),
        ("fr-FR,de;q=0.5,en;q=0.4", Language.DE),
        ("fr", Language.EN),
        ("de;q=0", Language.EN),
        ("de;q=nonsense", Language.EN),
        ("*", Language.EN),
        (";;;,,,q=", Language.EN),
    ],
)
def test_the_best_liked_language_of_ours(header, language):
    assert wanted(header) is language


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        (b"lang=de", "en", "de"),
        (b"after_us=1&lang=en", "de", "en"),
        (b"", "de", "de"),
        (b"lang=fr", "", "en"),
    ],
)
async def test_a_socket_says_its_language_in_its_address(query: bytes, header: str, language: str):
    heard = []

    async def app(*_: object) -> None:
        heard.append(reader())

    scope = {
        "type": "websocket",
        "path": "/api/live/s",
        "query_string": query,
        "headers": [(b"accept-language", header.encode())],
    }
    await Speaks(app)(scope, None, None)
    assert heard == [language]
    assert reader() is Language.EN
