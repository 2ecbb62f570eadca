"""The live protocol `heard.v1`: what a client may say, what it is told, and why it is closed."""

from enum import IntEnum
from typing import Annotated, Any, Final, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    TypeAdapter,
    ValidationError,
)

from server.events import Audience

SUBPROTOCOL: Final = "heard.v1"

ChannelName = Annotated[str, Field(pattern=r"^[a-z]{1,20}:[A-Za-z0-9_.-]{1,80}$")]
Offset = Annotated[int, Field(ge=0, lt=2**53)]  # the whole numbers a browser can hold
Thing = dict[str, Any]


SEES_BY: Final = frozenset({Audience.STAFF, Audience.DISPLAY})
ORDER: Final = "order:"  # and the token of a customer's link
SEES_COUNTS: Final = frozenset({Audience.STAFF})


class Close(IntEnum):
    """Why a socket is closed: 4000-4499 (and 1xxx) come back, 4500-4999 do not."""

    RESTARTING = 1012
    TRY_LATER = 1013
    BROKEN = 1011
    TOO_SLOW = 4001
    MOVING = 4002
    TOO_MANY_MESSAGES = 4003
    SIGNED_OUT = 4500
    NOT_YOURS = 4501
    BAD_MESSAGE = 4502
    RELOAD = 4503


REASONS: Final[dict[Close, str]] = {
    Close.RESTARTING: "The server restarts; come back in a moment",
    Close.TRY_LATER: "Too many open boards; try again later",
    Close.BROKEN: "Something broke here; come back in a moment",
    Close.TOO_SLOW: "Too slow to keep up; come back with your position",
    Close.MOVING: "This process stops; come back in a moment",
    Close.TOO_MANY_MESSAGES: "Too many messages; come back more quietly",
    Close.SIGNED_OUT: "Sign in first",
    Close.NOT_YOURS: "Not there, or not yours to see",
    Close.BAD_MESSAGE: "That is not a message of heard.v1",
    Close.RELOAD: "There is a newer version of this page; reload it",
}


class Message(BaseModel):
    """Anything said over the socket: a JSON object of exactly these fields."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Subscribe(Message):
    """Follow a channel: from a position (`since` and `epoch`), or with a snapshot first."""

    subscribe: ChannelName
    audience: Annotated[Audience, Field(strict=False)] = Audience.STAFF
    since: Offset | None = None
    epoch: Annotated[str, Field(max_length=200)] | None = None
    build: Annotated[str, Field(max_length=200)] | None = None


class Unsubscribe(Message):
    """Follow a channel no longer."""

    unsubscribe: ChannelName


class Seen(Message):
    """How far the client has come in each channel."""

    seen: Annotated[dict[ChannelName, Offset], Field(max_length=100)]


class Ping(Message):
    """Asks for a `pong` with the same number."""

    ping: Annotated[int, Field(gt=-(2**53), lt=2**53)]


class Subscribed(Message):
    """The subscription stands; the events missed since, or a snapshot, follow."""

    subscribed: ChannelName
    epoch: str
    offset: Offset
    now: str
    build: str
    rights: list[str]


class SnapshotPart(Message):
    """One part of the whole state at `offset`; it replaces whatever the client had."""

    snapshot: ChannelName
    epoch: str
    offset: Offset
    part: Annotated[int, Field(ge=1)]
    of: Annotated[int, Field(ge=1)]
    orders: list[Thing]
    counts: dict[str, int] | None = None


class By(Message):
    """Who did it, and at which device."""

    name: str
    device: str | None


class Event(Message):
    """One entry of the book: exactly one whole thing with its version."""

    event: str
    channel: ChannelName
    offset: Offset
    at: str
    by: By | None = None
    order: Thing | None = None
    location: Thing | None = None
    person: Thing | None = None
    device: Thing | None = None
    settings: Thing | None = None
    counts: dict[str, int] | None = None


class Skip(Message):
    """Offsets that this audience may not see, so that the numbers stay checkable."""

    model_config = ConfigDict(
        serialize_by_alias=True, validate_by_name=True, validate_by_alias=True
    )

    skip: ChannelName
    from_: Annotated[Offset, Field(alias="from")]
    to: Offset


class Whole(Message):
    """A customer's order as it is now; of two, the one with the higher version counts."""

    whole: ChannelName
    order: Thing
    now: str
    build: str


class Heads(Message):
    """The heads as of the last successful look at the database, and how long ago that was."""

    head: dict[ChannelName, Offset]
    db_age_ms: Annotated[int, Field(ge=0)]
    now: str


class Pong(Message):
    """The answer to a ping."""

    pong: int


class Complaint(Message):
    """What is wrong, for the log of whoever writes a client."""

    code: Literal["bad_message", "too_many_messages", "too_many_sockets", "not_yours", "reload"]
    message: str


class Error(Message):
    """Something was refused; the socket is closed right after."""

    error: Complaint


ServerMessage = Subscribed | SnapshotPart | Event | Skip | Whole | Heads | Pong | Error
ClientMessage = Subscribe | Unsubscribe | Seen | Ping

VERBS: Final = ("subscribe", "unsubscribe", "seen", "ping")


def verb(value: Any) -> str | None:
    """The one of our verbs that a message carries."""
    return (
        next((verb for verb in VERBS if verb in value), None) if isinstance(value, dict) else None
    )


client_message: TypeAdapter[ClientMessage] = TypeAdapter(
    Annotated[
        Annotated[Subscribe, Tag("subscribe")]
        | Annotated[Unsubscribe, Tag("unsubscribe")]
        | Annotated[Seen, Tag("seen")]
        | Annotated[Ping, Tag("ping")],
        Discriminator(verb),
    ]
)


class BadMessage(Exception):
    """What a client said is no message of ours; the text says why."""


def parse(text: str) -> ClientMessage:
    """What a client said."""
    try:
        return client_message.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise BadMessage(words(first["type"], first["loc"], first["msg"])) from None


def words(kind: str, place: tuple[int | str, ...], complaint: str) -> str:
    """The first thing wrong with a message, in a sentence."""
    if kind == "union_tag_not_found":
        return f"A message is an object with one of: {', '.join(VERBS)}"
    field = ".".join(str(step) for step in place[1:])
    return f"{field}: {complaint}" if field else complaint
