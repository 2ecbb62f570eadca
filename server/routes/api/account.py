"""One's own account: the password, the PIN, and where one is signed in."""

from typing import Any, Final

from sqlmodel import Session
from starlette.requests import Request

from server.answers import Answer, encoded
from server.people import limits, own
from server.people.actors import Actor, Right
from server.people.limits import Gate, too_many
from server.people.passwords import check_new
from server.places.entry import PasswordForm, PinForm, ProofForm
from server.routes.api import people_shapes as shapes
from server.routes.api.conditions import claim
from server.routes.api.operations import Nothing, Operation
from server.routes.api.people import ident
from server.routes.secrets import hashed, matching
from server.state import State

EVERYBODY: Final = Right.LOCATIONS_READ


async def prove(request: Request[State], by: Actor, asked: ProofForm) -> Answer:
    """Give one's password once more: what needs a recent one may then be done for an hour."""
    right = await theirs(request, by, asked.password)
    key, perform = await claim(request, by), request.state["perform"]
    return await perform.once(key, done, own.prove, right, by=by)


async def change_password(request: Request[State], by: Actor, asked: PasswordForm) -> Answer:
    """Choose another password; everywhere else one is signed out."""
    right = await theirs(request, by, asked.current)
    key, chosen = await claim(request, by), await hashed(check_new(asked.new))
    answer = await request.state["perform"].once(
        key, done, own.change_password, right, chosen, by=by
    )
    request.state["recognise"].forget()
    return answer


async def set_pin(request: Request[State], by: Actor, asked: PinForm) -> Answer:
    """Choose the PIN by which one signs in at paired devices, or have none."""
    kept = await hashed(asked.pin) if asked.pin else None
    key, perform = await claim(request, by), request.state["perform"]
    return await perform.once(key, done, own.set_pin, kept, by=by)


async def sessions(request: Request[State], by: Actor, _: Nothing) -> Answer:
    """List where one is signed in."""
    return encoded({"sessions": await request.state["read"](own.sessions_of, by=by)})


async def end_session(request: Request[State], by: Actor, _: Nothing) -> Answer:
    """Sign out somewhere else."""
    which, key = ident(request, "session"), await claim(request, by)
    answer = await request.state["perform"].once(key, done, own.end_session, which, by=by)
    request.state["recognise"].forget()
    return answer


async def end_others(request: Request[State], by: Actor, _: Nothing) -> Answer:
    """Sign out everywhere else."""
    key = await claim(request, by)
    answer = await request.state["perform"].once(key, done, own.end_others, by=by)
    request.state["recognise"].forget()
    return answer


async def theirs(request: Request[State], by: Actor, given: str) -> bool:
    """Whether that is their password; guesses are counted."""
    kept = await request.state["read"](own.password_hash, by=by)
    perform = request.state["perform"]
    seconds, marks = await perform(guess, by)
    if seconds:
        raise too_many(seconds)
    right = await matching(kept, given)
    if right:
        await perform(limits.forgive, marks)
    return right


def guess(session: Session, by: Actor) -> tuple[int, list[int]]:
    """Count a try at one's own password."""
    return limits.admit(session, [Gate(f"proof:{by.key}:{by.sign_in}", 5)])


def done(_: object) -> Answer:
    """It is done."""
    return encoded({"done": True})


operations: list[Operation[Any]] = [
    Operation("POST", "/account/proof", prove, EVERYBODY, ProofForm, shapes.Done, limited=True),
    Operation(
        "POST",
        "/account/password",
        change_password,
        EVERYBODY,
        PasswordForm,
        shapes.Done,
        limited=True,
    ),
    Operation("PUT", "/account/pin", set_pin, EVERYBODY, PinForm, shapes.Done),
    Operation("GET", "/account/sessions", sessions, EVERYBODY, Nothing, shapes.Sessions),
    Operation("POST", "/account/sessions/end", end_others, EVERYBODY, Nothing, shapes.Done),
    Operation(
        "POST", "/account/sessions/{session}/end", end_session, EVERYBODY, Nothing, shapes.Done
    ),
]
