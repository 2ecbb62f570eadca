"""The colours, recomputed from tokens.css by the WCAG formula: the numbers of UI §4.1 hold (A2)."""

import re
from typing import Final

import pytest

from server.routes.templates import STATIC

TOKENS: Final = (STATIC / "css" / "tokens.css").read_text()
PAIR: Final = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
ONE: Final = re.compile(r"--([\w-]+): (#[0-9a-f]{6});")
GROUNDS: Final = ("canvas", "surface", "sunken")
TINTS: Final = ("new", "ready", "warn", "late", "flag")
TEXT, LARGE_OR_GRAPHIC, DISPLAY_TEXT = 4.5, 3.0, 7.0


def themes() -> dict[str, dict[str, str]]:
    """Every token of every theme."""
    display = TOKENS[TOKENS.index('[data-theme="display"]') :]
    pairs = PAIR.findall(TOKENS)
    return {
        "light": {name: light for name, light, _ in pairs},
        "dark": {name: dark for name, _, dark in pairs},
        "display": dict(ONE.findall(display[: display.index("}")])),
    }


THEMES: Final = themes()


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(theme: str, one: str, other: str) -> float:
    lights = sorted(luminance(THEMES[theme][name]) for name in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_every_theme_knows_every_colour(theme: str) -> None:
    missing = THEMES["light"].keys() - THEMES[theme].keys()

    assert missing == set()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("ink", ["ink", "ink-2", "ink-3"])
def test_text_is_readable_on_every_ground(theme: str, ground: str, ink: str) -> None:
    least = DISPLAY_TEXT if theme == "display" else TEXT

    assert contrast(theme, ink, ground) >= least


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("border", ["edge", "work", "focus"])
def test_borders_are_seen_on_every_ground(theme: str, ground: str, border: str) -> None:
    assert contrast(theme, border, ground) >= LARGE_OR_GRAPHIC


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("role", TINTS)
def test_words_are_readable_on_their_fill(theme: str, role: str) -> None:
    assert contrast(theme, f"{role}-text", f"{role}-tint") >= 7.0
    assert contrast(theme, f"on-{role}", role) >= TEXT


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("role", ["new", "ready", "warn-edge", "late", "flag"])
def test_fills_are_told_from_the_ground(theme: str, role: str) -> None:
    assert contrast(theme, role, "surface") >= LARGE_OR_GRAPHIC


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["canvas", "surface"])
def test_late_words_are_readable_without_their_tint(theme: str, ground: str) -> None:
    assert contrast(theme, "late-text", ground) >= TEXT


def test_no_colour_stands_outside_the_tokens() -> None:
    others = [f for f in (STATIC / "css").glob("*.css") if f.name != "tokens.css"]
    strays = {f.name: re.findall(r"#[0-9a-f]{3,8}\b(?!\))", f.read_text()) for f in others}

    assert {name: found for name, found in strays.items() if found} == {}
