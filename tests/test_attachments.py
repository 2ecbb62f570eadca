"""What is attached is told by its content, drawn anew, and harmless: sixty files, twenty of them
more than one thing at once."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any, Final

import pytest
from PIL import Image, ImageDraw, PngImagePlugin

from server.errors import Invalid
from server.orders import attachments
from server.orders.attachments import EXTENSIONS, Drawn, drawn

Make = Callable[[], bytes]
MARK: Final = b"PLANTED-IN-THE-FILE"
SCRIPT: Final = b"<script>alert('" + MARK + b"')</script>"
PDF: Final = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
ZIP: Final = b"PK\x03\x04" + MARK + b"PK\x05\x06" + bytes(18)
PAINT: Final[dict[str, Any]] = {"P": 1, "L": 128, "I;16": 30_000}
ELF: Final = b"\x7fELF" + bytes(60) + MARK


def picture(kind: str, mode: str = "RGB", size: tuple[int, int] = (64, 48), **how: Any) -> bytes:
    """A picture with something in it."""
    shown = Image.new(mode, size, PAINT.get(mode, "red"))
    if mode == "RGB":
        ImageDraw.Draw(shown).rectangle((4, 4, 20, 12), fill="blue")
    file = io.BytesIO()
    shown.save(file, kind, **how)
    return file.getvalue()


def animated(kind: str, frames: int = 5) -> bytes:
    """A picture that moves."""
    first, *others = (Image.new("RGB", (32, 32), (40 * n, 0, 0)) for n in range(frames))
    file = io.BytesIO()
    first.save(file, kind, save_all=True, append_images=others, duration=50)
    return file.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    """A part of a PNG."""
    whole = name + data
    return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))


def png_of(width: int, height: int, data: bytes = b"") -> bytes:
    """A PNG that says it is so large, whatever it holds."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(data)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def commented(jpeg: bytes, words: bytes) -> bytes:
    """A JPEG with a comment."""
    return jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(words) + 2) + words + jpeg[2:]


def texted(words: str) -> bytes:
    """A PNG with a text."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", words)
    return picture("PNG", pnginfo=info)


def exif(**tags: Any) -> bytes:
    """A JPEG as a telephone writes it: turned, and with the place where it was taken."""
    known = Image.Exif()
    known[0x0112], known[0x010F] = tags.get("turned", 6), MARK.decode()
    known.get_ifd(0x8825).update({1: "N", 2: (60.0, 10.0, 1.0)})
    return picture("JPEG", exif=known.tobytes())


JPEG, PNG = picture("JPEG"), picture("PNG")
GIF, WEBP = picture("GIF"), picture("WEBP")

POLYGLOTS: Final[dict[str, bytes]] = {
    "JPEG and ZIP": JPEG + ZIP,
    "JPEG and PDF": JPEG + PDF,
    "JPEG and page": JPEG + b"<html>" + SCRIPT,
    "JPEG with a script in a comment": commented(JPEG, SCRIPT),
    "JPEG with PHP in a comment": commented(JPEG, b"<?php system($_GET[1]); ?>" + MARK),
    "JPEG and JavaScript": commented(JPEG, b"*/=alert('" + MARK + b"')/*"),
    "JPEG and program": JPEG + ELF,
    "PNG and ZIP": PNG + ZIP,
    "PNG with a script in a text": texted(SCRIPT.decode()),
    "PNG and page": PNG + SCRIPT,
    "PNG and PDF": PNG + PDF,
    "GIF and JavaScript": b"GIF89a/*" + GIF[8:] + b"*/=alert('" + MARK + b"')",
    "GIF and ZIP": GIF + ZIP,
    "GIF and page": GIF + SCRIPT,
    "WebP and ZIP": WEBP + ZIP,
    "WebP and page": WEBP + SCRIPT,
    "PDF and ZIP": PDF + ZIP,
    "PDF and page": b"%PDF-1.4\n<html>" + SCRIPT + PDF,
    "PDF and JPEG": PDF + JPEG,
    "PDF and SVG": b"%PDF-1.4\n<svg onload=alert(1)>" + PDF[8:],
}
PICTURES: Final[dict[str, bytes]] = {
    "JPEG": JPEG,
    "JPEG in grey": picture("JPEG", "L"),
    "JPEG in four inks": picture("JPEG", "CMYK"),
    "JPEG, progressive": picture("JPEG", progressive=True),
    "JPEG of a telephone": exif(),
    "JPEG turned around": exif(turned=3),
    "PNG": PNG,
    "PNG in grey": picture("PNG", "L"),
    "PNG of few colours": picture("PNG", "P"),
    "PNG one can see through": picture("PNG", "RGBA"),
    "PNG of sixteen bits": picture("PNG", "I;16", (8, 8)),
    "PNG that moves": animated("PNG"),
    "GIF": GIF,
    "GIF that moves": animated("GIF"),
    "WebP": WEBP,
    "WebP without loss": picture("WEBP", lossless=True),
    "WebP one can see through": picture("WEBP", "RGBA"),
    "WebP that moves": animated("WEBP"),
    "one pixel": picture("PNG", size=(1, 1)),
    "very wide": picture("JPEG", size=(9000, 3)),
}
REFUSED: Final[dict[str, bytes]] = {
    "nothing": b"",
    "bomb in the text of a PNG": PNG[:33]
    + chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(80_000_000), 9))
    + PNG[33:],
    "HEIC": b"\0\0\0\x18ftypheic" + bytes(64),
    "HEIF": b"\0\0\0\x18ftypmif1" + bytes(64),
    "AVIF": b"\0\0\0\x18ftypavif" + bytes(64),
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "page": b"<!doctype html>" + SCRIPT,
    "ZIP": ZIP,
    "program": ELF,
    "BMP": picture("BMP"),
    "TIFF": picture("TIFF"),
    "ICO": picture("ICO", "RGBA", (32, 32)),
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "half a JPEG": JPEG[: len(JPEG) // 2],
    "half a PNG": PNG[: len(PNG) // 2],
    "only a beginning": b"\xff\xd8\xff\xe0" + bytes(20),
    "bomb of zeros": png_of(60_000, 60_000, bytes(1_000_000)),
    "wide bomb": png_of(2**31 - 1, 1),
    "too large by a little": png_of(8_000, 5_001),
    "PDF without an end": b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\n",
}


@pytest.mark.parametrize("content", POLYGLOTS.values(), ids=POLYGLOTS)
def test_what_is_two_things_at_once_becomes_one_or_is_refused(content: bytes) -> None:
    kept = outcome(content)
    if isinstance(kept, Invalid):
        assert (kept.field, kept.message[-1]) == ("file", ".")
        return

    assert kept.media_type.startswith("image/")
    for planted in (MARK, b"PK\x03\x04", b"%PDF", b"<html", b"<svg", b"<?php", b"\x7fELF"):
        assert planted not in kept.content
    seen(kept)


@pytest.mark.parametrize("content", PICTURES.values(), ids=PICTURES)
def test_a_picture_is_drawn_anew(content: bytes) -> None:
    kept = drawn(content, "cup.png")

    shown = seen(kept)
    assert MARK not in kept.content
    assert max(shown.size) <= attachments.LONGEST_SIDE
    assert not getattr(shown, "is_animated", False)
    assert not shown.getexif()
    assert {"comment", "exif", "icc_profile", "Comment"}.isdisjoint(shown.info)


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
def test_anything_else_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        drawn(content, "cup.jpg")

    assert refused.value.field == "file"
    assert refused.value.message.endswith((".", "it."))


def test_there_are_sixty_files_and_twenty_of_them_are_two_things() -> None:
    assert (len(POLYGLOTS), len(POLYGLOTS) + len(PICTURES) + len(REFUSED)) == (20, 60)


def test_a_picture_stands_as_the_camera_was_held() -> None:
    shown = seen(drawn(exif(turned=6), "cup.jpg"))

    assert shown.size == (48, 64)
    red, _, blue = shown.convert("RGB").getpixel((48 - 8, 8))  # type: ignore[misc]
    assert blue > red


def test_whoever_sends_heic_is_told_what_to_do() -> None:
    with pytest.raises(Invalid, match="as JPEG: on an iPhone"):
        drawn(REFUSED["HEIC"], "IMG_0001.HEIC")


def test_a_document_stays_as_it_is() -> None:
    assert drawn(PDF, "bill.pdf") == Drawn("bill.pdf", "application/pdf", PDF)


def test_a_large_picture_one_can_see_through_is_kept_smaller_on_white(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(attachments, "PNG_LIMIT", 100)

    kept = drawn(picture("PNG", "RGBA"), "cup.png")

    assert (kept.media_type, kept.name) == ("image/jpeg", "cup.jpg")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("cup.jpg", "cup.jpg"),
        ("cup.exe", "cup.jpg"),
        ("", "attachment.jpg"),
        ("...", "attachment.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Windows\\system32\\cmd.exe", "cmd.jpg"),
        ("a\x00b.jpg", "a_b.jpg"),
        ("photo\u202egpj.exe", "photo_gpj.jpg"),
        ('x" onload="alert(1).jpg', "x_ onload_alert(1).jpg"),
        ("cup.jpg.php", "cup_jpg.jpg"),
        ("Käse 寿司.jpeg", "Käse 寿司.jpg"),
        ("x" * 300 + ".jpg", "x" * 60 + ".jpg"),
        ("con\r\nSet-Cookie: a=b.jpg", "con_Set-Cookie_ a_b.jpg"),
    ],
)
def test_a_name_is_only_a_name(given: str, kept: str) -> None:
    assert drawn(JPEG, given).name == kept


def outcome(content: bytes) -> Drawn | Invalid:
    """What is kept of a file, or why nothing is."""
    try:
        return drawn(content, "cup.jpg")
    except Invalid as refused:
        return refused


def seen(kept: Drawn) -> Image.Image:
    """The picture as a browser would read it; its name, kind and size are true."""
    shown = Image.open(io.BytesIO(kept.content))
    shown.load()
    assert Image.MIME[shown.format or ""] == kept.media_type
    assert kept.name.endswith("." + EXTENSIONS[kept.media_type])
    assert shown.size == (kept.width, kept.height)
    return shown
