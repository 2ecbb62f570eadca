"""What is handed in to let people and devices in, and what is wrong with it."""

from typing import Annotated, Final, Literal

from pydantic import Field

from server.orders.forms import Email, Form, Name, Text, Whole

PLACES: Final = 200
PASSWORD: Final = Field(min_length=1, max_length=1025)

PlaceId = Annotated[Whole, Field(ge=1, le=2**31 - 1)]
PlaceIds = Annotated[list[PlaceId], Field(max_length=PLACES)]
RoleName = Literal["admin", "manager", "staff"]
Profile = Literal["board", "kitchen", "merch", "pickup", "register"]
Secret = Annotated[str, PASSWORD]
Code = Annotated[Text, Field(max_length=40, description="As the device shows it.")]
Pin = Annotated[str, Field(pattern=r"^[0-9]{4,6}$", description="Four to six digits.")]


class InviteForm(Form):
    """Whom to let in, as what, and where."""

    email: Email
    role: RoleName
    name: Name | None = Field(default=None, description="Else what stands before the @.")
    locations: PlaceIds = Field(
        default=[], description="Where they work; an admin works everywhere."
    )


class PersonForm(Form):
    """What is to be different about a person; what is left out stays."""

    name: Name | None = None
    role: RoleName | None = None
    locations: PlaceIds | None = None


class CodeForm(Form):
    """The code that a device shows."""

    code: Code


class DeviceForm(CodeForm):
    """A device to let in: where it stands, and what it is for."""

    name: Name
    location: PlaceId
    profile: Profile


class DeviceChangeForm(Form):
    """What is to be different about a device; what is left out stays."""

    name: Name | None = None
    location: PlaceId | None = None
    profile: Profile | None = None


class PinSignInForm(Form):
    """Who is at the device now."""

    person: PlaceId
    pin: Pin


class ProofForm(Form):
    """One's own password, once more."""

    password: Secret


class PasswordForm(Form):
    """A new password of one's own."""

    current: Secret
    new: Secret


class PinForm(Form):
    """The PIN by which one signs in at paired devices; null: none."""

    pin: Pin | None
