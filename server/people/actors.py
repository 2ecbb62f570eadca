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
    INTEGRATION = "integration"
    SYSTEM = "system"


class Right(StrEnum):
    """One thing that may be allowed; API keys carry the same words as scopes."""

    ORDERS_READ = "orders.read"
    ORDERS_PLACE = "orders.place"
    ORDERS_MOVE = "orders.move"
    ORDERS_EDIT = "orders.edit"
    ORDERS_CANCEL = "orders.cancel"
    LOCATIONS_READ = "locations.read"
    LOCATIONS_STATUS = "locations.status"
    OUTBOX_READ = "outbox.read"


EVERYTHING: Final = frozenset(Right)
WORK: Final = EVERYTHING - {Right.OUTBOX_READ}
RIGHTS: Final[dict[Role, frozenset[Right]]] = {
    Role.ADMIN: EVERYTHING,
    Role.MANAGER: EVERYTHING,
    Role.STAFF: WORK - {Right.LOCATIONS_STATUS},
    Role.INTEGRATION: EVERYTHING,  # a key's scopes narrow it
    Role.SYSTEM: EVERYTHING,
}
PEOPLE: Final = (Role.ADMIN, Role.MANAGER, Role.STAFF)


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who asks: a person, a machine with a key, or Heard itself."""

    role: Role
    organization: int
    name: str
    key: str  # account:3, key:5 — who it is, across sign-ins
    locations: frozenset[int] | None = None  # None: every location of the organization
    device: str | None = None
    scopes: frozenset[Right] = EVERYTHING
    sign_in: int | None = None
    csrf: str | None = field(default=None, repr=False)

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
