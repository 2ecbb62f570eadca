"""`/metrics`: what this process has done and how it stands, for Prometheus and whoever asks.

With a METRICS_TOKEN for whoever shows it; without one only for this machine itself. To all others
there is no such page.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import resource
import secrets
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from server.auth import LOOPBACK
from server.errors import NotFound
from server.measured import Timings
from server.metrics import CONTENT_TYPE, counter, gauge, histogram, page
from server.realtime.hub import Hub
from server.state import State

PASSED_ON: Final = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
HEALTH_SECONDS: Final = 1.0  # a database that hangs must not hide the other figures
STARTED_AT: Final = time.time()
STATM: Final = Path("/proc/self/statm")
FILES: Final = Path("/proc/self/fd")


async def metrics(request: Request[State]) -> Response:
    """All figures of this process."""
    if not allowed(request):
        raise NotFound("There is nothing here.")
    state = request.state
    hub: Hub = state["hub"]
    text = page(
        *house(hub),
        *events(hub),
        *sockets(hub),
        *bell(hub),
        *commands(state["timings"]),
        *jobs(await health(request)),
        *process(),
    )
    return PlainTextResponse(text, media_type=CONTENT_TYPE)


def allowed(request: Request[State]) -> bool:
    """Whoever shows the token; where there is none, this machine, and nobody's proxy."""
    token = request.state["settings"].metrics_token
    if token:
        shown = request.headers.get("authorization", "").encode()
        return secrets.compare_digest(shown, f"Bearer {token}".encode())
    return local(request) and not any(header in request.headers for header in PASSED_ON)


def local(request: Request[State]) -> bool:
    """Asked from this machine, and by a name of this machine."""
    try:
        came_from = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return False
    host = request.url.hostname or ""
    return came_from.is_loopback and host in {name.strip("[]") for name in LOOPBACK}


async def health(request: Request[State]) -> dict[str, Any]:
    """How the jobs are doing; nothing while the database does not say."""
    try:
        async with asyncio.timeout(HEALTH_SECONDS):
            return await request.state["health"]()
    except TimeoutError:
        return {}


def house(hub: Hub) -> Iterator[Iterable[str]]:
    yield gauge("heard_build_info", "The build of the pages served.", [({"build": hub.build}, 1)])
    age = round(hub.lookout.age, 3)
    yield gauge("heard_database_age_seconds", "Since the last look at the database.", age)
    tick = hub.tick
    yield gauge("heard_loop_lag_worst_seconds", "At most in the last minute.", round(tick.worst, 6))
    yield histogram("heard_loop_lag_seconds", "How late the event loop was.", [({}, tick.lags)])


def events(hub: Hub) -> Iterator[Iterable[str]]:
    counts = hub.counts
    yield counter("heard_events_total", "Events taken into a ring.", counts.events)
    yield counter("heard_deliveries_total", "Events written to sockets.", counts.deliveries)
    yield counter("heard_gaps_healed_total", "Gaps read from the book.", counts.gaps)
    yield counter("heard_restarts_total", "Rings begun anew.", counts.restarts)
    yield counter("heard_regressions_total", "Heads that fell.", counts.regressions)
    yield counter("heard_resumes_total", "Subscriptions that went on.", counts.resumes)
    yield counter("heard_snapshots_total", "Subscriptions begun by a snapshot.", counts.snapshots)
    yield counter("heard_slow_closes_total", "Sockets too slow to keep.", counts.slow_closes)
    lengths = [len(channel.ring.kept) for channel in hub.channels.values()]
    yield gauge("heard_channels", "Channels known here.", len(lengths))
    yield gauge("heard_ring_events", "Events kept in all rings.", sum(lengths))
    yield gauge("heard_ring_events_longest", "Events in the longest ring.", max(lengths, default=0))


def sockets(hub: Hub) -> Iterator[Iterable[str]]:
    yield gauge("heard_sockets", "Open sockets.", len(hub.connections))
    yield gauge("heard_sockets_blocked", "Those that take nothing now.", len(hub.blocked))
    audiences = [({"audience": name}, many) for name, many in sorted(hub.audiences.items())]
    yield gauge("heard_followers", "Subscriptions by audience.", audiences)
    lags = sorted(behind(hub))
    yield gauge("heard_cursors_behind", "Subscriptions that lack events.", len(lags))
    yield gauge("heard_cursor_lag_events", "What the last one lacks.", lags[-1] if lags else 0)


def behind(hub: Hub) -> Iterator[int]:
    """How many events each subscription lacks that is not up to date."""
    for channel in hub.channels.values():
        for stand in channel.stands.values():
            for follower in stand.followers:
                if lag := channel.ring.head - follower.cursor:
                    yield lag


def bell(hub: Hub) -> Iterator[Iterable[str]]:
    silences = [({"link": link}, round(s, 3)) for link, s in hub.broker.silences().items()]
    yield gauge("heard_bell_age_seconds", "Since the bell of a link was heard.", silences)
    letters = hub.broker.letters
    ways = {"sent": letters.sent, "heard": letters.heard, "dropped": letters.dropped}
    yield counter("heard_letters_total", "By Redis.", [({"way": w}, n) for w, n in ways.items()])


def commands(timings: Timings) -> Iterator[Iterable[str]]:
    run = sorted(timings.by_command.values(), key=lambda timing: timing.name)
    ends = [
        ({"command": timing.name, "outcome": end}, many)
        for timing in run
        for end, many in sorted(timing.ends.items())
    ]
    yield counter("heard_commands_total", "Commands by how they ended.", ends)
    seconds = [({"command": timing.name}, timing.seconds) for timing in run]
    yield histogram("heard_command_seconds", "From the call to the commit and the bell.", seconds)


def jobs(told: dict[str, Any]) -> Iterator[Iterable[str]]:
    if told:
        lag = told["reactions_lag_seconds"]
        yield gauge("heard_reactions_lag_seconds", "Of the oldest event unreacted to.", lag)
    if told.get("workers") is not None:
        yield gauge("heard_workers", "Workers heard lately.", told["workers"])
        standing_in = int(told["standing_in"])
        yield gauge("heard_standing_in", "Whether this web does the jobs.", standing_in)


def process() -> Iterator[Iterable[str]]:
    used = os.times()
    yield counter("process_cpu_seconds_total", "User and system.", used.user + used.system)
    yield gauge("process_resident_memory_bytes", "Now.", resident_bytes())
    if FILES.exists():
        yield gauge("process_open_fds", "Open files, sockets too.", len(list(FILES.iterdir())))
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield gauge("process_max_fds", "As many as may be open.", most)
    yield gauge("process_start_time_seconds", "Since 1970.", round(STARTED_AT, 3))


def resident_bytes() -> int:
    """Now where the system says so, else at the most."""
    if STATM.exists():
        return int(STATM.read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # macOS counts bytes


routes = [Route("/metrics", metrics, methods=["GET"])]
