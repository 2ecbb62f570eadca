"""What the shapes of all answers are made of."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from server import events

Time = Annotated[
    str,
    Field(
        json_schema_extra={"format": "date-time"},
        description="RFC 3339, with the location's offset.",
    ),
]
Count = Annotated[int, Field(ge=0)]
EventName = Annotated[str, Field(json_schema_extra={"enum": [kind.value for kind in events.Kind]})]
VersionNumber = Annotated[int, Field(ge=1, description="Raised by one with every change.")]


class Shape(BaseModel):
    """A JSON object with exactly these members."""

    model_config = ConfigDict(extra="forbid")
