"""People: who may come in, as what and where; and what has been changed about all of it."""

import re
import secrets
from dataclasses import asdict
from typing import Annotated, Any, Final

from pydantic import Field
from starlette.requests import Request

from server.answers import Answer, encoded
from server.errors import NotFound
from server.orders.forms import Form, Text
from server.people import changelog
from server.people.actors import Actor, Right
from server.perform import Command
from server.places import people
from server.places.entry import InviteForm, PersonForm
from server.places.people import OneTime
from server.routes.api import people_shapes as shapes
from server.routes.api.answering import linked
from server.routes.api.conditions import claim, matched
from server.routes.api.operations import Nothing, Operation
from server.routes.api.queries import PAGE, Limit
from server.routes.secrets import hashed, office
from server.state import State

ID: Final = re.compile(r"[1-9][0-9]{0,8}")
LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP = 4, 5  # 99 bits


class PageQuery(Form):
    """How much of a list is answered."""

    limit: Limit = Field(default=PAGE, description="How many at most.")
    cursor: Annotated[Text, Field(max_length=200)] | None = Field(
        default=None, description="The `next` of the page before."
    )


async def team(request: Request[State], by: Actor, asked: PageQuery) -> Answer:
    """List the people of the organization, in the order in which they came."""
    read = request.state["read"]
    found = await read(people.listed, by=by, cursor=asked.cursor, limit=asked.limit)
    return linked(asdict(found), request)


async def person(request: Request[State], by: Actor, _: Nothing) -> Answer:
    """Show one of them."""
    return shown(await request.state["read"](people.person, ident(request, "person"), by=by))


async def invite(request: Request[State], by: Actor, asked: InviteForm) -> Answer:
    """Invite somebody: they are mailed a one-time password, good for seven days."""
    key, way_in = await claim(request, by), await one_time()
    perform = request.state["perform"]
    return await perform.once(key, made, people.invite, asked, way_in, office(request), by=by)


async def invite_again(request: Request[State], by: Actor, _: Nothing) -> Answer:
    """Mail somebody a new one-time password; the one before is worth nothing at once."""
    key, way_in = await claim(request, by), await one_time()
    perform, whom = request.state["perform"], ident(request, "person")
    answer = await perform.once(
        key,
        shown,
        people.invite_again,
        whom,
        way_in,
        office(request),
        by=by,
        match=matched(request),
    )
    request.state["recognise"].forget()
    return answer


async def change_person(request: Request[State], by: Actor, asked: PersonForm) -> Answer:
    """Correct somebody's name, or give them another role or other places."""
    key, match = await claim(request, by), matched(request)
    perform, whom = request.state["perform"], ident(request, "person")
    answer = await perform.once(key, shown, people.change, whom, asked, by=by, match=match)
    request.state["recognise"].forget()
    return answer


async def disable(request: Request[State], by: Actor, _: Nothing) -> Answer:
    """Shut somebody out: their sessions and open boards end within five seconds."""
    answer = await done(request, by, people.disable)
    request.state["recognise"].forget()
    return answer


async def enable(request: Request[State], by: Actor, _: Nothing) -> Answer:
    """Let somebody in again who was shut out."""
    return await done(request, by, people.enable)


async def clear_pin(request: Request[State], by: Actor, _: Nothing) -> Answer:
    """Take somebody's PIN away; they set another one themselves."""
    return await done(request, by, people.clear_pin)


async def changes(request: Request[State], by: Actor, asked: PageQuery) -> Answer:
    """List what was changed about people, devices and settings, the newest first."""
    read = request.state["read"]
    found = await read(changelog.listed, by=by, cursor=asked.cursor, limit=asked.limit)
    return linked(asdict(found), request)


async def done(request: Request[State], by: Actor, command: Command[..., dict[str, Any]]) -> Answer:
    """Do something about the person in the address."""
    key, match = await claim(request, by), matched(request)
    perform, whom = request.state["perform"], ident(request, "person")
    return await perform.once(key, shown, command, whom, by=by, match=match)


async def one_time() -> OneTime:
    """A new one-time password, in groups that can be read out."""
    groups = ("".join(secrets.choice(LETTERS) for _ in range(GROUP)) for _ in range(GROUPS))
    password = "-".join(groups)
    return OneTime(password, await hashed(password))


def shown(found: dict[str, Any]) -> Answer:
    """A person or device as it is now."""
    return encoded(found, etag=str(found["version"]))


def made(found: dict[str, Any]) -> Answer:
    """A person or device that is new."""
    return encoded(found, 201, etag=str(found["version"]))


def ident(request: Request[State], kind: str) -> int:
    """The person or device in the address."""
    named: str = request.path_params[kind]
    if not ID.fullmatch(named):
        raise NotFound(f"There is no such {kind}.")
    return int(named)


def line(method: str, path: str, handler: Any, form: Any, **more: Any) -> Operation[Any]:
    """A line of the table that is about one person."""
    return Operation(method, path, handler, Right.PEOPLE_WRITE, form, shapes.Person, **more)


operations: list[Operation[Any]] = [
    Operation("GET", "/people", team, Right.PEOPLE_WRITE, PageQuery, shapes.People),
    line("POST", "/people", invite, InviteForm, creates=True),
    line("GET", "/people/{person}", person, Nothing),
    line("PATCH", "/people/{person}", change_person, PersonForm, guarded=True),
    line("POST", "/people/{person}/invite", invite_again, Nothing, guarded=True),
    line("POST", "/people/{person}/disable", disable, Nothing, guarded=True),
    line("POST", "/people/{person}/enable", enable, Nothing, guarded=True),
    line("POST", "/people/{person}/clear_pin", clear_pin, Nothing, guarded=True),
    Operation("GET", "/changes", changes, Right.SETTINGS_WRITE, PageQuery, shapes.ChangeLog),
]
