"""A text as a QR code: black on white in every theme, with the quiet zone that scanners need."""

from functools import lru_cache
from io import BytesIO
from typing import Final

import segno

QUIET: Final = 4  # modules


def png(text: str) -> bytes:
    """The code as a picture for mails, where SVG is not shown."""
    file = BytesIO()
    segno.make_qr(text, error="m", boost_error=False).save(file, "png", scale=8, border=QUIET)
    return file.getvalue()


@lru_cache(maxsize=256)
def svg(text: str) -> str:
    """The code as an SVG element, which takes its size from where it stands."""
    code = segno.make_qr(text, error="m", boost_error=False)
    return code.svg_inline(
        border=QUIET, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None
    )
