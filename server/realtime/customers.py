"""Customers' sockets: each follows one order, by whole cards and versions.

An event of the order's channel only says that there is something to read. Every card that a
customer is sent comes from the book together with the judgement of their link, so that a link that
was revoked, or is over, shows nothing more; one question serves all who wait.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Final

import orjson

from server.events import Audience, Publication
from server.realtime import frames
from server.realtime.book import Opened
from server.realtime.protocol import ORDER, Close, Subscribe

if TYPE_CHECKING:
    from server.realtime.channel import Channel
    from server.realtime.connection import Connection
    from server.realtime.hub import Hub

ASKED_AT_ONCE: Final = 100

log = logging.getLogger(__name__)


class Customer:
    """One socket that follows one order."""

    __slots__ = ("channel", "connection", "late", "name", "order", "until", "version")

    def __init__(self, connection: Connection, name: str) -> None:
        self.connection = connection
        self.name = name
        self.order = ""
        self.channel: Channel | None = None  # that tells of the order, once we know it
        self.version = 0  # of the card they have
        self.until: float | None = None
        self.late = False  # whether there was a card that the socket did not take

    @property
    def token(self) -> str:
        return self.name.removeprefix(ORDER)


class Customers:
    """All of them in one process."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.here: dict[Customer, None] = {}
        self.doubted: dict[Customer, None] = {}  # whose card may be old
        self.working = False

    def welcome(self, connection: Connection, asked: Subscribe) -> None:
        """Somebody wants to follow an order."""
        name = asked.subscribe
        if asked.audience is not Audience.BUYER:
            connection.close(Close.NOT_YOURS)
        elif len(connection.customers) >= self.hub.limits.orders_per_customer:
            connection.refuse(Close.TRY_LATER, "too_many_sockets")
        else:
            connection.unfollow(name)
            customer = connection.customers[name] = Customer(connection, name)
            self.hub.silent.pop(connection, None)
            self.here[customer] = None
            self.doubt([customer])

    def leave(self, customer: Customer) -> None:
        """They follow it no longer."""
        self.here.pop(customer, None)
        self.doubted.pop(customer, None)
        if customer.channel:
            customer.channel.let_go(customer)

    def heard(self, channel: Channel, publication: Publication) -> None:
        """Something happened to an order of this channel."""
        if publication.key == "order":
            self.doubt(channel.customers.get(orjson.loads(publication.thing)["id"], ()))

    def restart(self, channel: Channel) -> None:
        """Another numbering, perhaps another past: everybody's card is read anew."""
        for customers in channel.customers.values():
            for customer in customers:
                customer.version = 0
            self.doubt(customers)

    def doubt(self, customers: Iterable[Customer]) -> None:
        """Their cards may be old: ask for all of them together."""
        self.doubted |= dict.fromkeys(customers)
        if self.doubted and not self.working:
            self.working = True
            self.hub.spawn(self.work())

    async def work(self) -> None:
        while self.doubted:
            some = list(islice(self.doubted, ASKED_AT_ONCE))
            for customer in some:
                self.doubted.pop(customer)
            try:
                asking = self.hub.book.opened([customer.token for customer in some])
                found = await self.hub.patient(asking)
            except Exception:
                log.exception("Could not ask what %d customers' links open", len(some))
                self.doubted |= dict.fromkeys(c for c in some if c in self.here)
                await asyncio.sleep(self.hub.limits.look_seconds)
                continue
            for customer in some:
                if customer in self.here:
                    self.tell(customer, found.get(customer.token))
        self.working = False

    def tell(self, customer: Customer, opened: Opened | None) -> None:
        """Send the card if it is news; whoever's link opens nothing is sent away."""
        if opened is None:
            customer.connection.close(Close.NOT_YOURS)
            return
        customer.until = opened.until
        if not self.placed(customer, opened):
            return
        wire = customer.connection.wire
        news = opened.version > customer.version
        customer.late = news and not wire.ready
        if customer.late:
            self.hub.blocked[customer.connection] = None
        elif news:
            customer.version = opened.version
            wire.write(self.frame(customer, opened))

    def placed(self, customer: Customer, opened: Opened) -> bool:
        """Whether we heard of every change since the card was read; else it is read once more."""
        channel = self.hub.channels.get(opened.channel)
        if channel and customer.channel is channel and customer.order == opened.order:
            return channel.known
        if customer.channel:
            customer.channel.let_go(customer)
        channel = channel or self.hub.open(opened.channel)
        customer.order, customer.channel = opened.order, channel
        channel.customers.setdefault(opened.order, {})[customer] = None
        if channel.known:
            self.doubt([customer])
        else:
            self.hub.doubt()  # once the database has said where the channel stands, all are asked
        return False

    def frame(self, customer: Customer, opened: Opened) -> bytes:
        return frames.message(
            {
                "whole": customer.name,
                "order": orjson.Fragment(opened.card),
                "now": frames.now(),
                "build": self.hub.build,
            }
        )

    def beat(self) -> None:
        """Each second: links that are over by now are looked at again."""
        now = time.time()
        self.doubt([c for c in self.here if c.until is not None and c.until <= now])
