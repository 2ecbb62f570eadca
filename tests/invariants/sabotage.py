"""Each protection taken away in turn, and the invariants that then cannot hold."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, Final
from unittest.mock import patch

import orjson
from sqlalchemy import text
from sqlmodel import Session

from server.db import Database
from server.events import Publication
from server.orders import boards
from server.perform import Perform
from server.realtime.broker import MemoryBroker
from server.realtime.channel import Channel
from server.realtime.follower import NOWHERE, Follower
from server.realtime.lookout import Lookout
from server.realtime.rights import Rights
from server.realtime.stand import Stand
from server.realtime.usher import Need, Usher
from tests.faults.unprotected import tell_once, want_nothing
from tests.invariants import truths
from tests.invariants.evening import Evening
from tests.invariants.world import LyingBroker

Patch = AbstractContextManager[Any]


class Lost(Exception):
    """The commit failed after all."""


def number_outside() -> list[Patch]:
    """A number is taken in a transaction of its own: whoever dies then leaves a hole."""

    async def crash(evening: Evening, _process: int) -> None:
        lost = text("UPDATE channel SET head = head + 1 WHERE name = :name")
        await changed(evening, lost, {"name": evening.channel})

    return [patch.object(Evening, "crash", crash)]


def change_unannounced() -> list[Patch]:
    """An order is changed without an event."""

    async def crash(evening: Evening, _process: int) -> None:
        flag = text("UPDATE orders SET card = replace(card, :no, :yes)")
        await changed(evening, flag, {"no": '"flagged":false', "yes": '"flagged":true'})

    return [patch.object(Evening, "crash", crash)]


async def changed(evening: Evening, statement: Any, values: dict[str, Any]) -> None:
    def work(session: Session) -> None:
        session.execute(statement, values)

    await evening.databases[0].write(work)


def answer_early() -> list[Patch]:
    """“Saved” is answered, and then the transaction fails."""
    write, calls = Database.write, iter(range(10**9))

    async def hopeful(database: Database, work: Any) -> Any:
        told: list[Any] = []

        def failing(session: Session) -> Any:
            told.append(work(session))
            if next(calls) % 4 == 3 and isinstance(told[-1], tuple):
                raise Lost
            return told[-1]

        try:
            return await write(database, failing)
        except Lost:
            return told[-1]

    return [patch.object(Database, "write", hopeful)]


def ask_often() -> list[Patch]:
    """The Idempotency-Key of a request is not looked at."""
    once = Perform.once

    async def always(perform: Perform, _once: Any, *about: Any, **more: Any) -> Any:
        return await once(perform, None, *about, **more)

    return [patch.object(Perform, "once", always)]


def ring_early() -> list[Patch]:
    """The bell tells of the next change as well, which nobody has committed."""

    async def publish(broker: LyingBroker, *publications: Publication) -> None:
        await MemoryBroker.publish(broker, *publications, *map(forged, publications))

    return [patch.object(LyingBroker, "publish", publish)]


def forged(publication: Publication) -> Publication:
    card = orjson.loads(publication.thing)
    card["version"] += 1
    return replace(publication, offset=publication.offset + 1, thing=orjson.dumps(card))


def look_away() -> list[Patch]:
    """Heads are never looked at again, and no gap is read."""
    return [
        patch.object(Lookout, "tell_one", tell_once),
        patch.object(Channel, "want", want_nothing),
    ]


def believe_bells() -> list[Patch]:
    """Whatever the bell brings is taken for the next event."""

    def receive(channel: Channel, publication: Publication) -> None:
        if publication.offset > channel.ring.head:
            channel.append(publication)

    return [patch.object(Channel, "receive", receive)]


def date_later() -> list[Patch]:
    """A snapshot's position is read after its cards."""
    of_channel = boards.of_channel

    def later(session: Session, channel: str) -> boards.Snapshot:
        found = of_channel(session, channel)
        return replace(found, orders=found.orders[1:])

    return [patch.object(boards, "of_channel", later)]


def believe_positions() -> list[Patch]:
    """Whoever says where they stand is believed."""
    need = Usher.need

    def credulous(usher: Usher, follower: Follower) -> Need:
        known = usher.channel.known and follower.since != NOWHERE
        return Need.NOTHING if known else need(usher, follower)

    return [patch.object(Usher, "need", credulous)]


def push() -> list[Patch]:
    """A socket that takes nothing is written to all the same."""
    send = Stand.send

    def pushing(stand: Stand, follower: Follower) -> int:
        wire = follower.connection.wire
        ready, wire.ready = wire.ready, True
        sent = send(stand, follower)
        wire.ready = ready
        return sent

    return [patch.object(Stand, "send", pushing)]


def trust() -> list[Patch]:
    """Once admitted, always admitted."""
    return [
        patch.object(Rights, "versions", lambda *_: None),
        patch.object(Rights, "doubt", lambda *_: None),
        patch.object(Rights, "compare", lambda *_: None),
    ]


def put_anything() -> list[Patch]:
    """A board puts whatever comes, newer or not."""
    return [patch.object(truths, "newer", lambda *_: True)]


SABOTAGE: Final = {
    "I1": number_outside,
    "I3": change_unannounced,
    "I4": believe_bells,
    "I6": look_away,
    "I7": date_later,
    "I10": believe_positions,
    "I11": push,
    "I12": trust,
    "I13": put_anything,
    "I14": answer_early,
    "I15": ask_often,
    "I16": ring_early,
}
