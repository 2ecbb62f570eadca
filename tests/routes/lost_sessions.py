"""Twenty-four cookies of sessions that are not, or no longer, one's own."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from sqlmodel import delete, update

from server.clock import now
from server.models import SignIn
from server.people import own, sessions
from server.people.passwords import hashed
from server.places import devices, people, pins
from tests.cast import Cast, account_of, address
from tests.entrance import CHOSEN, OFFICE, ONE_TIME, signed_in
from tests.hands import Do, Look
from tests.pairing import device, paired, with_pin
from tests.routes.doorway import Browser, house

TABLET: Final = timedelta(minutes=15)


def opened(do: Do, name: str = "Ben") -> str:
    return do(sessions.sign_in, address(name), device="Phone").token


def ident(do: Do, name: str) -> int:
    return do(lambda session: account_of(session, name).id or 0)


Case = Callable[[Do, Look, Cast], str]


def signed_out(do: Do, look: Look, _: Cast) -> str:
    opened_ = do(sessions.sign_in, address("Ben"), device="Phone")
    do(sessions.sign_out, opened_.actor.sign_in or 0)
    return opened_.token


def signed_out_elsewhere(do: Do, look: Look, _: Cast) -> str:
    token, here = opened(do), signed_in(do, "Ben")
    do(own.end_others, by=here)
    return token


def ended_from_the_list(do: Do, look: Look, _: Cast) -> str:
    there, here = do(sessions.sign_in, address("Ben"), device="Phone"), signed_in(do, "Ben")
    do(own.end_session, there.actor.sign_in or 0, by=here)
    return there.token


def shut_out(do: Do, look: Look, _: Cast) -> str:
    token = opened(do)
    do(people.disable, ident(do, "Ben"), by=signed_in(do))
    return token


def shut_out_and_let_in_again(do: Do, look: Look, cast: Cast) -> str:
    token = shut_out(do, look, cast)
    do(people.enable, ident(do, "Ben"), by=signed_in(do))
    return token


def invited_again(do: Do, look: Look, _: Cast) -> str:
    token = opened(do)
    do(people.invite_again, ident(do, "Ben"), ONE_TIME, OFFICE, by=signed_in(do))
    return token


def password_changed(do: Do, look: Look, _: Cast) -> str:
    token, here = opened(do), signed_in(do, "Ben")
    do(own.change_password, True, hashed(CHOSEN), by=here)
    return token


def before_the_one_time_password_was_replaced(do: Do, look: Look, _: Cast) -> str:
    do(people.invite_again, ident(do, "Ben"), ONE_TIME, OFFICE, by=signed_in(do))
    first = do(sessions.sign_in, address("Ben"), device="Phone")
    do(own.replace_one_time, hashed(CHOSEN), by=first.actor)
    return first.token


def fifty_one_at_once(do: Do, look: Look, _: Cast) -> str:
    tokens = [opened(do) for _ in range(sessions.AT_ONCE + 1)]
    return tokens[0]


def used(do: Do, ago: timedelta) -> str:
    token = opened(do)
    then = {"used_at": now() - ago}
    do(lambda s: s.execute(update(SignIn).values(**then)) and None)
    return token


def idle(do: Do, look: Look, _: Cast) -> str:
    return used(do, sessions.IDLE)


def too_old(do: Do, look: Look, _: Cast) -> str:
    token = opened(do)
    do(lambda s: s.execute(update(SignIn).values(created_at=now() - sessions.ABSOLUTE)) and None)
    return token


def at_a_tablet(do: Do, look: Look, cast: Cast) -> tuple[str, str]:
    """A tablet's token, and that of Dan's session at it."""
    token, dan = paired(do, cast), with_pin(do)
    tablet = device(look, token)
    assert tablet
    _, _, kept = do(pins.knock, dan, by=tablet)
    return token, do(pins.sign_in, dan, kept, by=tablet).token


def left_at_a_tablet(do: Do, look: Look, cast: Cast) -> str:
    _, token = at_a_tablet(do, look, cast)
    do(lambda s: s.execute(update(SignIn).values(used_at=now() - TABLET)) and None)
    return token


def at_a_revoked_tablet(do: Do, look: Look, cast: Cast) -> str:
    shown, token = at_a_tablet(do, look, cast)
    tablet = device(look, shown)
    assert tablet
    do(devices.revoke, tablet.device_id or 0, by=cast.ben)
    return token


def tampered(change: Callable[[str], str]) -> Case:
    return lambda do, _look, _cast: change(opened(do))


def kept_hash(do: Do, look: Look, _: Cast) -> str:
    return sessions.digest(opened(do))


def chosen_by_somebody_else(do: Do, look: Look, _: Cast) -> str:
    """Fixation: a cookie planted before the sign-in."""
    browser = Browser(house(do, look))
    browser.client.cookies.set("sid", "planted")
    assert browser.sign_in("Ben").status_code == 303
    return "planted"


def of_the_browser_before_it_signed_in_again(do: Do, look: Look, _: Cast) -> str:
    """Rotation: the former session of a browser ends with its next sign-in."""
    browser = Browser(house(do, look))
    page = browser.get("/login").text
    browser.sign_in("Ben")
    before = browser.client.cookies["sid"]
    csrf = browser.client.cookies.get("form") or page.split('name="csrf" value="')[1].split('"')[0]
    browser.client.cookies.set("form", csrf)
    fields = {"csrf": csrf, "email": address("Dan"), "password": "a password for tests"}
    answer = browser.client.post("/login", data=fields)
    assert answer.status_code == 303
    return before


def swept_away(do: Do, look: Look, _: Cast) -> str:
    token = opened(do)
    do(lambda session: session.execute(delete(SignIn)) and None)
    return token


CASES: Final[dict[str, Case]] = {
    "signed out": signed_out,
    "signed out everywhere else": signed_out_elsewhere,
    "ended from the list": ended_from_the_list,
    "shut out": shut_out,
    "shut out and let in again": shut_out_and_let_in_again,
    "invited again": invited_again,
    "password changed": password_changed,
    "one-time password replaced": before_the_one_time_password_was_replaced,
    "fifty newer ones": fifty_one_at_once,
    "idle for eight hours": idle,
    "a day old": too_old,
    "left at a tablet": left_at_a_tablet,
    "at a revoked tablet": at_a_revoked_tablet,
    "one letter more": tampered(lambda token: token + "A"),
    "one letter less": tampered(lambda token: token[:-1]),
    "another letter": tampered(lambda token: ("B" if token[0] == "A" else "A") + token[1:]),
    "capitals": tampered(str.swapcase),
    "twice": tampered(lambda token: token + token),
    "quoted": tampered(lambda token: f'"{token}x"'),
    "nothing": tampered(lambda _: ""),
    "its hash": kept_hash,
    "planted before the sign-in": chosen_by_somebody_else,
    "before signing in again": of_the_browser_before_it_signed_in_again,
    "swept away": swept_away,
}
