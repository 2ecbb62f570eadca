"""Tables, nothing else. Importing this package knows them all."""

from sqlalchemy import Table
from sqlmodel import SQLModel

from server.models.book import Channel, Event, Position
from server.models.issues import Attachment, Issue
from server.models.ledger import LedgerEntry
from server.models.messages import Message, Worker
from server.models.orders import History, Line, Order, OrderLink, OrderNote, SearchToken
from server.models.people import (
    Account,
    AccountLocation,
    ApiKey,
    ApiKeyLocation,
    Attempt,
    Change,
    Device,
    Pairing,
    PasswordReset,
    SignIn,
)
from server.models.places import Location, Organization, Station
from server.models.requests import StoredAnswer

__all__ = [
    "Account",
    "AccountLocation",
    "ApiKey",
    "ApiKeyLocation",
    "Attachment",
    "Attempt",
    "Change",
    "Channel",
    "Device",
    "Event",
    "History",
    "Issue",
    "LedgerEntry",
    "Line",
    "Location",
    "Message",
    "Order",
    "OrderLink",
    "OrderNote",
    "Organization",
    "Pairing",
    "PasswordReset",
    "Position",
    "SearchToken",
    "SignIn",
    "Station",
    "StoredAnswer",
    "Worker",
    "table",
]


def table(model: type[SQLModel]) -> Table:
    """The bare table of a model, for statements that need no objects: they are much faster."""
    return model.metadata.tables[str(model.__tablename__)]
