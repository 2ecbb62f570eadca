"""`/docs`: whatever the API describes stands on the page, for anybody."""

from starlette.applications import Starlette
from starlette.testclient import TestClient

from server.realtime.protocol import Close
from server.routes import api
from server.routes.screens import docs


def test_the_page_shows_every_call_message_and_close_code() -> None:
    answer = TestClient(Starlette(routes=docs.routes)).get("/docs")

    assert answer.status_code == 200
    for line in api.table:
        assert f'id="{line.handler.__name__}"' in answer.text
    for message in api.live_spec()["components"]["messages"]:
        assert f'id="live-{message}"' in answer.text
    for code in Close:
        assert str(code.value) in answer.text
