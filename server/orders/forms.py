"""What a caller hands in, and what is wrong with it: every limit stands here, beside its field."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.config import JsonDict

from server.money import LIMIT
from server.orders.reasons import IssueOutcome, IssueType, Priority
from server.orders.stages import Flow, Source

CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
PRINTED: Final = r"^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]*$"  # the same, for callers
NOT_EMPTY: Final[JsonDict] = {"minLength": 1}
DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)
PRICE_LIMIT: Final = 10**9  # minor units, one item
LINES_LIMIT: Final = 200
MODIFIERS_LIMIT: Final = 50


def clean(text: str) -> str:
    """Text without space around it; characters that no keyboard types are refused."""
    if CONTROL.search(text):
        raise ValueError("contains control characters")
    return text.strip()


def filled(text: str) -> str:
    """Text that says something."""
    if not text:
        raise ValueError("is empty")
    return text


def some(text: str) -> str:
    """Text that says something, on one line."""
    if "\n" in text or "\t" in text:
        raise ValueError("is more than one line")
    return filled(text)


def reachable(address: str) -> str:
    """An e-mail address in its usual form."""
    try:
        found = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValueError(f"is not an e-mail address: {error}") from error
    return found.normalized


def spelled(at: object) -> object:
    """A time as RFC 3339 writes it; pydantic would take seconds since 1970, too."""
    if not isinstance(at, str):
        return at if isinstance(at, datetime) else None
    try:
        return datetime.fromisoformat(at) if DATE.match(at) else None
    except ValueError:
        return None


def sensible(at: datetime) -> datetime:
    """A time that a living person can mean."""
    if not EARLIEST <= at <= LATEST:
        raise ValueError("is not between the years 2000 and 2100")
    return at.astimezone(UTC)


Text = Annotated[str, Field(json_schema_extra={"pattern": PRINTED}), AfterValidator(clean)]
Name = Annotated[Text, Field(max_length=120, json_schema_extra=NOT_EMPTY), AfterValidator(some)]
Word = Annotated[Text, Field(max_length=80, json_schema_extra=NOT_EMPTY), AfterValidator(some)]
Scan = Annotated[Text, Field(max_length=500, json_schema_extra=NOT_EMPTY), AfterValidator(some)]
Note = Annotated[Text, Field(max_length=500)]
Email = Annotated[
    Text,
    Field(max_length=254, json_schema_extra={"format": "email"}),
    AfterValidator(reachable),
]
Phone = Annotated[Text, Field(max_length=32)]
Moment = Annotated[AwareDatetime, BeforeValidator(spelled), AfterValidator(sensible)]
Whole = Annotated[int, Field(strict=True)]  # not "12", not true
Version = Annotated[Whole, Field(ge=0, le=2**31 - 1)]
Minutes = Annotated[Whole, Field(ge=0, le=7 * 24 * 60)]
LineNumbers = Annotated[
    list[Annotated[Whole, Field(ge=1, le=LINES_LIMIT)]], Field(max_length=LINES_LIMIT)
]


class Form(BaseModel):
    """A part of a request; a member nobody knows is refused, so that nothing is lost unseen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Amount(Form):
    """Money with its currency spelled out: minor units."""

    amount: Whole = Field(ge=0, le=LIMIT)
    currency: str = Field(pattern="^[A-Z]{3}$")


class Price(Amount):
    """What one item costs."""

    amount: Whole = Field(ge=0, le=PRICE_LIMIT)


class Difference(Amount):
    """What a modifier makes of the price: more, or less."""

    amount: Whole = Field(ge=-PRICE_LIMIT, le=PRICE_LIMIT)


Sum = Annotated[Whole, Field(ge=0, le=LIMIT)] | Amount


class CustomerForm(Form):
    """Who ordered."""

    name: Name | None = None
    email: Email | None = None
    phone: Phone | None = Field(default=None, description="Any usual spelling; kept as E.164.")


class ModifierForm(Form):
    """“No onions”, “extra cheese”; its price is already in the line's unit price."""

    name: Name
    quantity: Whole = Field(default=1, ge=1, le=999)
    price: Annotated[Whole, Field(ge=-PRICE_LIMIT, le=PRICE_LIMIT)] | Difference = 0


class LineForm(Form):
    """One SKU × quantity."""

    sku: Word | None = None
    name: Name
    quantity: Whole = Field(ge=1, le=9999)
    unit_price: Annotated[Whole, Field(ge=0, le=PRICE_LIMIT)] | Price = Field(
        description="Minor units for one, modifiers included."
    )
    modifiers: list[ModifierForm] = Field(default_factory=list, max_length=MODIFIERS_LIMIT)
    note: Note | None = None


class TotalsForm(Form):
    """The sums that the lines do not tell. `total`, where given, has to add up."""

    discount: Sum = 0
    service_fee: Sum = 0
    tax: Sum = 0
    tip: Sum = 0
    total: Sum | None = None


class PaymentForm(Form):
    """How the customer pays, and whether they have."""

    method: Word
    state: Literal["pending", "done", "failed"] = "pending"
    deadline: Moment | None = None


class OrderForm(Form):
    """An order to be placed."""

    location: Whole = Field(ge=1, le=2**31 - 1)
    flow: Flow | None = Field(
        default=None, description="The location's own flow where none is named."
    )
    source: Source = Source.API
    external_id: Word | None = Field(
        default=None, description="The shop's number; the same one is the same order."
    )
    customer: CustomerForm = CustomerForm()
    destination: Annotated[Text, Field(max_length=300)] | None = None
    instructions: Note | None = None
    lines: list[LineForm] = Field(min_length=1, max_length=LINES_LIMIT)
    totals: TotalsForm = TotalsForm()
    payment: PaymentForm | None = None
    due_at: Moment | None = None


class ChangeForm(Form):
    """What may be corrected on an order; what is not named stays."""

    customer: CustomerForm | None = None
    destination: Annotated[Text, Field(max_length=300)] | None = None
    instructions: Note | None = None
    due_at: Moment | None = None
    promised_at: Moment | None = None
    prep_minutes: Minutes | None = Field(
        default=None, description="Promise: this many minutes from now."
    )

    def given(self) -> dict[str, Any]:
        """Only what the caller named."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class SeenForm(Form):
    """What a tap that waited offline knows: the version on the screen, and when it was tapped."""

    seen: Version | None = Field(default=None, description="The version on the screen.")
    tapped_at: Moment | None = None


class NoteForm(SeenForm):
    """Words of the staff's own about an order."""

    text: Annotated[Note, Field(json_schema_extra=NOT_EMPTY), AfterValidator(filled)]


class UndoForm(Form):
    """Which version of the order the last move made."""

    seen: Version | None = Field(default=None, description="The version on the screen.")


class SurfaceForm(Form):
    """Which version of a scheduled order is taken up."""

    seen: Version | None = Field(default=None, description="The version on the screen.")


class MoveForm(SeenForm):
    """What a move may need to be told."""

    reason: Word | None = None
    message: Note | None = Field(default=None, description="Words for the customer.")
    prep_minutes: Minutes | None = None
    courier: Word | None = None
    tracking: Word | None = None
    after: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x20-\x7e]+$")] | None = (
        Field(
            default=None,
            description="The Idempotency-Key of your tap that this one was built on: if that was "
            "refused, this is refused with `dependency-failed`.",
        )
    )


class AdvanceForm(MoveForm):
    """A move to a named stage."""

    to: Word


class FlagForm(SeenForm):
    """A problem with an order."""

    type: IssueType
    priority: Priority = Priority.MEDIUM
    text: Note = ""
    lines: LineNumbers = Field(
        default_factory=list, description="The lines concerned; none: the whole order."
    )


class IssueForm(SeenForm):
    """What is known better of an issue by now; what is not named stays."""

    type: IssueType | None = None
    priority: Priority | None = None
    text: Note | None = None
    lines: LineNumbers | None = None


class ResolveForm(SeenForm):
    """How an issue was settled."""

    outcome: IssueOutcome
    note: Annotated[Note, Field(json_schema_extra=NOT_EMPTY), AfterValidator(filled)]


class StatusForm(Form):
    """How busy a place is. Busy and paused end by themselves."""

    state: Literal["open", "busy", "paused"]
    reason: Annotated[Text, Field(max_length=200)] | None = None
    until: Moment | None = None
    minutes: Annotated[Whole, Field(ge=1, le=7 * 24 * 60)] | None = Field(
        default=None, description="How long, instead of `until`."
    )


class ScanForm(Form):
    """What a scanner read or somebody typed, and where."""

    text: Scan = Field(description="What the QR code says, or an order's code.")
    location: Annotated[Whole, Field(ge=1, le=2**31 - 1)] | None = Field(
        default=None,
        description="Where the order would be handed out; null: at any place of the caller's.",
    )
