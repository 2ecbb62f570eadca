"""The documents are true: nothing that a reader relies on is missing, misspelt or leads nowhere."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest
from typer.main import get_command

from server import cli
from server.environment import ROOT
from server.events import Audience, Kind
from server.routes.api.examples import CARD
from server.settings import Settings
from tests.contract import keeps_to_asyncapi

DOCUMENTS: Final = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
README: Final = (ROOT / "README.md").read_text()
EVENTS: Final = (ROOT / "docs" / "events.md").read_text()
LINK: Final = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")
EXAMPLE: Final = re.compile(r"^```json\n(.*?)^```$", re.M | re.S)
HOP: Final = re.compile(r"^ ?\d+ (\S+) +(\w+)", re.M)


def rows(text: str, pattern: str) -> list[Any]:
    """What the rows of a table hold that begin like this."""
    return re.findall(rf"^\| {pattern} \|", text, re.M)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    links = LINK.findall(document.read_text())

    assert [link for link in links if not (document.parent / link).exists()] == []


def test_every_setting_has_its_row() -> None:
    fields = Settings.model_fields
    expected = [(name.upper(), field.description) for name, field in fields.items()]

    assert rows(README, r"`([A-Z_]+)` \| [^|]* \| ([^|]+)") == expected


def test_every_setting_has_its_own_default() -> None:
    for name, told in rows(README, r"`([A-Z_]+)` \| `?([^`|]*)`?"):
        default = Settings.model_fields[name.lower()].default
        default = default.relative_to(ROOT) if isinstance(default, Path) else default
        assert told.strip() == str(default), name


def test_every_command_has_its_row() -> None:
    known = get_command(cli.app).commands  # type: ignore[attr-defined]

    assert {row.split()[0] for row in rows(README, r"`python3 -m server ([^`]+)` \| [^|]+")} == set(
        known
    )


def test_every_event_has_its_row() -> None:
    assert rows(EVENTS, r"`(\w+\.\w+)` \| [^|]+ \| [^|]+ \| [^|]+") == [kind.value for kind in Kind]


def test_every_audience_has_its_row() -> None:
    assert rows(EVENTS, r"`(\w+)` \| [^|]+ \| [^|]+") == [audience.value for audience in Audience]


@pytest.mark.parametrize("text", EXAMPLE.findall(EVENTS))
def test_every_example_of_an_event_fits(text: str) -> None:
    told = json.loads(text)
    if "order" in told:  # which is shown shortened
        told["order"] = {**CARD, **told["order"]}

    keeps_to_asyncapi(json.dumps(told))


@pytest.mark.parametrize("hop", HOP.findall(README), ids=lambda hop: str(hop[0]))
def test_every_hop_of_an_order_is_where_it_is_said_to_be(hop: tuple[str, str]) -> None:
    file, verb = hop

    assert re.search(rf"\b{verb}\b", (ROOT / file).read_text()), f"{verb} is not in {file}"


def test_whoever_adds_a_verb_finds_the_files() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()

    named = re.findall(r"`([\w/]+\.(?:py|js|md))`", text)
    assert named
    assert [file for file in named if not (ROOT / file).exists()] == []
