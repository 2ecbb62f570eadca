"""`/shell` and `/sw.js`: what browsers keep for the time without a network. They hold no data."""

import re
from functools import lru_cache
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.routes.templates import STATIC, asset, build, needed, page
from server.state import State

ASK_AGAIN: Final = {"Cache-Control": "no-cache"}
SERVED: Final = {**ASK_AGAIN, "Service-Worker-Allowed": "/"}
BESIDE: Final = ("css/app.css", "css/paper.css", "css/login.css", "icons/heard.svg")
WANTED: Final = re.compile(r"import\('heard/(\w+)'\)")


async def shell(request: Request[State]) -> Response:
    """The board's page without a board: its script draws what the device has kept."""
    return page(request, "screens/shell.html", {}, headers=ASK_AGAIN)


async def worker(_: Request[State]) -> Response:
    """The service worker, with the build and its files written into it."""
    return Response(script(), media_type="text/javascript", headers=SERVED)


@lru_cache(maxsize=1)
def script() -> str:
    """Another build is another script: that is how browsers notice."""
    known = orjson.dumps({"build": build(), "files": files()}).decode()
    return f"const HEARD = {known};\n" + (STATIC / "sw.js").read_text()


def files() -> list[str]:
    """Everything that the board loads, at once or when it is wanted."""
    entries, found = ["shell", "board"], dict[str, None]()
    for entry in entries:  # it grows
        fresh = [address for address in needed(entry) if address not in found]
        found |= dict.fromkeys(fresh)
        entries += [wanted for address in fresh for wanted in WANTED.findall(source(address))]
    return [*found, *(asset(path) for path in BESIDE)]


def source(address: str) -> str:
    """What is served at an address under /static."""
    return (STATIC / address.removeprefix("/static/").partition("?")[0]).read_text()


routes = [Route("/shell", shell, methods=["GET"]), Route("/sw.js", worker, methods=["GET"])]
