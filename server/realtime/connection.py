"""One socket: what it says, what it follows, and how it ends. Nothing here waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.realtime import frames
from server.realtime.book import Grant
from server.realtime.customers import Customer
from server.realtime.follower import Follower
from server.realtime.protocol import (
    REASONS,
    BadMessage,
    Close,
    Ping,
    Seen,
    Subscribe,
    Unsubscribe,
    parse,
)
from server.realtime.wire import Wire

if TYPE_CHECKING:
    from server.realtime.hub import Hub


class Connection:
    """Plain callbacks for whatever carries the socket: `heard`, `flush`, `gone`."""

    __slots__ = (
        "allowance",
        "allowed_at",
        "asked",
        "closed",
        "customers",
        "followers",
        "grant",
        "hub",
        "seated",
        "spoke",
        "used_at",
        "wire",
    )

    def __init__(self, hub: Hub, grant: Grant, wire: Wire) -> None:
        self.hub = hub
        self.grant = grant
        self.wire = wire
        self.closed = False
        self.followers: dict[str, Follower] = {}
        self.customers: dict[str, Customer] = {}  # the orders that it follows as their customer
        self.seated: tuple[str, ...] = ()  # the channels whose heads this socket is told
        self.spoke: dict[Connection, None] = {}
        self.asked: int | None = None  # the number of a ping that waits for its pong
        self.allowance = float(hub.limits.message_burst)
        self.allowed_at = self.used_at = hub.clock()
        wire.resumed = self.flush

    # what the client says

    def heard(self, text: str | None) -> None:
        """A message came in; None stands for one that is not text."""
        if self.closed:
            return
        if not self.within_allowance():
            self.refuse(Close.TOO_MANY_MESSAGES, "too_many_messages")
            return
        try:
            self.obey(parse(self.bounded(text)))
        except BadMessage as bad:
            self.refuse(Close.BAD_MESSAGE, "bad_message", str(bad))

    def bounded(self, text: str | None) -> str:
        if text is None:
            raise BadMessage("Messages are text, not bytes")
        limit = self.hub.limits.message_bytes
        if len(text) > limit or len(text.encode(errors="replace")) > limit:
            raise BadMessage(f"A message has at most {limit} bytes")
        return text

    def within_allowance(self) -> bool:
        """So many a minute, a few at once."""
        limits, now = self.hub.limits, self.hub.clock()
        earned = (now - self.allowed_at) * limits.messages_per_minute / 60
        self.allowance = min(self.allowance + earned, limits.message_burst) - 1
        self.allowed_at = now
        return self.allowance >= 0

    def obey(self, message: Subscribe | Unsubscribe | Seen | Ping) -> None:
        match message:
            case Subscribe():
                self.hub.subscribe(self, message)
            case Unsubscribe(unsubscribe=name):
                self.unfollow(name)
            case Seen(seen=offsets):
                self.acknowledge(offsets)
            case Ping(ping=number):
                self.asked = number
                self.flush()

    def acknowledge(self, offsets: dict[str, int]) -> None:
        """The client has come so far; being there counts as use of its sign-in."""
        for name, offset in offsets.items():
            follower = self.followers.get(name)
            if follower and offset <= follower.cursor:
                follower.seen = max(follower.seen, offset)
        if self.hub.clock() - self.used_at >= self.hub.limits.used_seconds:
            self.used_at = self.hub.clock()
            self.hub.doorkeeper.used(self.grant)

    # what it follows

    def follow(self, follower: Follower) -> None:
        self.unfollow(follower.channel.name)
        self.followers[follower.channel.name] = follower
        self.hub.silent.pop(self, None)

    def unfollow(self, name: str) -> None:
        if customer := self.customers.pop(name, None):
            self.hub.customers.leave(customer)
        if follower := self.followers.pop(name, None):
            follower.channel.leave(follower)
            self.seated = tuple(seated for seated in self.seated if seated != name)
        if (customer or follower) and not (self.followers or self.customers):
            self.hub.silent[self] = self.hub.clock()

    def subscribed(self, name: str, epoch: str, offset: int) -> bytes:
        """What to say when the subscription stands; what was missed follows."""
        self.seated = (*self.seated, name)
        answer = {
            "subscribed": name,
            "epoch": epoch,
            "offset": offset,
            "now": frames.now(),
            "build": self.hub.build,
            "rights": list(self.grant.rights(name)),
        }
        return frames.message(answer)

    @property
    def behind(self) -> int:
        """How many events the socket has not taken, in the channel where it lags most."""
        return max(
            (f.channel.ring.head - f.cursor for f in self.followers.values() if f.seated), default=0
        )

    def flush(self) -> None:
        """Say all that is to be said, as far as the socket takes it; a pong comes after that.

        So a pong proves that nothing older than its ping is still under way: the lamp lives on it.
        """
        for follower in list(self.followers.values()):
            if follower.seated and not self.closed:
                follower.channel.resume(follower)
        if late := [c for c in self.customers.values() if c.late]:
            self.hub.customers.doubt(late)
        if self.asked is not None and not self.behind and not self.closed:
            asked, self.asked = self.asked, None
            self.wire.write(frames.message({"pong": asked}))

    # how it ends

    def refuse(self, code: Close, reason: str, message: str | None = None) -> None:
        """Say what is wrong, then close."""
        complaint = {"code": reason, "message": message or REASONS[code]}
        self.wire.write(frames.message({"error": complaint}))
        self.close(code)

    def close(self, code: Close) -> None:
        if not self.closed:
            self.wire.close(code, REASONS[code])
            self.gone()

    def gone(self) -> None:
        """Nothing more can be said to this socket, by us or by the client."""
        if not self.closed:
            self.closed = True
            for name in [*self.followers, *self.customers]:
                self.unfollow(name)
            self.hub.leave(self)
