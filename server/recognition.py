"""Recognising people and machines by what they show, mostly from memory.

Whoever was looked up is remembered for two seconds, so that a busy board costs no query per
request, nor a storm of returning boards one per socket; ending a session forgets it at once here,
and everywhere within those two seconds. All who ask while the database answers somebody else share
the next question.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from sqlmodel import Session, col, select

from server.events import Audience
from server.models import Location, Organization
from server.people import keys, sessions, tablets
from server.people.actors import Actor, Right
from server.perform import Read

REMEMBERED_SECONDS: Final = 2.0
REMEMBERED: Final = 4096
KINDS: Final = ("cookie", "device", "bearer")


@dataclass(frozen=True, slots=True)
class Credential:
    """What a request proves itself with."""

    kind: str  # cookie, device, bearer
    token: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What a credential is worth, as of one access version; all sockets opened by it share it."""

    actor: Actor
    shown: Credential
    access_version: int
    expires_at: float | None  # when the sign-in is over whatever happens, in seconds since 1970
    channels: frozenset[str]  # of the locations they see, and their organization's own

    @property
    def organization(self) -> int:
        """Whose rights decide."""
        return self.actor.organization

    @property
    def person(self) -> str:
        """Whose sockets are counted together."""
        return self.actor.key

    def may_watch(self, channel: str, audience: Audience) -> bool:
        """Whether the channel is there, and theirs."""
        return channel in self.channels and tablets.may_hear(self.actor, audience)

    def rights(self, channel: str) -> Sequence[str]:
        """What they may do there, for screens to mask their buttons by."""
        return words(self.actor.rights)


class Recognition:
    """Turns credentials into actors, from memory where it can."""

    def __init__(self, read: Read) -> None:
        self.read = read
        self.known: OrderedDict[Credential, tuple[float, Standing | None]] = OrderedDict()
        self.asked: dict[Credential, None] = {}  # with the next question
        self.asking: asyncio.Task[Mapping[Credential, Standing]] | None = None
        self.turn = asyncio.Lock()
        self.in_use: set[int] = set()  # sign-ins, until that is written down

    async def __call__(self, shown: Credential) -> Actor | None:
        """Whose credential that is; None when nobody's, or no longer."""
        standing = await self.standing(shown)
        return standing.actor if standing else None

    async def standing(self, shown: Credential) -> Standing | None:
        """What a credential is worth, from memory where it can."""
        try:
            return self.recall(shown)
        except KeyError:
            return await self.ask(shown)

    def recall(self, shown: Credential) -> Standing | None:
        """What is remembered of a credential; raises KeyError if nothing is."""
        until, standing = self.known[shown]
        if time.monotonic() >= until:
            raise KeyError(shown)
        return standing

    async def ask(self, shown: Credential) -> Standing | None:
        """What it is worth now."""
        self.asked[shown] = None
        if self.asking is None:
            self.asking = asyncio.create_task(self.answer())
        return (await asyncio.shield(self.asking)).get(shown)

    async def answer(self) -> Mapping[Credential, Standing]:
        """One question for all who ask until it is put."""
        async with self.turn:
            asked, self.asked, self.asking = self.asked, {}, None
            return await self.ask_all(asked)

    async def ask_all(self, shown: Iterable[Credential]) -> Mapping[Credential, Standing]:
        """What these are worth now, by one question; whoever is nobody is left out."""
        until = time.monotonic() + REMEMBERED_SECONDS
        asked = list(shown)
        found = await self.read(standings, asked)
        for credential in asked:
            self.known[credential] = (until, found.get(credential))
            self.known.move_to_end(credential)
        while len(self.known) > REMEMBERED:
            self.known.popitem(last=False)
        return found

    def forget(self, shown: Credential | None = None) -> None:
        """Ask the database again next time; without a credential: about everybody."""
        if shown is None:
            self.known.clear()
        else:
            self.known.pop(shown, None)


def standings(session: Session, shown: Sequence[Credential]) -> dict[Credential, Standing]:
    """What credentials are worth now, read together with the access version they are worth it at.

    The number of queries does not depend on the number of credentials.
    """
    found = recognised(session, shown)
    versions = access_versions(session, {actor.organization for actor, _ in found.values()})
    places = locations(session, versions)
    channels: dict[tuple[int, frozenset[int] | None, bool], frozenset[str]] = {}
    answer = {}
    for credential, (actor, ends) in found.items():
        theirs = (actor.organization, actor.locations, Right.ORDERS_READ in actor.rights)
        if theirs not in channels:
            channels[theirs] = watchable(actor, places[actor.organization])
        version = versions[actor.organization]
        answer[credential] = Standing(actor, credential, version, ends, channels[theirs])
    return answer


def recognised(
    session: Session, shown: Sequence[Credential]
) -> dict[Credential, tuple[Actor, float | None]]:
    """Whose credentials these are, and until when."""
    told = {kind: [c.token for c in shown if c.kind == kind] for kind in KINDS}
    at_devices = [token for token in told["bearer"] if token.startswith(tablets.PREFIX)]
    machines = [token for token in told["bearer"] if not token.startswith(tablets.PREFIX)]
    cookies = sessions.resume_all(session, told["cookie"])
    bearers = keys.bearers(session, machines)
    placed = tablets.resume_all(session, told["device"], by_cookie=True)
    carried = tablets.resume_all(session, at_devices, by_cookie=False)
    return {
        **{Credential("bearer", token): (actor, None) for token, actor in bearers.items()},
        **{Credential("bearer", token): known for token, known in carried.items()},
        **{Credential("device", token): known for token, known in placed.items()},
        **{Credential("cookie", token): opened for token, opened in cookies.items()},
    }


def access_versions(session: Session, organizations: Iterable[int]) -> dict[int, int]:
    asked = col(Organization.id).in_(list(organizations))
    rows = session.exec(select(Organization.id, Organization.access_version).where(asked))
    return {organization or 0: version for organization, version in rows}


def locations(session: Session, organizations: Iterable[int]) -> dict[int, set[int]]:
    """The locations of each organization."""
    found: dict[int, set[int]] = {organization: set() for organization in organizations}
    asked = col(Location.organization_id).in_(list(found))
    for organization, location in session.exec(
        select(Location.organization_id, Location.id).where(asked)
    ):
        found[organization].add(location or 0)
    return found


def watchable(actor: Actor, places: set[int]) -> frozenset[str]:
    """The channels of the locations they see, and their organization's own."""
    names = {f"location:{place}" for place in places if actor.sees(place)}
    if Right.ORDERS_READ not in actor.rights:  # a display: nothing of the organization is for it
        return frozenset(names)
    return frozenset(names | {f"organization:{actor.organization}"})


@lru_cache(maxsize=64)
def words(rights: frozenset[Right]) -> tuple[str, ...]:
    return tuple(sorted(right.value for right in rights))
