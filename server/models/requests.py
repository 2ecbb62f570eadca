"""Requests already answered, so that a retry gets the first answer again."""

from datetime import datetime

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, SQLModel


class StoredAnswer(SQLModel, table=True):
    """The answer to one Idempotency-Key of one caller; kept for seven days."""

    __tablename__ = "stored_answer"

    caller: str = Field(primary_key=True)  # account:3, key:5
    key: str = Field(primary_key=True)
    fingerprint: str  # of method, path and body
    status: int | None = None
    body: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    etag: str | None = None
    content_type: str | None = None
    at: datetime = Field(index=True)
