"""Reading a form with a file in it, bounded before anything is kept."""

from typing import Annotated, Final, TypeVar

from pydantic import BaseModel, Field, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from server.errors import Malformed, NotFile, TooLarge
from server.orders.attachments import UPLOAD_LIMIT
from server.orders.forms import Form, Text
from server.routes.api.bodies import check_length
from server.routes.api.complaints import invalid
from server.state import State

F = TypeVar("F", bound=BaseModel)

FORM_LIMIT: Final = UPLOAD_LIMIT + 64 * 1024  # the file, and the form around it
NAME_LIMIT: Final = 255


class FileForm(Form):
    """A picture or document, in a part called `file` of a multipart form."""

    file: bytes = Field(
        json_schema_extra={"format": "binary"},
        description="JPEG, PNG, WebP, GIF or PDF, at most 10 MiB.",
    )
    name: Annotated[Text, Field(max_length=NAME_LIMIT)] = Field(
        default="", description="What it is called, if the part does not say so."
    )


async def upload(request: Request[State], form: type[F]) -> F:
    """The form that the request's multipart body fills in."""
    check_length(request.headers.get("content-length", ""), FORM_LIMIT)
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind.strip().casefold() != "multipart/form-data":
        words = "Send the file as a form, with Content-Type: multipart/form-data."
        raise NotFile(words, field="Content-Type")
    try:
        async with request.form(max_files=1, max_fields=1) as given:
            found = await parts(given)
    except HTTPException as error:
        raise Malformed(f"The form cannot be read: {error.detail}") from error
    try:
        return form.model_validate(found)
    except ValidationError as error:
        raise invalid(error, found) from None


async def parts(given: FormData) -> dict[str, object]:
    """The parts of the form, the file with its own name where no other is given."""
    found: dict[str, object] = {}
    for name, part in given.multi_items():
        if not isinstance(part, UploadFile):
            found[name] = part
            continue
        content = await part.read()
        if len(content) > UPLOAD_LIMIT:
            raise TooLarge("The file is larger than 10 MiB.")
        found[name] = content
        found.setdefault("name", "".join(filter(str.isprintable, part.filename or ""))[:NAME_LIMIT])
    return found
