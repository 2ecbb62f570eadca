"""All of Heard over a database in which everybody has something, and its words say whose."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from sqlmodel import Session, select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from server.app import application, state
from server.house import House, house
from server.models import Order, Station
from server.orders.links import Links, Purpose, of_order
from server.people import keys
from server.settings import Settings
from tests.belongings import ABSENT, belongings
from tests.callers import Caller
from tests.cast import Cast
from tests.scene import Scene
from tests.security.callers import Kind, everybody

URL: Final = "http://heard.example"


class Where(StrEnum):
    """Whose something is, seen from the bar of Harbour."""

    OWN = "own"
    OTHER = "other"  # another location of the same organization
    FOREIGN = "foreign"  # another organization's
    ABSENT = "absent"


CANARY: Final = {where: f"zq{where}zq" for where in Where}
SEES: Final[dict[Kind, frozenset[Where]]] = {
    **dict.fromkeys(Kind, frozenset({Where.OWN})),
    **dict.fromkeys((Kind.NOBODY, Kind.CUSTOMER, Kind.DISABLED), frozenset[Where]()),
    Kind.NEIGHBOUR: frozenset({Where.OTHER}),
    Kind.ADMIN: frozenset({Where.OWN, Where.OTHER}),
    Kind.NEWCOMER: frozenset({Where.OWN, Where.OTHER}),
    Kind.STRANGER: frozenset({Where.FOREIGN}),
}
NOBODYS: Final = {
    **ABSENT,
    "ref": "ZZZ9",
    "token": "A" * 24 + "." + "B" * 43,
    **dict.fromkeys(("station", "person", "session", "device", "link", "key", "pairing"), "999999"),
}


@dataclass
class World:
    """The running parts, those who ask, and what there is to ask for."""

    client: TestClient
    parts: House
    scene: Scene
    callers: Mapping[Kind, Caller] = field(default_factory=dict)
    things: Mapping[Where, Mapping[str, str]] = field(default_factory=dict)

    @property
    def cast(self) -> Cast:
        return self.scene.cast

    def place(self, where: Where) -> int:
        """The location that stands for it."""
        return int(self.things[where]["location"])

    def reset(self) -> None:
        """As if nobody had asked for anything."""
        self.scene.reset()
        self.parts.recognise.forget()

    def keep(self) -> None:
        """What is there now is what every reset leads back to."""
        self.scene.keep()


@contextmanager
def world(var: Path) -> Iterator[World]:
    """It runs without its jobs, which would move by themselves."""
    settings = Settings(
        var_dir=var, public_url=URL, redis_url="", database_url="", secret_key="k" * 32
    )
    found: list[House] = []

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[Mapping[str, Any]]:
        async with house(settings) as parts, parts.hub.running():
            found.append(parts)
            yield state(parts, health)

    var.mkdir(parents=True, exist_ok=True)
    app = application(settings)
    app.router.lifespan_context = lifespan
    with TestClient(app, URL, follow_redirects=False, raise_server_exceptions=False) as client:
        made = World(client, found[0], Scene(found[0].database))
        furnish(made)
        yield made


async def health() -> dict[str, Any]:
    return {"reactions_lag_seconds": 0.0}


def furnish(world: World) -> None:
    """Something of everything in each place, and somebody of every kind."""
    cast, database = world.cast, world.scene.database
    strangers = database.write_now(
        lambda s: keys.create(s, cast.elsewhere, name=CANARY[Where.FOREIGN])
    )
    shops = {
        Where.OWN: (cast.shop_token, cast.bar),
        Where.OTHER: (cast.shop_token, cast.kitchen),
        Where.FOREIGN: (strangers, cast.island),
    }
    known = {
        where: found(world, Caller.with_key(world.client, token), where, place)
        for where, (token, place) in shops.items()
    }
    people, who = database.write_now(
        lambda s: everybody(s, cast, {str(w): word for w, word in CANARY.items()})
    )
    for where, rows in people.items():
        known[Where(where)] |= rows
    world.things = {**known, Where.ABSENT: NOBODYS}
    world.callers = {kind: Caller(world.client, headers) for kind, headers in who.items()}
    world.callers[Kind.CUSTOMER] = Caller(
        world.client, {"Authorization": f"Bearer {known[Where.OWN]['token']}"}
    )
    world.keep()


def found(world: World, shop: Caller, where: Where, place: int) -> dict[str, str]:
    """An order with a problem and a picture, a station, and the links to them."""
    database, word = world.scene.database, CANARY[where]
    there = belongings(shop, place)
    code = there["order"]
    shop.patch(f"/orders/{code}", {"destination": word, "instructions": word})
    shop.place(place, customer={"name": word, "email": f"{word}@guests.example"})
    shop.post(f"/orders/{code}/issues", {"type": "other", "text": word})
    station = shop.post(f"/locations/{place}/stations", {"name": word})
    assert station.status_code == 201, station.text

    def more(session: Session) -> dict[str, str]:
        order = session.exec(
            select(Order).where(Order.code == code, Order.location_id == place)
        ).one()
        row = session.exec(select(Station).where(Station.name == word)).one()
        links = Links(world.parts.settings)
        return {
            "ref": code,
            "station": str(row.id),
            "token": links.token(Purpose.PAGE, of_order(session, order.id)),
        }

    return there | database.read_now(more)
