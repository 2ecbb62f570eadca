"""Who is at a shared tablet now: chosen from those who work there, proved by a PIN."""

from typing import Any, Final

from sqlmodel import Session, col, or_, select

from server.errors import Invalid
from server.models import Account, AccountLocation, Device
from server.people import limits, sessions
from server.people.actors import Actor, Role
from server.people.limits import Gate
from server.people.sessions import Opened
from server.people.tablets import WORKED_AT
from server.places import devices

WRONG: Final = "That is not the PIN of this person."


def people(session: Session, *, by: Actor) -> list[dict[str, Any]]:
    """Who may sign in at this device: those of the place who have a PIN."""
    device = devices.taken(session, by)
    if device.profile not in WORKED_AT:  # a display has no need of anybody's name
        return []
    rows = session.exec(able(device).order_by(col(Account.name), col(Account.id)))
    return [{"id": account.id, "name": account.name} for account in rows]


def able(device: Device) -> Any:
    """The people of a device's place who have a PIN."""
    here = select(AccountLocation.account_id).where(
        AccountLocation.location_id == device.location_id
    )
    return select(Account).where(
        Account.organization_id == device.organization_id,
        or_(col(Account.role) == Role.ADMIN.value, col(Account.id).in_(here)),
        col(Account.pin_hash).is_not(None),
        col(Account.disabled_at).is_(None),
        col(Account.one_time_until).is_(None),
    )


def knock(session: Session, person_id: int, *, by: Actor) -> tuple[int, list[int], str | None]:
    """Count a try: how long it has to wait, its marks, and the hash to check the PIN against."""
    device = devices.taken(session, by)
    wait, marks = limits.admit(session, [gate(device, person_id)])
    account = session.exec(able(device).where(Account.id == person_id)).first()
    usable = account if device.profile in WORKED_AT else None
    return wait, marks, usable.pin_hash if usable else None


def gate(device: Device, person_id: int) -> Gate:
    """Five tries; the password still opens, and other tablets have tries of their own."""
    return Gate(f"pin:{device.id}:{person_id}", 5)


def sign_in(session: Session, person_id: int, checked: str | None, *, by: Actor) -> Opened:
    """Open a session at the device for somebody whose PIN has just been checked."""
    device = devices.taken(session, by)
    account = session.exec(able(device).where(Account.id == person_id).with_for_update()).first()
    if account is None or checked is None or account.pin_hash != checked:
        raise Invalid(WRONG, field="pin")
    limits.forgive(session, (), gate(device, person_id).key)
    return sessions.opened(
        session, account, device=device.name, proved_at=None, device_id=device.id
    )
