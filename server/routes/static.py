"""Files under web/static; asked for by their hash they never change, so browsers keep them."""

from pathlib import Path
from typing import Final

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from server.routes.lean import travelling

FOR_EVER: Final = "public, max-age=31536000, immutable"
ASK_AGAIN: Final = "no-cache"
KINDS: Final = {".js": "text/javascript", ".css": "text/css"}


class Assets(StaticFiles):
    """Static files, cached for ever where the address carries a hash."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, with how long it may be kept."""
        text = travelling(Path(str(self.directory)), path) if scope["method"] == "GET" else None
        if text is None:
            response = await super().get_response(path, scope)
        else:
            response = Response(text, media_type=KINDS[Path(path).suffix])
        hashed = scope["query_string"].startswith(b"v=")
        response.headers["Cache-Control"] = FOR_EVER if hashed else ASK_AGAIN
        return response
