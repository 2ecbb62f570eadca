"""Clocks that are wrong: what is in order stays so, and nothing is done too early or twice."""

from __future__ import annotations

import itertools
import os
import signal
import time
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Final
from unittest.mock import patch

import pytest
import time_machine
from sqlmodel import Session

from server.clock import now
from server.messaging import outbox
from server.models import Message
from server.people.actors import Role
from tests import cast as casting
from tests.cast import Cast
from tests.faults.meddled import SHIFT
from tests.faults.trial import trial
from tests.flow.fixtures import Tell
from tests.flow.house import House
from tests.flow.person import Person
from tests.hands import Do, Look
from tests.journeys import placed
from tests.mailbag import SENDER, TERMS, in_hand, mails, reacted

HOUR, MINUTE, DAY = 3600, 60, 86_400
SIGNED_OUT: Final = 4500
CLOSED_SECONDS: Final = 10.0
names = itertools.count()


def shift(house: House, seconds: float) -> None:
    """The clock of one of two processes is wrong by so much from now on."""
    (house.var / SHIFT).write_text(str(seconds))
    os.kill(house.webs[1].pid, signal.SIGUSR2)


async def test_a_wrong_clock_changes_no_order_and_ends_the_right_sign_ins(
    pair: House, tell: Tell
) -> None:
    jumps = (HOUR, -5 * MINUTE, 400 * DAY)
    stamps: list[str] = []
    async with AsyncExitStack() as stack:
        person = await stack.enter_async_context(Person.at(pair.webs[1].url))
        at = (pair.cast.harbour, name := f"Clock{next(names)}", Role.STAFF, pair.cast.bar)
        await pair.database.write(lambda session: casting.person(session, *at))
        await person.sign_in(name)
        own = pair.board(pair.cast.bar, web=pair.webs[1], headers=person.headers)
        board = await stack.enter_async_context(own)
        try:
            for seconds in jumps:
                assert board.ended is None
                shift(pair, seconds)
                async with trial(pair, 20, 20, name=f"t{next(names)}-") as found:
                    await found.during()
                    assert await found.verdict() == []
                stamps += [shown.at for shown in found.boards[0].shown]
            await board.until(lambda b: b.ended == SIGNED_OUT, CLOSED_SECONDS)
        finally:
            shift(pair, 0)

    early = sum(later < earlier for earlier, later in itertools.pairwise(stamps))
    tell(f"clock off by +1 h, -5 min, +400 days: boards equal, {early} stamps before earlier ones")
    assert early  # the control: whoever went by the time of day would have got these wrong


@pytest.fixture
def mail(do: Do, look: Look, cast: Cast) -> Message:
    """A confirmation that is to be sent."""
    placed(do, cast)
    reacted(do, cast)
    return mails(look)[0]


def fast(session: Session, ahead: timedelta = timedelta(0)) -> datetime:
    """The protection off: leases by the clock of whoever asks."""
    return now() + ahead


@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_worker_whose_clock_is_fast_takes_nothing_out_of_anothers_hands(
    do: Do, mail: Message
) -> None:
    held = in_hand(do, mail)

    with time_machine.travel(time.time() + HOUR, tick=True):
        do(outbox.lapse)

    assert do(outbox.start, held, TERMS)


@pytest.mark.parametrize("backend", ["postgresql"])
def test_control_by_its_own_clock_it_does(do: Do, mail: Message) -> None:
    held = in_hand(do, mail)

    with patch.object(outbox, "clock", fast), time_machine.travel(time.time() + HOUR, tick=True):
        do(outbox.lapse)

    assert not do(outbox.start, held, TERMS)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_alone_with_a_fast_clock_a_mail_goes_out_once_all_the_same(do: Do, mail: Message) -> None:
    held = in_hand(do, mail)

    with time_machine.travel(time.time() + HOUR, tick=True):
        do(outbox.lapse)
        again = do(outbox.lease, mail.id or 0, SENDER, TERMS)
        assert again
        assert do(outbox.start, again, TERMS)

    assert not do(outbox.start, held, TERMS)
