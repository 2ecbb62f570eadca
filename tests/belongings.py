"""One of everything that an address can name, at one location; and the same of nothing."""

from typing import Final

from httpx2 import Response

from tests.callers import Caller

ABSENT: Final = {
    "order": "ZZZ9",
    "location": "999999",
    "station": "999999",
    "person": "999999",
    "device": "999999",
    "session": "999999",
    "issue": "iss_00000000000000000000000000",
    "attachment": "att_00000000000000000000000000",
}
PICTURE: Final = bytes.fromhex(  # one grey pixel
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c636800000082008177cd72b60000000049454e44ae426082"
)
BOUNDARY: Final = "a-line-that-is-in-no-file"


def belongings(shop: Caller, location: int) -> dict[str, str]:
    """What there is at a location once somebody has ordered there and something went wrong."""
    code = shop.place(location)["code"]
    issue = shop.post(f"/orders/{code}/issues", {"type": "other"}).json()["issue"]
    card = attached(shop, issue, PICTURE).json()
    [file] = card["issues"][0]["attachments"]
    station = shop.post(f"/locations/{location}/stations", {"name": "Wok"}).json()["id"]
    own = {"order": code, "issue": issue, "attachment": file["id"]}
    return own | {"location": str(location), "station": str(station)}


def attached(
    caller: Caller, issue: str, content: bytes, name: str = "cup.png", **headers: str
) -> Response:
    """The answer to a picture sent to an issue."""
    raw = form(content, name)
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    return caller("POST", f"/issues/{issue}/attachments", raw=raw, content_type=kind, **headers)


def form(content: bytes, name: str) -> bytes:
    """A form with a file in it, as browsers spell one."""
    quoted = name.replace('"', "%22").encode(errors="replace")
    head = b'Content-Disposition: form-data; name="file"; filename="' + quoted + b'"'
    edge = b"--" + BOUNDARY.encode()
    return b"\r\n".join([edge, head, b"Content-Type: x/y", b"", content, edge + b"--", b""])
