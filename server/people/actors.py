"""Who stands behind a command, and what a role may do."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from server.errors import Forbidden, NotFound


class Role(StrEnum):
    """What somebody is here; roles map to rights below."""

    ADMIN = "admin"
    MANAGER = "manager"
    STAFF = "staff"
    DEVICE = "device"
    INTEGRATION = "integration"
    SYSTEM = "system"


class Right(StrEnum):
    """One thing that may be allowed; API keys carry the same words as scopes."""

    ORDERS_READ = "orders.read"
    ORDERS_PLACE = "orders.place"
    ORDERS_MOVE = "orders.move"
    ORDERS_EDIT = "orders.edit"
    ORDERS_CANCEL = "orders.cancel"
    ORDERS_EXPORT = "orders.export"
    ISSUES_WRITE = "issues.write"
    LOCATIONS_READ = "locations.read"
    LOCATIONS_STATUS = "locations.status"
    SETTINGS_WRITE = "settings.write"
    DEVICES_WRITE = "devices.write"
    PEOPLE_WRITE = "people.write"
    OUTBOX_READ = "outbox.read"


EVERYTHING: Final = frozenset(Right)
PERSONAL: Final = frozenset({Right.PEOPLE_WRITE, Right.DEVICES_WRITE})
"""What takes a person who has signed in: no key lets people or tablets in."""

RIGHTS: Final[dict[Role, frozenset[Right]]] = {
    Role.ADMIN: EVERYTHING,
    Role.MANAGER: EVERYTHING - {Right.PEOPLE_WRITE},
    Role.STAFF: frozenset(
        {
            Right.ORDERS_READ,
            Right.ORDERS_PLACE,
            Right.ORDERS_MOVE,
            Right.ORDERS_EDIT,
            Right.ORDERS_CANCEL,
            Right.ISSUES_WRITE,
            Right.LOCATIONS_READ,
        }
    ),
    Role.DEVICE: frozenset({Right.ORDERS_READ, Right.LOCATIONS_READ}),
    Role.INTEGRATION: EVERYTHING - PERSONAL,  # a key's scopes narrow it
    Role.SYSTEM: EVERYTHING,
}
PEOPLE: Final = (Role.ADMIN, Role.MANAGER, Role.STAFF)


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who asks: a person, a paired device, a machine with a key, or Heard itself."""

    role: Role
    organization: int
    name: str
    key: str  # account:3, key:5, device:2 — who it is, across sign-ins
    locations: frozenset[int] | None = None  # None: every location of the organization
    device: str | None = None
    scopes: frozenset[Right] = EVERYTHING
    sign_in: int | None = None
    csrf: str | None = field(default=None, repr=False)
    device_id: int | None = None  # the paired device they are at, or are themselves
    profile: str | None = None  # of a device that asks by itself
    one_time: bool = False  # they have only a one-time password, which is to be replaced first

    @property
    def rights(self) -> frozenset[Right]:
        """What this actor may do, where they may do anything."""
        return RIGHTS[self.role] & self.scopes

    def sees(self, location_id: int) -> bool:
        """Whether that location, if it is the organization's own, exists for this actor."""
        return self.locations is None or location_id in self.locations

    def require(self, right: Right) -> None:
        """Refuse unless the actor has the right; the sentence names who has."""
        if right in self.rights:
            return
        if self.role is Role.INTEGRATION and right in PERSONAL:
            raise Forbidden(f"This takes a person who has signed in: no API key has {right}.")
        if self.role is Role.INTEGRATION:
            raise Forbidden(f"This API key lacks the scope {right}.")
        raise Forbidden(f"{self.name} may not do this. {able(right)} can.")

    def require_location(self, organization_id: int, location_id: int) -> None:
        """Refuse as if the place did not exist, unless it is this actor's to see."""
        if organization_id != self.organization or not self.sees(location_id):
            raise NotFound("There is no such location.")


def able(right: Right) -> str:
    """The roles that have a right, in words: "An admin or manager"."""
    return "A person with the role " + " or ".join(r for r in PEOPLE if right in RIGHTS[r])


def system(organization_id: int) -> Actor:
    """Heard itself, acting inside one organization."""
    return Actor(Role.SYSTEM, organization_id, "Heard", "system")
