"""`/outbox`: admins and managers read there what was mailed; staff and strangers do not."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from httpx2 import Response
from sqlmodel import Session, select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from server.app import refused
from server.errors import Refused
from server.messaging.outbox import State
from server.models import Message
from server.people import sessions
from server.recognition import Recognition
from server.routes.screens import outbox
from server.settings import Settings
from tests.cast import Cast, address
from tests.hands import Do, Look
from tests.journeys import placed
from tests.mailbag import reacted


@pytest.fixture(params=["", "smtp://mx.example"], ids=["kept", "sent"])
def pages(request: pytest.FixtureRequest, do: Do, look: Look) -> Iterator[TestClient]:
    """The page over the scene's database."""
    settings = Settings(smtp_url=request.param)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[Mapping[str, Any]]:
        yield {"read": look.read, "recognise": Recognition(look.read), "settings": settings}

    app = Starlette(routes=outbox.routes, exception_handlers={Refused: refused}, lifespan=lifespan)
    with TestClient(app, "http://heard.example", follow_redirects=False) as client:
        yield client


def opened(pages: TestClient, do: Do, name: str) -> Response:
    """The page as somebody of the cast sees it."""
    token = do(sessions.sign_in, address(name), device="Bar 2").token
    return pages.get("/outbox", headers={"Cookie": f"sid={token}"})


def test_an_admin_reads_the_mail(pages: TestClient, do: Do, cast: Cast) -> None:
    card = placed(do, cast, customer={"name": "<b>Maria", "email": "maria@guests.example"})
    reacted(do, cast)

    page = opened(pages, do, "Ana")

    assert page.status_code == 200
    assert f"Order {card['code']} — Bar South" in page.text
    assert "maria@guests.example" in page.text
    assert "&lt;b&gt;Maria" in page.text


def test_a_mail_in_doubt_says_why(pages: TestClient, do: Do, cast: Cast) -> None:
    placed(do, cast)
    reacted(do, cast)
    do(in_doubt)

    assert "The wire was cut" in opened(pages, do, "Ana").text


def test_staff_may_not_read_it(pages: TestClient, do: Do, cast: Cast) -> None:
    assert opened(pages, do, "Dan").status_code == 403


def test_a_stranger_signs_in_first(pages: TestClient, cast: Cast) -> None:
    page = pages.get("/outbox")

    assert (page.status_code, page.headers["location"]) == (303, "/login?next=/outbox")


def in_doubt(session: Session) -> None:
    mail = session.exec(select(Message)).one()
    mail.state, mail.reason = State.UNKNOWN, "The wire was cut"
