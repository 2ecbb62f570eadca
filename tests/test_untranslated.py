"""No template writes English past the catalogue."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import pytest

from server.routes.templates import WEB

LETTER: Final = re.compile(r"[^\W\d_]")
TRANS: Final = re.compile(r"\{% trans.*?endtrans %\}|\{% block body %\}.*?%\}", re.DOTALL)
JINJA: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
LITERAL: Final = re.compile(r"""(?<!_\()["']([A-Z][a-z][^"'{}]*)["']""")
SAID: Final = ("aria-label", "title", "placeholder", "alt", "data-show", "data-hide")
NAMES: Final = {"Heard", "K724", "Maria K.", "2× Burger", "ABCD-EFGH"}
"""What stands in templates and is no English: our name, and specimens."""


class Written(HTMLParser):
    """The English that a template prints without asking for it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        text = TRANS.sub(" ", path.read_text())
        asked = (one for one in JINJA.findall(text) if not one.startswith("{#"))
        self.found = [word for one in asked for word in LITERAL.findall(one)]
        self.feed(JINJA.sub(" ", text))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, text in attrs:
            if name in SAID and text:
                self.note(text)

    def handle_data(self, data: str) -> None:
        self.note(data)

    def note(self, text: str) -> None:
        lines = (line.strip(" ·") for line in text.split("\n"))
        self.found += [one for one in lines if LETTER.search(one) and one not in NAMES]


TEMPLATES: Final = [
    file.relative_to(WEB / "templates").as_posix()
    for file in sorted((WEB / "templates").rglob("*.html"))
    if file.name != "docs.html"
]


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_template_writes_english_past_the_catalogue(name: str) -> None:
    assert Written(WEB / "templates" / name).found == []


def test_english_past_the_catalogue_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        '<p title="{{ _("Hint") }}">{{ _("Close") }}</p><p title="Hint">Close it{{ "Done" }}</p>'
    )

    assert Written(page).found == ["Done", "Hint", "Close it"]
