"""What may be attached to an issue: pictures, drawn anew so that nothing else of the file is kept,
and PDF documents, which are only ever handed out as downloads."""

import io
import re
import struct
import zlib
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps

from server.errors import Invalid

UPLOAD_LIMIT: Final = 10 * 1024 * 1024  # bytes
PIXELS_LIMIT: Final = 40_000_000  # as they come: a telephone's largest pictures
LONGEST_SIDE: Final = 2560  # as they are kept
PNG_LIMIT: Final = 4 * 1024 * 1024  # a larger one is kept as JPEG, on white
NAME_LENGTH: Final = 60
JPEG_QUALITY: Final = 85
PDF_TAIL: Final = 2048
WHOLE_PDF: Final = re.compile(rb"%%EOF[\s\0]*\Z")
PAGE_IN_DISGUISE: Final = re.compile(rb"<\s*(html|script|svg|!doctype)", re.IGNORECASE)
STRANGE: Final = re.compile(r"[^\w ()+-]+")
EXTENSIONS: Final = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}
MEDIA_TYPES: Final = tuple(EXTENSIONS)
APPLE_BRANDS: Final = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
TAKEN: Final = "JPEG, PNG, WebP, GIF or PDF"

# whatever a broken or hostile picture makes Pillow say
UNREADABLE: Final = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    EOFError,
    MemoryError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """An attachment as we made it: what is kept, and nothing of the upload beside it."""

    name: str
    media_type: str
    content: bytes
    width: int | None = None
    height: int | None = None


def drawn(content: bytes, name: str) -> Drawn:
    """An upload, told by its content and not by its name, in the form in which it may be kept."""
    if not content:
        raise refusal("The file is empty.")
    kind = kind_of(content)
    if kind == "PDF":
        return document(content, name)
    if kind is None:
        raise refusal(unknown(content))
    try:
        return redrawn(content, kind, name)
    except UNREADABLE as error:
        words = f"This {kind} picture is damaged, or not a picture at all."
        raise refusal(words) from error


def kind_of(content: bytes) -> str | None:
    """What the first bytes say it is, if it is something that is taken."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    starts = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG", b"%PDF-": "PDF"}
    starts |= {b"GIF87a": "GIF", b"GIF89a": "GIF"}
    return next((kind for start, kind in starts.items() if content.startswith(start)), None)


def unknown(content: bytes) -> str:
    """Why it is not taken, and what to do instead."""
    if content[4:8] == b"ftyp" and content[8:12] in APPLE_BRANDS:
        return (
            "This is a HEIC picture, which not every screen can show. Send it as JPEG: on an "
            "iPhone choose Settings, Camera, Formats, Most Compatible, or send a screenshot of it."
        )
    return f"This file is not taken. Send a picture or document as {TAKEN}."


def redrawn(content: bytes, kind: str, name: str) -> Drawn:
    """The first picture in the file, upright, no larger than a screen needs, and nothing else."""
    with Image.open(io.BytesIO(content), formats=[kind]) as opened:
        if opened.width * opened.height > PIXELS_LIMIT:
            raise refusal("This picture has more than 40 million pixels: send a smaller one.")
        opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # JPEG: decode no more than is kept
        picture = upright(opened)
    media_type, kept = encoded(picture)
    return Drawn(cleaned(name, media_type), media_type, kept, picture.width, picture.height)


def upright(opened: Image.Image) -> Image.Image:
    """The picture turned as the camera was held, in plain colours, of a size to be kept."""
    picture = ImageOps.exif_transpose(opened)
    picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    bare = Image.new(picture.mode, picture.size)
    bare.paste(picture)  # the pixels, and none of what was told beside them
    return bare


def encoded(picture: Image.Image) -> tuple[str, bytes]:
    """As JPEG; as PNG where one can see through it, unless that gets too large."""
    if picture.mode == "RGBA":
        kept = written(picture, "PNG", optimize=False)
        if len(kept) <= PNG_LIMIT:
            return "image/png", kept
        white = Image.new("RGB", picture.size, "white")
        white.paste(picture, mask=picture.getchannel("A"))
        picture = white
    return "image/jpeg", written(picture, "JPEG", quality=JPEG_QUALITY, progressive=True)


def written(picture: Image.Image, kind: str, **how: int) -> bytes:
    """The picture as a file."""
    file = io.BytesIO()
    picture.save(file, kind, **how)
    return file.getvalue()


def document(content: bytes, name: str) -> Drawn:
    """A PDF as it is: whole, and nothing before or after it that another reader could take up."""
    if not WHOLE_PDF.search(content[-PDF_TAIL:]):
        raise refusal("This PDF is not whole: its end is missing, or something follows it.")
    if PAGE_IN_DISGUISE.search(content[:PDF_TAIL]):
        raise refusal("This PDF pretends to be something else, too.")
    return Drawn(cleaned(name, "application/pdf"), "application/pdf", content)


def cleaned(name: str, media_type: str) -> str:
    """A name that is only a name, with the ending that its content deserves."""
    last = re.split(r"[/\\]", name)[-1]
    stem = last.rpartition(".")[0] or last
    plain = STRANGE.sub("_", stem).strip("_ ")[:NAME_LENGTH].strip("_ ")
    return f"{plain or 'attachment'}.{EXTENSIONS[media_type]}"


def refusal(words: str) -> Invalid:
    """Why an upload is not kept."""
    return Invalid(words, field="file")
