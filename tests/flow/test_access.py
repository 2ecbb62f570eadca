"""Who may watch: a cookie with a page of ours, a key; and for how long after it is withdrawn."""

import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from typing import Final

import pytest
from sqlmodel import Session, col, delete, select
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from server.models import AccountLocation, ApiKey
from server.people import accounts, keys
from server.people.actors import Role
from tests import cast as casting
from tests.flow.fixtures import Tell
from tests.flow.house import House
from tests.flow.person import Person

WITHDRAWN_SECONDS: Final = 5.0


@pytest.fixture(params=["with Redis", "without Redis"])
def redis(request: pytest.FixtureRequest, home: House) -> Iterator[str]:
    """Whether the bell rings meanwhile."""
    if request.param == "without Redis":
        home.valkey.kill()
    yield request.param
    if not home.valkey.alive():
        home.valkey.start()


async def hired(home: House) -> str:
    """Somebody new on the staff of the bar."""
    name = f"New{secrets.token_hex(3)}"
    at = (home.cast.harbour, name, Role.STAFF, home.cast.bar)
    await home.database.write(lambda session: casting.person(session, *at))
    return name


async def test_a_person_watches_by_the_cookie_of_their_sign_in(
    home: House, opened: AsyncExitStack
) -> None:
    person = await opened.enter_async_context(Person.at(home.web.url))

    wrong = await person.sign_in("Dan", "not the password")
    right = await person.sign_in("Dan")

    assert (wrong.status_code, right.status_code) == (422, 303)
    own = await opened.enter_async_context(home.board(home.cast.bar, headers=person.headers))
    assert "orders.move" in own.rights
    foreign = home.board(home.cast.kitchen, headers=person.headers)
    assert (await opened.enter_async_context(foreign)).ended == 4501


@pytest.mark.parametrize(
    "origin",
    ["", "null", "http://evil.example", "https://127.0.0.1", "http://127.0.0.1.evil.example"],
)
async def test_a_cookie_from_a_strange_page_opens_nothing(
    home: House, opened: AsyncExitStack, origin: str
) -> None:
    person = await opened.enter_async_context(Person.at(home.web.url))
    await person.sign_in("Dan")
    headers = {"Cookie": person.headers["Cookie"], **({"Origin": origin} if origin else {})}

    with pytest.raises(InvalidStatus) as refused:
        await connect(home.web.live, additional_headers=headers, proxy=None)

    assert refused.value.response.status_code == 403


async def test_whoever_is_not_signed_in_is_told_so_by_the_close_code(
    home: House, opened: AsyncExitStack
) -> None:
    ours = {"Origin": home.web.url}
    nobody: list[Mapping[str, str]] = [
        ours,
        {**ours, "Cookie": "sid=made-up"},
        {"Authorization": "Bearer heard_made-up"},
        {"Authorization": "Basic YW5hOg=="},
    ]

    for headers in nobody:
        board = home.board(home.cast.bar, headers=headers)
        assert (await opened.enter_async_context(board)).ended == 4500


async def test_signing_out_closes_the_boards_of_that_sign_in_and_no_others(
    home: House, opened: AsyncExitStack, redis: str, tell: Tell
) -> None:
    leaves, stays = [await opened.enter_async_context(Person.at(home.web.url)) for _ in "ab"]
    for person in (leaves, stays):
        await person.sign_in("Dan")
    closing, other = [
        [
            await opened.enter_async_context(home.board(home.cast.bar, "staff", headers=p.headers))
            for _ in "ab"
        ]
        for p in (leaves, stays)
    ]
    cookie = leaves.headers

    start = time.monotonic()
    assert (await leaves.sign_out()).status_code == 303

    for board in closing:
        await board.until(lambda b: b.ended == 4500, WITHDRAWN_SECONDS)
    tell(f"signed out, {redis}: closed after {time.monotonic() - start:.1f} s")
    copied = await opened.enter_async_context(home.board(home.cast.bar, headers=cookie))
    assert copied.ended == 4500
    async with home.shop() as shop:
        card = await shop.place(home.cast.bar)
    for board in other:
        await board.until(lambda b: card["id"] in b.cards)


@pytest.mark.parametrize(("way", "code"), [("location", 4501), ("account", 4500), ("key", 4500)])
async def test_rights_withdrawn_close_the_board_within_seconds(
    home: House, opened: AsyncExitStack, redis: str, way: str, code: int, tell: Tell
) -> None:
    person = await opened.enter_async_context(Person.at(home.web.url))
    name = await hired(home)
    await person.sign_in(name)
    token = await home.database.write(lambda s: keys.create(s, home.cast.harbour, name=name))
    headers = {"Authorization": f"Bearer {token}"} if way == "key" else person.headers
    board = await opened.enter_async_context(home.board(home.cast.bar, headers=headers))
    stays = await opened.enter_async_context(home.board(home.cast.bar))

    start = time.monotonic()
    await home.database.write(lambda session: WITHDRAW[way](session, name))

    await board.until(lambda b: b.ended == code, WITHDRAWN_SECONDS)
    tell(f"{way} withdrawn, {redis}: closed after {time.monotonic() - start:.1f} s")
    assert (stays.ended, stays.closes) == (None, [])


def leave_location(session: Session, name: str) -> None:
    account = casting.account_of(session, name)
    mine = col(AccountLocation.account_id) == account.id
    session.exec(delete(AccountLocation).where(mine))
    accounts.rights_changed(session, account.id or 0)


def leave_altogether(session: Session, name: str) -> None:
    accounts.disable(session, casting.account_of(session, name))


def lose_key(session: Session, name: str) -> None:
    keys.revoke(session, session.exec(select(ApiKey.id).where(ApiKey.name == name)).one() or 0)


WITHDRAW = {"location": leave_location, "account": leave_altogether, "key": lose_key}
