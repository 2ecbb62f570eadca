"""What the hub is handed by the application: the book to read, and who may see what of it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from server.events import Audience, Heads, Publication


class Snapshot(Protocol):
    """A channel's cards and counts with the position they stand at, read in one transaction."""

    @property
    def epoch(self) -> str: ...
    @property
    def offset(self) -> int: ...
    @property
    def orders(self) -> Sequence[bytes]: ...  # the staff's cards as JSON
    @property
    def counts(self) -> bytes: ...


class Opened(Protocol):
    """What a customer's link opens now."""

    @property
    def order(self) -> str: ...
    @property
    def channel(self) -> str: ...  # that tells of it
    @property
    def version(self) -> int: ...
    @property
    def card(self) -> bytes: ...  # as its customer may see it
    @property
    def until(self) -> float | None: ...  # when the link is over, in seconds since 1970


class Book(Protocol):
    """The truth, read outside the event loop's thread."""

    async def since(self, channel: str, offset: int, limit: int) -> Sequence[Publication]:
        """The events after an offset, in order."""

    async def heads(self, channels: Sequence[str]) -> Heads:
        """The heads of these channels in one query; a channel that does not exist is left out."""

    async def snapshot(self, channel: str) -> Snapshot:
        """The whole state of a channel."""

    async def opened(self, tokens: Sequence[str]) -> Mapping[str, Opened]:
        """What customers' links open now, in one query; those that open nothing are left out."""

    async def regressed(self, channel: str, seen: int, head: int) -> None:
        """The head is lower than one already seen: the channel needs another epoch."""


class Projection(Protocol):
    """What an audience may see of a thing that staff see whole."""

    def event(self, audience: Audience, publication: Publication) -> bytes | None:
        """The thing as JSON; None when this audience may not see it at all."""

    def card(self, audience: Audience, card: bytes) -> bytes:
        """A card of a snapshot as JSON."""


class Grant(Protocol):
    """Who is behind a socket and what they may watch, as of one access version."""

    @property
    def organization(self) -> int: ...
    @property
    def person(self) -> str: ...  # whose sockets are counted together
    @property
    def access_version(self) -> int: ...
    @property
    def expires_at(self) -> float | None: ...  # when the sign-in ends, in seconds since 1970
    def may_watch(self, channel: str, audience: Audience) -> bool: ...
    def rights(self, channel: str) -> Sequence[str]: ...


class Nobody:
    """Whoever shows nothing: they may only open the links that they have."""

    organization = 0
    person = ""
    access_version = 0
    expires_at: float | None = None

    def may_watch(self, channel: str, audience: Audience) -> bool:
        return False

    def rights(self, channel: str) -> Sequence[str]:
        return ()


NOBODY: Final = Nobody()


class Doorkeeper(Protocol):
    """Knows who is asking; a bearer token is believed before a cookie."""

    async def admit(self, scope: Mapping[str, Any]) -> Grant | None:
        """Who opens this socket, by the headers of its ASGI scope; None: what they show is void."""

    async def recheck(self, grant: Grant) -> Grant | None:
        """What they may see now that access has changed; None: they are signed out."""

    def used(self, grant: Grant) -> None:
        """An acknowledging socket counts as use of its sign-in."""


Clock = Callable[[], float]
