"""What tests do to let a tablet in: it asks, somebody approves, it takes its token."""

from typing import Any

from sqlmodel import Session, select

from server.models import Device
from server.people import sessions
from server.people.actors import Actor
from server.people.passwords import hashed
from server.places import devices, pairing
from server.places.entry import DeviceForm
from server.recognition import Credential, standings
from tests.cast import Cast, account_of, address
from tests.hands import Do, Look

PIN = "271828"


def form(cast: Cast, code: str, **more: Any) -> DeviceForm:
    asked = {"code": code, "name": "Bar 2", "location": cast.bar, "profile": "board"}
    return DeviceForm.model_validate(asked | more)


def paired(do: Do, cast: Cast, by: Actor | None = None, **more: Any) -> str:
    """A paired tablet's token."""
    begun = do(pairing.begin, "Chrome on Android", "192.0.2.7")
    do(pairing.approve, form(cast, begun.code, **more), by=by or cast.ben)
    token = do(pairing.poll, begun.device_code).token
    assert token
    return token


def device(look: Look, token: str, kind: str = "device") -> Actor | None:
    """Whom a token stands for."""
    shown = Credential(kind, token)
    found = look(standings, [shown]).get(shown)
    return found.actor if found else None


def with_pin(do: Do, name: str = "Dan", pin: str = PIN) -> int:
    """Somebody of the cast chooses a PIN; their id."""

    def choose(session: Any) -> int:
        account = account_of(session, name)
        account.pin_hash = hashed(pin)
        session.add(account)
        return account.id or 0

    return do(choose)


def rest(do: Do, token: str) -> None:
    """The tablet says that it is there."""
    do(devices.beat, token)


def people_and_tablets(do: Do, cast: Cast) -> dict[str, str]:
    """Somebody at the bar, a device in the kitchen and a session of Ana's."""
    paired(do, cast, by=cast.ana, location=cast.kitchen)
    opened = do(sessions.sign_in, address("ana"), device="Phone")
    dan = cast.dan.key.partition(":")[2]
    return {"person": dan, "device": do(the_device), "session": str(opened.actor.sign_in)}


def the_device(session: Session) -> str:
    return str(session.exec(select(Device.id)).one())
