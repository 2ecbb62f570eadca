"""Every step of a mail is a committed change of its state, made by whoever has it in hand."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from server.clock import now
from server.messaging import outbox
from server.messaging.outbox import Held, State
from server.models import Message
from tests.cast import Cast
from tests.hands import Do, Look
from tests.journeys import placed
from tests.mailbag import SENDER, SORRY, TERMS, altered, cancelled, in_hand, mails, reacted, undone


@pytest.fixture
def mail(do: Do, look: Look, cast: Cast) -> Message:
    """A confirmation that is to be sent."""
    placed(do, cast)
    reacted(do, cast)
    return mails(look)[0]


def test_a_mail_is_taken_in_hand_started_and_sent(do: Do, look: Look, mail: Message) -> None:
    held = in_hand(do, mail)

    assert do(outbox.start, held, TERMS)
    assert mails(look)[0].state == State.SENDING
    assert do(outbox.settle, held, State.SENT)

    sent = mails(look)[0]
    assert sent.state == State.SENT
    assert sent.settled_at
    assert sent.lease_until is None
    assert held.letter.message_id == sent.message_id


def test_a_mail_is_in_one_hand_at_a_time(do: Do, mail: Message) -> None:
    in_hand(do, mail)

    assert do(outbox.lease, mail.id or 0, SENDER, TERMS) is None


def test_a_mail_waits_for_its_time(do: Do, look: Look, mail: Message) -> None:
    do(altered, not_before=now() + timedelta(hours=1))

    assert do(outbox.lease, mail.id or 0, SENDER, TERMS) is None
    assert look(outbox.due, 10) == []


def test_what_is_due_comes_oldest_first(do: Do, look: Look, cast: Cast, mail: Message) -> None:
    placed(do, cast)
    reacted(do, cast)

    assert look(outbox.due, 10) == [mail.id, mails(look)[1].id]
    assert look(outbox.due, 1) == [mail.id]


@pytest.mark.parametrize(
    "late",
    [
        lambda do, held: do(outbox.start, held, TERMS),
        lambda do, held: do(outbox.settle, held, State.SENT),
        lambda do, held: do(outbox.put_back, held, "451 Later", TERMS),
    ],
    ids=["start", "settle", "put back"],
)
def test_whoever_slept_past_their_lease_writes_nothing(
    do: Do, look: Look, mail: Message, late: Callable[[Do, Held], bool]
) -> None:
    slept = in_hand(do, mail)
    do(altered, lease_until=now() - timedelta(seconds=1))
    do(outbox.lapse)
    in_hand(do, mail)
    before = mails(look)

    assert not late(do, slept)
    assert mails(look) == before


def test_the_leases_of_the_dead_lapse(do: Do, look: Look, cast: Cast, mail: Message) -> None:
    placed(do, cast)
    reacted(do, cast)
    _, other = mails(look)
    in_hand(do, mail)
    do(outbox.start, in_hand(do, other), TERMS)
    assert do(outbox.lapse) == (0, 0)

    do(altered, lease_until=now() - timedelta(seconds=1))

    assert do(outbox.lapse) == (1, 1)
    assert do(outbox.lapse) == (0, 0)
    assert [mail.state for mail in mails(look)] == [State.QUEUED, State.UNKNOWN]


def test_at_the_start_of_the_only_process_every_lease_is_a_dead_one_s(
    do: Do, look: Look, mail: Message
) -> None:
    in_hand(do, mail)

    assert do(outbox.lapse, everybody=True) == (1, 0)
    assert mails(look)[0].state == State.QUEUED


def test_who_hears_the_answer_late_still_knows_better(do: Do, look: Look, mail: Message) -> None:
    held = in_hand(do, mail)
    do(outbox.start, held, TERMS)
    do(altered, lease_until=now() - timedelta(seconds=1))
    do(outbox.lapse)

    assert do(outbox.settle, held, State.SENT)
    assert mails(look)[0].state == State.SENT


def test_an_unknown_mail_is_not_sent_again_by_itself(do: Do, look: Look, mail: Message) -> None:
    do(outbox.settle, in_hand(do, mail), State.UNKNOWN, "No answer")

    assert look(outbox.due, 10) == []
    assert do(outbox.lapse) == (0, 0)
    assert do(outbox.lease, mail.id or 0, SENDER, TERMS) is None


def test_each_try_waits_longer_until_it_is_given_up(do: Do, look: Look, mail: Message) -> None:
    waits = []
    for _ in range(TERMS.tries):
        began = now()
        assert do(outbox.put_back, in_hand(do, mail), "451 Later", TERMS)
        waits.append((mails(look)[0].not_before - began).total_seconds())
        do(altered, not_before=now())

    failed = mails(look)[0]
    assert failed.state == State.FAILED
    assert failed.reason == "Given up after 24 tries. 451 Later"
    assert 3 < waits[0] < 8
    assert 10 * 60 < waits[-2] < 19 * 60
    assert 3 * 3600 < sum(waits[:-1]) < 7 * 3600


def test_a_move_taken_back_just_before_it_is_told_is_not_told(
    do: Do, look: Look, cast: Cast
) -> None:
    card = placed(do, cast)
    cancelled(do, cast, card, SORRY)
    reacted(do, cast)
    undone(do, cast, card)
    do(altered, not_before=now())
    _, cancellation = mails(look)

    assert do(outbox.lease, cancellation.id or 0, SENDER, TERMS) is None
    assert mails(look)[1].state == State.SKIPPED


def test_a_mail_already_in_hand_is_withdrawn_as_well(do: Do, look: Look, cast: Cast) -> None:
    card = placed(do, cast)
    cancelled(do, cast, card, SORRY)
    reacted(do, cast)
    do(altered, not_before=now())
    held = in_hand(do, mails(look)[1])
    undone(do, cast, card)

    reacted(do, cast)

    assert not do(outbox.start, held, TERMS)
    assert mails(look)[1].state == State.SKIPPED
