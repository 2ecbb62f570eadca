"""Issues over HTTP: flagged, corrected, settled, listed, with pictures."""

import io
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image

from server.clock import now
from server.routes.api import issues
from tests.belongings import PICTURE, attached
from tests.callers import Caller
from tests.cast import Cast

KEY = "0193f2a0-8f7e-7cc1-9d3e-5b1f0a6c2d4e"
DONE = {"outcome": "replaced", "note": "Made anew"}


@pytest.fixture
def code(shop: Caller, cast: Cast) -> str:
    """A pending order of the bar."""
    return str(shop.place(cast.bar)["code"])


@pytest.fixture
def issue(shop: Caller, code: str) -> str:
    """The open issue of that order."""
    return str(shop.post(f"/orders/{code}/issues", {"type": "full_refund"}).json()["issue"])


def test_an_order_is_flagged(shop: Caller, code: str) -> None:
    wrong = {"type": "missing_items", "text": "No fries", "lines": [1]}

    answer = shop.post(f"/orders/{code}/issues", wrong)

    told = answer.json()
    [issue] = told["issues"]
    assert (answer.status_code, answer.headers["etag"]) == (201, '"2"')
    assert (told["issue"], told["flagged"], told["stage"]) == (issue["id"], True, "pending")
    assert (issue["priority"], issue["text"], issue["lines"]) == ("medium", "No fries", [1])
    assert [one["code"] for one in shop.get("/orders?flagged=true").json()["orders"]] == [code]


def test_a_retry_is_the_same_flag(shop: Caller, code: str) -> None:
    first = shop.post(f"/orders/{code}/issues", {"type": "other"}, idempotency_key=KEY)
    again = shop.post(f"/orders/{code}/issues", {"type": "other"}, idempotency_key=KEY)

    assert (again.status_code, again.content) == (201, first.content)
    assert len(shop.card(code)["issues"]) == 1


def test_a_flag_that_waited_offline_is_added_whatever_happened(shop: Caller, code: str) -> None:
    shop.post(f"/orders/{code}/complete")
    tapped = (now() - timedelta(hours=1)).isoformat()

    answer = shop.post(f"/orders/{code}/issues", {"type": "other", "seen": 1, "tapped_at": tapped})

    assert (answer.status_code, answer.json()["merged"]) == (201, True)
    assert (answer.json()["stage"], answer.json()["flagged"]) == ("fulfilled", True)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({}, "type"),
        ({"type": "sad"}, "type"),
        ({"type": "other", "priority": "now"}, "priority"),
        ({"type": "other", "text": "x" * 501}, "text"),
        ({"type": "other", "lines": [0]}, "lines.0"),
        ({"type": "other", "lines": [2]}, "lines.0"),
        ({"type": "other", "lines": ["1"]}, "lines.0"),
    ],
)
def test_what_does_not_fit_is_named(
    shop: Caller, code: str, wrong: dict[str, Any], field: str
) -> None:
    answer = shop.post(f"/orders/{code}/issues", wrong)

    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_an_issue_is_corrected(shop: Caller, code: str, issue: str) -> None:
    answer = shop.patch(f"/issues/{issue}", {"priority": "urgent", "seen": 2})
    stale = shop.patch(f"/issues/{issue}", {"text": "!", "seen": 2})

    assert (answer.status_code, answer.json()["issues"][0]["priority"]) == (200, "urgent")
    assert (stale.status_code, stale.json()["order"]["version"]) == (412, 3)
    assert stale.json()["changed"]["by"] == "Web shop"


def test_it_takes_an_outcome_and_a_note_to_resolve(shop: Caller, code: str, issue: str) -> None:
    for lacking in ({}, {"outcome": "replaced"}, {"note": "!"}, {**DONE, "note": "  "}):
        assert shop.post(f"/issues/{issue}/resolve", lacking).status_code == 422

    answer = shop.post(f"/issues/{issue}/resolve", DONE)
    back = shop.post(f"/issues/{issue}/reopen")

    assert (answer.status_code, answer.json()["stage"]) == (200, "resolved")
    assert answer.json()["issues"][0]["outcome"] == "replaced"
    assert (back.json()["stage"], back.json()["flagged"]) == ("pending", True)


def test_a_mistake_is_removed(shop: Caller, code: str, issue: str) -> None:
    answer = shop("DELETE", f"/issues/{issue}")

    assert (answer.status_code, answer.json()["flagged"]) == (200, False)
    assert shop.post(f"/issues/{issue}/reopen").status_code == 409


def test_the_queue_comes_in_pages(shop: Caller, cast: Cast) -> None:
    codes = [shop.place(cast.bar)["code"] for _ in range(3)]
    for code in codes:
        shop.post(f"/orders/{code}/issues", {"type": "other"})

    first = shop.get("/issues?limit=2")
    rest = shop.get(f"/issues?limit=2&cursor={first.json()['next']}")

    shown = [one["order"]["code"] for page in (first, rest) for one in page.json()["issues"]]
    assert (shown, rest.json()["next"]) == (codes, None)
    assert first.headers["link"].endswith('; rel="next"')
    assert shop.get("/issues?cursor=b3Jk").status_code == 422
    assert shop.get("/issues/count").json()["locations"][0]["flagged"] == 3


def test_a_picture_is_drawn_anew_and_handed_out_harmless(
    shop: Caller, code: str, issue: str
) -> None:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(file, "WEBP")

    answer = attached(shop, issue, file.getvalue(), "../Käse <b>.webp.exe")

    [about] = answer.json()["issues"][0]["attachments"]
    got = shop.get(about["href"].removeprefix("/api/v1"))
    assert (answer.status_code, about["media_type"]) == (201, "image/jpeg")
    assert about["name"] == "Käse _b_webp.jpg"
    with Image.open(io.BytesIO(got.content)) as shown:
        assert (shown.format, shown.size) == ("JPEG", (40, 30))
    assert len(got.content) == about["size"]
    assert got.headers["content-disposition"] == (
        "attachment; filename=\"K_se _b_webp.jpg\"; filename*=UTF-8''K%C3%A4se%20_b_webp.jpg"
    )
    assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"
    kept = got.headers["etag"]
    again = shop.get(about["href"].removeprefix("/api/v1"), if_none_match=kept)
    assert (again.status_code, again.content) == (304, b"")


def test_a_picture_sent_twice_under_one_key_is_one(shop: Caller, code: str, issue: str) -> None:
    first = attached(shop, issue, PICTURE, idempotency_key=KEY)
    again = attached(shop, issue, PICTURE, idempotency_key=KEY)
    other = attached(shop, issue, PICTURE, "other.png", idempotency_key=KEY)

    assert (again.status_code, again.content) == (201, first.content)
    assert other.status_code == 422
    assert len(shop.card(code)["issues"][0]["attachments"]) == 1


def test_too_many_pictures_at_once_are_put_off(
    shop: Caller, issue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issues, "waiting", {object() for _ in range(issues.WAITING_LIMIT)})

    answer = attached(shop, issue, PICTURE)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


def test_what_is_no_form_with_a_file_is_refused(shop: Caller, issue: str) -> None:
    path = f"/issues/{issue}/attachments"

    json = shop.post(path, {"file": "x"})
    bare = shop("POST", path, raw=PICTURE, content_type="image/png")
    empty = shop("POST", path, raw=b"--x--\r\n", content_type="multipart/form-data; boundary=x")
    torn = shop("POST", path, raw=b"--x", content_type="multipart/form-data")
    large = attached(shop, issue, b"\xff\xd8\xff" + bytes(10 * 1024 * 1024))
    vast = attached(shop, issue, bytes(11 * 1024 * 1024))

    assert (json.status_code, bare.status_code) == (415, 415)
    assert (empty.status_code, empty.json()["field"]) == (422, "file")
    assert torn.status_code == 400
    assert (large.status_code, vast.status_code) == (413, 413)


def test_a_right_is_a_scope(client: Any, do: Any, shop: Caller, cast: Cast, issue: str) -> None:
    staff = Caller.signed_in(client, do, "dan")

    answer = staff.post(f"/issues/{issue}/resolve", DONE)

    assert (answer.status_code, answer.json()["issues"][0]["settled_by"]) == (200, "Dan")
