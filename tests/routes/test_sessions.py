"""S10: twenty-five ways to use a session that is not, or no longer, one's own. None is let in."""

import pytest

from tests.cast import Cast
from tests.hands import Do, Look
from tests.pairing import paired
from tests.routes.doorway import Browser, house
from tests.routes.lost_sessions import CASES, opened


def status(do: Do, look: Look, cookie: str, name: str = "sid") -> int:
    """What the API answers to whoever shows a cookie."""
    browser = Browser(house(do, look))
    return browser.client.get(
        "/api/v1/locations", headers={"Cookie": f"{name}={cookie}"}
    ).status_code


@pytest.mark.parametrize("case", CASES)
def test_a_session_that_is_not_ones_own_opens_nothing(
    do: Do, look: Look, cast: Cast, case: str
) -> None:
    cookie = CASES[case](do, look, cast)

    assert status(do, look, cookie) == 401


def test_a_device_token_is_no_session(do: Do, look: Look, cast: Cast) -> None:
    token = paired(do, cast)

    assert status(do, look, token) == 401
    assert status(do, look, token, "dev") == 200
    assert status(do, look, opened(do), "dev") == 401


def test_there_are_twenty_five() -> None:
    assert len(CASES) + 1 == 25


def test_the_control_a_good_session_opens(do: Do, look: Look, cast: Cast) -> None:
    assert status(do, look, opened(do)) == 200
