"""What on a page is English although the page is German: text that only an English message says."""

import json
import re
from functools import cache
from string import Formatter
from typing import Any

from playwright.async_api import Page

from tempoband.words.catalogue import Language, messages, phrases
from tests.web.conftest import PROJECT

MESSAGES = PROJECT / "dashboard" / "web" / "src" / "lib" / "i18n"
_LETTERS = re.compile(r"[^\W\d_]{3,}")
_PLAINLY = {"the", "and", "with", "this", "your", "are", "from", "you", "for", "that"}  # no German has these

# Every text and every name for screen readers, as it is seen: hidden things and names of people are left out.
TEXTS = """() => {
  const found = new Set();
  const say = (text) => { const told = text?.replace(/\\s+/g, ' ').trim(); if (told) found.add(told); };
  const kinds = NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT;
  const walker = document.createTreeWalker(document.body, kinds);
  for (let node = walker.currentNode; node; node = walker.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) {
      const parent = node.parentElement;
      const seen = parent && !['SCRIPT', 'STYLE'].includes(parent.tagName);
      if (seen && !parent.closest('[lang=en]')) say(node.data);
    } else for (const name of ['aria-label', 'title', 'placeholder', 'alt']) {
      if (!node.closest('[lang=en]')) say(node.getAttribute(name));
    }
  }
  const whole = 'p, li, h1, h2, h3, dd, dt, td, th, option, button, label span';
  for (const node of document.querySelectorAll(whole)) {
    if (!node.closest('[lang=en]')) say(node.innerText);
  }
  return [...found];
}"""


@cache
def _forms(language: Language) -> list[re.Pattern[str]]:
    """A pattern for every message; of the English ones, for those with a word that German does not have."""
    told = [*messages(language).values()]
    for file in sorted((MESSAGES / language).glob("*.json")):
        told += json.loads(file.read_text("utf-8")).values()
    told += phrases(Language.DE) if language is Language.EN else phrases(Language.DE).values()
    if language is Language.DE:
        return [re.compile(_pattern(each)) for each in dict.fromkeys(told) if _words(each)]
    german = {word for form in _forms(Language.DE) for word in _LETTERS.findall(form.pattern.lower())}
    return [
        re.compile(_pattern(each))
        for each in dict.fromkeys(told)
        if {word.lower() for word in _words(each)} - german
    ]


def _words(message: str) -> list[str]:
    return _LETTERS.findall("".join(text for text, *_ in Formatter().parse(message)))


def _pattern(message: str) -> str:
    parts = [
        re.escape(" ".join(text.split(" "))) + (".+?" if name is not None else "")
        for text, name, *_ in Formatter().parse(message)
    ]
    return "".join(parts)


def english_of(texts: list[str]) -> list[str]:
    """Those that are plainly English, or that an English message says and no German one."""
    return [
        text
        for text in texts
        if _PLAINLY & set(_LETTERS.findall(text.lower()))
        or (
            any(form.fullmatch(text) for form in _forms(Language.EN))
            and not any(form.fullmatch(text) for form in _forms(Language.DE))
        )
    ]


async def english_on(page: Page) -> list[str]:
    """The English texts that are seen on a German page."""
    await page.wait_for_load_state("networkidle")
    texts: Any = await page.evaluate(TEXTS)
    assert texts, "an empty page tells nothing"
    return english_of(texts)
