"""Languages: made of the English ones, dropped in as files, and never mixed up."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from server import cli
from server.routes import catalogue, templates, texts, words
from server.routes.catalogue import known, speaking, tag, wished
from server.routes.pseudo import NAMED, PSEUDO, pseudo
from server.routes.templates import environment
from server.routes.words import ENGLISH, UNSPOKEN, WORDS, counted, say, spoken, table

LETTER: Final = re.compile(r"[^\W\d_]")
GERMAN: Final = {
    "Sign in": "Anmelden",
    "Live": "Direkt",
    "lamp.live": "Verbunden",
    "back": "Zurück zu {label} von {strange}",
    "Answer %(status)s": "100%, %(status)s",
    "Slow": "{",
    "Orders at %(name)s": "Bestellungen: %(name)s",
    "{count} new orders": "{count} neue Bestellungen",
    "That e-mail address and password do not go together.": "Das passt nicht zusammen.",
}


@pytest.fixture
def german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A file was put where languages are looked for."""
    (tmp_path / "de.json").write_bytes(orjson.dumps(GERMAN))
    monkeypatch.setattr(catalogue, "LOCALES", tmp_path)
    forget()
    yield "de_AT"
    forget()


def forget() -> None:
    """Everything that is kept of any language."""
    catalogue.fits.cache_clear()
    for kept in (catalogue.names, catalogue.known, catalogue.catalogue, words.table, words.spoken):
        kept.cache_clear()
    templates.environment.cache_clear()


def within(told: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The texts of a table, by their paths."""
    pairs = told.items() if isinstance(told, dict) else enumerate(told)
    for key, each in pairs:
        here = f"{path}.{key}" if path else str(key)
        if isinstance(each, str):
            yield here, each
        else:
            yield from within(each, here)


def asked(languages: str = "") -> Request[Any]:
    """Somebody's request for a page, from a browser that wishes these languages."""
    headers = [(b"accept-language", languages.encode())]
    scope = {"type": "http", "method": "GET", "path": "/login", "headers": headers}
    return Request(scope | {"query_string": b"", "state": {}})


@pytest.mark.parametrize("name", PSEUDO)
def test_every_word_is_marked_in_a_pseudo_language(name: str) -> None:
    own, english = dict(within(table(name))), dict(within(ENGLISH))

    assert own.keys() == english.keys()
    for path, text in english.items():
        bare = NAMED.sub("", text)
        if UNSPOKEN.fullmatch(path) or not LETTER.search(bare):
            assert own[path] == text
        else:
            assert own[path].strip().startswith("⟦"), path
            assert own[path].strip().endswith("⟧"), path
            assert sorted(NAMED.findall(own[path])) == sorted(NAMED.findall(text))


def test_a_pseudo_text_is_two_fifths_longer_and_keeps_what_is_not_text() -> None:
    long = "Search orders by code, name, e-mail, phone or place"
    letters = len(LETTER.findall(long))

    assert len(LETTER.findall(pseudo(long))) == letters + -(-letters * 2 // 5)
    assert pseudo("To <b>%(name)s</b> &amp; {all}!") == "⟦Ţöö⟧ <b>%(name)s</b> &amp; {all}!"
    assert pseudo("{label}: 12 %%") == "{label}: 12 %%"
    assert pseudo(" flagged") == " ⟦fļååĝĝééðð⟧"
    assert pseudo(pseudo("Close")) == pseudo("Close")


def test_a_locale_speaks_its_language_or_english() -> None:
    assert [known(locale) for locale in ("en_IE", "en_XA", "ar-XB", "de_DE", "", "../x")] == [
        *("en", "en_XA", "ar_XB", "en", "en", "en"),
    ]
    assert [tag(locale) for locale in ("en_IE", "ar_XB", "de_DE")] == ["en-IE", "ar-XB", "en"]
    assert table(known("tlh")) == ENGLISH


def test_a_browser_gets_what_it_likes_best_of_what_there_is() -> None:
    assert wished("") == "en"
    assert wished("de-DE,de;q=0.9,en;q=0.1") == "en"
    assert wished("en;q=0.3, ar-XB;q=0.8, fr") == "ar_XB"
    assert wished("en-XA;q=nonsense;;,*") == "en_XA"
    assert wished("ar-XB;q=0, en-XA;q=0.1") == "en_XA"
    assert wished("_a" * 30_000) == "en"
    assert wished(",".join(["fr"] * 1000 + ["en-XA"])) == "en"


def test_a_language_that_is_dropped_in_is_spoken(german: str) -> None:
    with speaking(german) as name:
        assert name == "de"
        assert say("lamp.live") == "Verbunden"  # by its path, which is nearer than the text
        assert counted("pill.new", 3) == "3 neue Bestellungen"
        assert counted("pill.new", 1) == "1 new order"
        assert WORDS["lamp"]["slow"] == "Slow"
    assert say("lamp.live") == "Live"
    assert spoken(german, "lamp")["lamp"]["live"] == "Verbunden"
    assert tag(german) == "de-AT"


def test_a_translation_that_cannot_be_printed_is_left_out(
    german: str, caplog: pytest.LogCaptureFixture
) -> None:
    with speaking(german):
        assert say("back", label="Bereit") == "Back to Bereit"
        assert say("lamp.slow") == "Slow"
    answer = environment("de").from_string(
        "{% trans status=404 %}Answer {{ status }}{% endtrans %}"
    )

    assert answer.render() == "Answer 404"
    assert "de.json: “Back to {label}” stays English (KeyError('strange'))" in caplog.text


def test_templates_are_printed_in_it(german: str) -> None:
    text = (
        "{{ _('Sign in') }}|{% trans name=who %}Orders at {{ name }}{% endtrans %}|{{ _('Close') }}"
    )

    told = environment(known(german)).from_string(text).render(who="<Bar>")

    assert told == "Anmelden|Bestellungen: &lt;Bar&gt;|Close"
    assert environment().from_string(text).render(who="A") == "Sign in|Orders at A|Close"


def test_a_page_of_nobody_speaks_as_the_browser_wishes(german: str) -> None:
    form = {"email": "", "next": "/", "csrf": "c", "ask": "", "error": "", "told": ""}

    page = bytes(templates.page(asked("de"), "screens/login.html", form).body).decode()

    assert '<html lang="de" data-theme="auto">' in page
    assert "<title>Anmelden · Heard</title>" in page
    wrong = "That e-mail address and password do not go together."
    assert templates.translated(asked("de"), wrong) == "Das passt nicht zusammen."


def test_a_page_says_which_way_it_is_written() -> None:
    context = {"status": 404, "title": "No", "sentence": "No", "lang": "ar_XB"}

    page = bytes(templates.page(asked(), "screens/error.html", context).body).decode()

    assert '<html lang="ar-XB" dir="rtl" data-theme="auto">' in page


async def test_pages_that_are_made_at_once_do_not_mix_their_languages() -> None:
    async def made(locale: str) -> list[str]:
        told = []
        for _ in range(20):
            with speaking(locale):
                told.append(await run_in_threadpool(say, "lamp.live"))
            await asyncio.sleep(0)
        return told

    english, pseudo_ = await asyncio.gather(made("en_IE"), made("en_XA"))

    assert set(english) == {"Live"}
    assert set(pseudo_) == {"⟦Ļîîvéé⟧"}


def test_templates_cost_no_more_for_being_translated() -> None:
    """A text without values stands in the program of its template."""
    made = environment("en_XA").compile("<p>{{ _('Close') }}</p>", raw=True)

    assert "<p>⟦Çļööšéé⟧</p>" in made
    assert "gettext" not in made


def test_whoever_translates_is_told_every_text_and_what_there_is(german: str) -> None:
    told = texts.listed(known(german))

    assert told["Sign in"] == "Anmelden"
    assert told["lamp.live"] == "Verbunden"
    untold = ("Search orders by code, name, e-mail, phone or place", "{count} open", "Try again")
    assert [told[text] for text in (*untold, "Last seen %(time)s")] == [""] * 4
    assert {"bag-check", "/heard.mobileconfig"}.isdisjoint(told)


def test_the_command_prints_them_as_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    cli.texts("de")

    told = orjson.loads(capsys.readouterr().out)
    assert told["Sign in"] == ""
    assert len(told) > 500
