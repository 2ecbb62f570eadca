"""Every address of Heard has a line here: who may use it. One without a line fails."""

from typing import Final

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.testclient import TestClient

from server.app import application, astray, refused
from server.errors import Refused
from server.people.actors import EVERYTHING, Right
from server.settings import Settings
from tests.callers import Caller
from tests.cast import Cast
from tests.hands import Do

ANYBODY: Final = "anybody"
ITS_OWN: Final = "a table of its own"
ITS_LINK: Final = "whoever has the link: tests/routes/test_links.py"
POLICY: Final[dict[tuple[str, str], Right | str]] = {
    ("GET", "/"): ANYBODY,
    ("GET", "/healthz"): ANYBODY,
    ("GET", "/readyz"): ANYBODY,
    ("GET", "/metrics"): ITS_OWN,  # METRICS_TOKEN, or this machine: tests/routes/test_metrics.py
    ("GET", "/docs"): ANYBODY,
    ("GET", "/login"): ANYBODY,
    ("POST", "/login"): ANYBODY,
    ("POST", "/login/ask"): ANYBODY,
    ("POST", "/logout"): ANYBODY,
    ("GET", "/password"): ITS_OWN,  # whoever came with a one-time password
    ("POST", "/password"): ITS_OWN,
    ("GET", "/forgot"): ANYBODY,
    ("POST", "/forgot"): ANYBODY,
    ("GET", "/reset/{token}"): ANYBODY,  # whoever has the link
    ("POST", "/reset/{token}"): ANYBODY,
    ("GET", "/board"): Right.ORDERS_READ,
    ("GET", "/orders/{ref}"): Right.ORDERS_READ,
    ("GET", "/orders/{ref}/qr.svg"): Right.ORDERS_READ,
    ("GET", "/o/{token}"): ITS_LINK,
    ("GET", "/o/{token}/qr.svg"): ITS_LINK,
    ("GET", "/q/{token}"): ITS_LINK,
    ("POST", "/o/new"): ANYBODY,  # who is told nothing
    ("GET", "/public.css"): ANYBODY,
    ("GET", "/shell"): ANYBODY,  # neither holds data: tests/routes/test_shell.py
    ("GET", "/sw.js"): ANYBODY,
    ("GET", "/resolution"): Right.ORDERS_READ,
    ("GET", "/outbox"): Right.OUTBOX_READ,
    ("GET", "/people"): Right.PEOPLE_WRITE,
    ("GET", "/devices"): Right.DEVICES_WRITE,
    ("GET", "/pair"): ANYBODY,
    ("POST", "/pair"): ANYBODY,
    ("POST", "/pair/poll"): ANYBODY,  # whoever has the secret of a request
    ("GET", "/switch"): ITS_OWN,  # a paired device
    ("GET", "/changes"): Right.SETTINGS_WRITE,
    ("GET", "/settings"): Right.SETTINGS_WRITE,
    ("GET", "/account"): Right.LOCATIONS_READ,
    ("GET", "/live"): ITS_OWN,  # tests/realtime: who may watch which channel
    ("GET", "/static"): ANYBODY,
    ("ANY", "/api/v1"): ITS_OWN,  # routes.api.table, held by tests/routes/api/test_policy.py
}
PAGES: Final = [path for (method, path), right in POLICY.items() if isinstance(right, Right)]
ROUTES: Final = application(Settings()).routes


@pytest.fixture
def pages(client: TestClient) -> TestClient:
    """All of Heard over the scene's database."""
    assert isinstance(client.app, Starlette)
    handlers = {Refused: refused, HTTPException: astray}
    lifespan = client.app.router.lifespan_context
    return TestClient(
        Starlette(routes=ROUTES, exception_handlers=handlers, lifespan=lifespan),
        client.base_url,  # type: ignore[arg-type]
        follow_redirects=False,
    )


def test_every_route_has_a_line() -> None:
    served: set[tuple[str, str]] = set()
    for route in ROUTES:
        if isinstance(route, Route):
            served |= {(method, route.path) for method in (route.methods or ()) if method != "HEAD"}
        elif isinstance(route, Mount):
            served.add(("ANY" if route.path.startswith("/api") else "GET", route.path))
        else:
            assert isinstance(route, WebSocketRoute)
            served.add(("GET", route.path))

    assert served == POLICY.keys()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_sends_strangers_to_the_way_in(pages: TestClient, path: str) -> None:
    with pages:
        answer = pages.get(path.format(ref="K724"))

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?next=/")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_takes_its_right(pages: TestClient, do: Do, cast: Cast, path: str) -> None:
    right = POLICY["GET", path]
    lacking = [other for other in EVERYTHING if other is not right]
    headers = dict(Caller.limited(pages, do, cast.harbour, *lacking).headers)

    with pages:
        answer = pages.get(path.format(ref="K724"), headers=headers)

    assert answer.status_code == 403
