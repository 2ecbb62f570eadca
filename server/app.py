"""The application: its routes, its middleware, how it starts and stops, and what errors become."""

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route

from server import answers, certificates, logbook
from server.answers import problem, trouble
from server.clock import now
from server.console import CannotStart
from server.door import listener
from server.errors import NotFound, Refused, Replace, SignedOut
from server.headers import Headers
from server.house import House, house
from server.jobs import worker
from server.orders.links import Links
from server.realtime.direct import DirectProtocol
from server.realtime.lean import upgrade
from server.realtime.lean.arrival import Arrival
from server.realtime.lean.entrance import Entrance
from server.routes import api, health, live, metrics, screens
from server.routes.api.operations import sent
from server.routes.static import Assets
from server.routes.templates import STATIC, import_map_hash, page, translated
from server.settings import Settings, settings
from server.state import State
from server.watermark import Watermark

BODY_BYTES: Final = 64 * 1024
ZIP_FROM_BYTES: Final = 4096  # a single card is sent as it is
GRACE_SECONDS: Final = 6  # open requests and sockets; with the rest of the way out: within ten
CANNOT_START: Final = 3

log = logging.getLogger(__name__)


def application(chosen: Settings | None = None) -> Starlette:
    """The whole of Heard as an ASGI application."""
    known = chosen or settings()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[Mapping[str, Any]]:
        async with house(known) as parts, running(parts) as state:
            yield state

    return Starlette(
        routes=[
            Mount("/api/v1", routes=api.routes, max_body_size=sys.maxsize),  # it has its own bound
            Route("/", lambda _: RedirectResponse("/board"), methods=["GET"]),
            *health.routes,
            *metrics.routes,
            *live.routes,
            *screens.routes,
            Mount("/static", GZipMiddleware(Assets(directory=STATIC), minimum_size=500)),
        ],
        middleware=[
            Middleware(
                Headers,
                hsts=known.secure and known.known_everywhere,
                secure=known.secure,
                import_map=import_map_hash(),
            ),
            Middleware(GZipMiddleware, minimum_size=ZIP_FROM_BYTES, compresslevel=5),
        ],
        exception_handlers={Refused: refused, HTTPException: astray, Exception: broken},
        lifespan=lifespan,
        max_body_size=BODY_BYTES,
    )


@asynccontextmanager
async def running(parts: House) -> AsyncIterator[State]:
    """Everything that works in the background of a web process, until it stops."""
    async with asyncio.TaskGroup() as tasks:
        work = [tasks.create_task(parts.doorkeeper.keep_alive(parts.perform))]
        if parts.database.bundled:
            mark = Watermark(parts.settings.var_dir / "heard.db.mark")
            await mark.check(parts.perform)
            work.append(tasks.create_task(mark.keep(parts.read)))
        jobs = worker.Jobs(parts, whole=parts.database.bundled)
        work.append(tasks.create_task(jobs.run()))
        async with parts.hub.running():
            yield state(parts, jobs.health)
        for task in work:
            task.cancel()


def state(parts: House, healthy: Callable[[], Awaitable[dict[str, Any]]]) -> State:
    """What every request finds."""
    return State(
        settings=parts.settings,
        links=Links(parts.settings),
        perform=parts.perform,
        read=parts.read,
        recognise=parts.recognise,
        hub=parts.hub,
        entrance=Entrance(parts.hub, parts.doorkeeper),
        timings=parts.perform.timings,
        health=healthy,
    )


async def refused(request: Request[Any], error: Exception) -> Response:
    """A problem for machines, a page for people, the way in for whoever is signed out."""
    assert isinstance(error, Refused)
    if machine(request):
        return sent(problem(error))
    if isinstance(error, Replace):
        return RedirectResponse("/password", 303)
    if isinstance(error, SignedOut):
        return RedirectResponse(f"/login?next={request.url.path}", 303)
    return error_page(request, answers.STATUS[type(error)], error.title, error.message)


async def astray(request: Request[Any], error: Exception) -> Response:
    """No such path, no such method, a body too large."""
    assert isinstance(error, HTTPException)
    title, words = WORDS.get(error.status_code, ("Not possible", str(error.detail)))
    if not machine(request):
        return error_page(request, error.status_code, title, words)
    slug = title.lower().replace(" ", "-")
    response = sent(trouble(error.status_code, slug, title, words))
    response.headers.update(error.headers or {})
    return response


async def broken(request: Request[Any], error: Exception) -> Response:
    """A mistake of ours: the log has it, the answer does not."""
    log.error("%s %s broke", request.method, logbook.place(request), exc_info=error)
    title, words = (
        "Something broke here",
        "It was not your fault. Try again; the log has the cause.",
    )
    if machine(request):
        return sent(trouble(500, "broken", title, words))
    return error_page(request, 500, title, words)


WORDS: Final = {
    404: ("Not found", NotFound("There is nothing here.").message),
    405: ("Method not allowed", "This address does not answer to that method."),
    413: ("Too large", "The request is larger than 64 KiB."),
}


def machine(request: Request[State]) -> bool:
    """Whether a program asks, which reads problems rather than pages."""
    return str(request.scope["path"]).startswith("/api/")


def error_page(request: Request[State], status: int, title: str, words: str) -> Response:
    """A page that says what happened."""
    said = {"title": translated(request, title), "sentence": translated(request, words)}
    told = {"status": status, **said}
    return page(request, "screens/error.html", told, status)


def serve() -> int:
    """Serve until asked to stop; the exit status."""
    known = settings()
    logbook.begin(known.log_level)
    try:
        if known.live_path == "lean":
            upgrade.check()
        served = certificates.checked(known.tls_cert, known.tls_key)
        if served and (complaint := served.complaint(now())):
            log.warning(complaint)
        door = listener(known.host, known.port)
    except CannotStart as cannot:
        sys.stderr.write(f"{cannot}\n")
        return CANNOT_START
    for number in (signal.SIGINT, signal.SIGTERM):  # uvicorn raises it anew when all is done
        signal.signal(number, lambda *_: sys.exit(0))
    server = uvicorn.Server(config(known))
    settle()
    server.run(sockets=[door])
    return 0 if server.started else CANNOT_START


def settle() -> None:
    """Keep the collector from what stays for ever: it would walk all of it in every storm."""
    gc.collect()
    gc.freeze()


def config(known: Settings) -> uvicorn.Config:
    """How uvicorn serves us. `limit_concurrency` counts sockets and therefore stays unset."""
    return uvicorn.Config(
        application(known),
        http=Arrival if known.live_path == "lean" else "httptools",
        ws=DirectProtocol,
        ws_max_size=64 * 1024,
        ws_per_message_deflate=False,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=GRACE_SECONDS,
        forwarded_allow_ips=known.forwarded_allow_ips,
        server_header=False,
        access_log=False,
        log_config=None,
        ssl_certfile=known.tls_cert or None,
        ssl_keyfile=known.tls_key or None,
    )


def work() -> int:
    """Work off jobs until asked to stop; the exit status."""
    known = settings()
    logbook.begin(known.log_level)

    async def working() -> int:
        async with house(known, follows=True) as parts:
            return await worker.alone(parts)

    return asyncio.run(working())
