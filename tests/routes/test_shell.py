"""`/shell` and `/sw.js`: for anybody, without data, and new with every build."""

import orjson
from starlette.applications import Starlette
from starlette.testclient import TestClient

from server.routes.lean import TOGETHER
from server.routes.screens import offline
from server.routes.templates import STATIC, build

CLIENT = TestClient(Starlette(routes=offline.routes))


def known() -> dict[str, object]:
    """What the server has written above the worker."""
    first = CLIENT.get("/sw.js").text.splitlines()[0]
    told: dict[str, object] = orjson.loads(first.removeprefix("const HEARD = ").removesuffix(";"))
    return told


def test_the_worker_may_serve_the_whole_house_and_is_asked_for_anew() -> None:
    answer = CLIENT.get("/sw.js")

    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["service-worker-allowed"] == "/"
    assert answer.headers["cache-control"] == "no-cache"
    assert known()["build"] == build()


def test_it_keeps_what_the_board_needs_and_nothing_but_files() -> None:
    files = known()["files"]
    assert isinstance(files, list)
    paths = [address.partition("?v=") for address in files]

    assert len(files) == len(set(files))
    assert all(hashed for _, _, hashed in paths)
    names = [path.removeprefix("/static/") for path, _, _ in paths]
    assert {"js/board.js", "js/shell.js", "js/outboxsheet.js", "css/app.css"} <= set(names)
    assert all(is_served(name) for name in names)


def is_served(name: str) -> bool:
    return name in TOGETHER or (STATIC / name).is_file()


def test_the_shell_holds_no_data() -> None:
    answer = CLIENT.get("/shell")

    assert answer.headers["cache-control"] == "no-cache"
    assert 'id="page"' not in answer.text
    assert "csrf" not in answer.text
