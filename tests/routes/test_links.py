"""S20: a link opens for one purpose until it is over; what is wrong with one nobody can tell."""

from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from starlette.testclient import TestClient

from server.clock import now
from server.models import Location, Order
from server.orders import details, links
from server.orders.forms import ChangeForm
from server.orders.links import Links, Purpose
from server.settings import Settings
from tests.callers import Caller
from tests.cast import Cast
from tests.hands import Do, Look
from tests.journeys import Card, placed
from tests.scene import everything
from tests.tickets import BAD, CHOSEN, LINKS, Spoil, link, rotated, set_, token

UNKNOWN: Final = {"verdict": "unknown", "order": None, "place": None}
OPENED: Final = {
    "/o/{token}": Purpose.PAGE,
    "/o/{token}?part=order": Purpose.PAGE,
    "/o/{token}/qr.svg": Purpose.PAGE,
    "/q/{token}": Purpose.SCAN,
}
bad = pytest.mark.parametrize("spoil", BAD.values(), ids=BAD.keys())
opened = pytest.mark.parametrize("path", OPENED)


@bad
@opened
def test_a_bad_link_shows_what_no_link_shows(
    screens: TestClient, do: Do, look: Look, cast: Cast, spoil: Spoil, path: str
) -> None:
    card = placed(do, cast)
    told = spoil(do, card, link(look, card), OPENED[path])

    answer, nothing = (screens.get(path.format(token=t)) for t in (told, "no-such-link"))

    assert answer.status_code == 404
    assert (answer.status_code, answer.content) == (nothing.status_code, nothing.content)
    assert answer.headers.items() == nothing.headers.items()
    for secret in (card["code"], card["id"], "Maria", "Burger", "20.50", "Bar South"):
        assert secret not in answer.text


@bad
def test_a_bad_code_scans_like_no_code(
    client: TestClient, do: Do, look: Look, cast: Cast, spoil: Spoil
) -> None:
    card = placed(do, cast)
    told = spoil(do, card, link(look, card), Purpose.SCAN)
    ana = Caller.signed_in(client, do, "ana")

    answer = ana.post("/scans", {"text": f"http://heard.example/q/{told}", "location": cast.bar})

    assert answer.json() == UNKNOWN


@opened
def test_a_good_link_opens(screens: TestClient, do: Do, look: Look, cast: Cast, path: str) -> None:
    answer = screens.get(path.format(token=token(look, placed(do, cast), OPENED[path])))

    assert answer.status_code == (303 if path.startswith("/q") else 200)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"


def test_a_phone_that_scans_the_code_comes_to_the_page(
    screens: TestClient, do: Do, look: Look, cast: Cast
) -> None:
    card = placed(do, cast)

    answer = screens.get(f"/q/{token(look, card, Purpose.SCAN)}")

    assert answer.headers["location"] == LINKS.page(link(look, card))


def test_the_link_of_an_open_order_lives_as_long_as_the_order(
    screens: TestClient, do: Do, look: Look, cast: Cast
) -> None:
    card = placed(do, cast)
    do(set_, Order, card["id"], placed_at=now() - timedelta(days=400))

    assert opens(screens, look, card)


@pytest.mark.parametrize(
    ("model", "end", "lives"),
    [
        (Location, {"ends_at": timedelta(hours=47, minutes=59)}, True),
        (Location, {"ends_at": timedelta(hours=48, minutes=1)}, False),
        (Order, {"ended_at": timedelta(days=29, hours=23)}, True),
        (Order, {"ended_at": timedelta(days=30, hours=1)}, False),
    ],
)
def test_a_link_is_over_two_days_after_the_event_or_a_month_after_the_order(
    screens: TestClient,
    do: Do,
    look: Look,
    cast: Cast,
    model: type,
    end: dict[str, timedelta],
    lives: bool,
) -> None:
    card = placed(do, cast)
    ident = card["id"] if model is Order else cast.bar
    do(set_, model, ident, **{name: now() - ago for name, ago in end.items()})

    assert opens(screens, look, card) is lives


def test_the_event_decides_where_there_is_one(
    screens: TestClient, do: Do, look: Look, cast: Cast
) -> None:
    card = placed(do, cast)
    do(set_, Order, card["id"], open=False, ended_at=now() - timedelta(days=60))
    do(set_, Location, cast.bar, ends_at=now() + timedelta(days=1))

    assert opens(screens, look, card)


def test_a_link_of_before_the_key_was_changed_opens_while_that_key_is_believed(
    do: Do, look: Look, cast: Cast
) -> None:
    told = token(look, placed(do, cast))
    new = "n" * 32

    kept, dropped = rotated(new, CHOSEN.secret_key, "older"), rotated(new)

    assert look(links.opened, kept, Purpose.PAGE, told)
    assert look(links.opened, dropped, Purpose.PAGE, told) is None


def test_links_are_signed_with_the_newest_key(do: Do, look: Look, cast: Cast) -> None:
    row = link(look, placed(do, cast))
    new = rotated("n" * 32, CHOSEN.secret_key)

    assert new.token(Purpose.PAGE, row) == rotated("n" * 32).token(Purpose.PAGE, row)
    assert LINKS.read(Purpose.PAGE, new.token(Purpose.PAGE, row)) is None


def test_a_corrected_address_revokes_the_links_that_went_to_the_wrong_one(
    screens: TestClient, do: Do, look: Look, cast: Cast
) -> None:
    card = placed(do, cast)
    before = token(look, card)
    form = ChangeForm.model_validate({"customer": {"email": "mara@guests.example"}})
    do(details.change, card["id"], form, by=cast.ana, match=card["version"])

    assert screens.get(f"/o/{before}").status_code == 404
    assert opens(screens, look, card)


def test_a_corrected_name_does_not(screens: TestClient, do: Do, look: Look, cast: Cast) -> None:
    card = placed(do, cast)
    before = token(look, card)
    form = ChangeForm.model_validate({"customer": {"name": "Mara K."}})
    do(details.change, card["id"], form, by=cast.ana, match=card["version"])

    assert screens.get(f"/o/{before}").status_code == 200


def test_whoever_looks_into_links_changes_nothing(
    screens: TestClient, do: Do, look: Look, cast: Cast
) -> None:
    card = placed(do, cast)
    before = look(everything)

    for path, purpose in OPENED.items():
        for ask in (screens.get, screens.head):
            assert ask(path.format(token=token(look, card, purpose))).status_code < 400

    assert look(everything) == before


def test_a_key_is_made_once_and_kept(tmp_path: Path, do: Do, look: Look, cast: Cast) -> None:
    row = link(look, placed(do, cast))
    bare = Settings(var_dir=tmp_path / "var")

    one, other = (Links(bare).token(Purpose.PAGE, row) for _ in range(2))

    assert one == other
    assert [file.name for file in (tmp_path / "var").iterdir()] == ["secret.key"]
    assert (tmp_path / "var" / "secret.key").stat().st_mode & 0o777 == 0o600


def opens(screens: TestClient, look: Look, card: Card) -> bool:
    """Whether the order's own link shows it."""
    return screens.get(f"/o/{token(look, card)}").status_code == 200
