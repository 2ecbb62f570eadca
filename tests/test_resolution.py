"""The queue of issues, and how many wait where."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from server.clock import now
from server.orders import issues, resolution
from server.orders.resolution import IssueFilters, Queue
from server.people.actors import Actor
from server.routes import flags
from tests.cast import Cast
from tests.hands import Do, Look
from tests.journeys import placed
from tests.test_issues import NOW_SEEN, flagged, resolved


def listed(look: Look, by: Actor, **more: Any) -> Queue:
    return look(resolution.queue, IssueFilters(**more), by=by)


def ids(queue: Queue) -> list[str]:
    return [issue["id"] for issue in queue.issues]


def test_the_queue_is_oldest_first_and_comes_in_pages(do: Do, look: Look, cast: Cast) -> None:
    opened = [flagged(do, placed(do, cast), cast.dan).issue for _ in range(3)]

    first = listed(look, cast.ana, limit=2)
    rest = listed(look, cast.ana, limit=2, cursor=first.next)

    assert (ids(first), ids(rest), rest.next) == (opened[:2], opened[2:], None)
    order = orjson.loads(orjson.dumps(first.issues[0]["order"]))
    assert order["issues"][0]["id"] == opened[0]


def test_everybody_has_the_queue_of_their_own_locations(do: Do, look: Look, cast: Cast) -> None:
    here = flagged(do, placed(do, cast), cast.dan).issue
    there = flagged(do, placed(do, cast, cast.kitchen), cast.ana).issue

    assert ids(listed(look, cast.ana)) == [here, there]
    assert ids(listed(look, cast.ana, location=cast.kitchen)) == [there]
    assert ids(listed(look, cast.ben)) == [here]
    assert ids(listed(look, cast.ben, location=cast.kitchen)) == []
    assert ids(listed(look, cast.cora)) == []


def test_the_queue_tells_states_apart(do: Do, look: Look, cast: Cast) -> None:
    still, done, none = (flagged(do, placed(do, cast), cast.dan) for _ in range(3))
    resolved(do, done, cast.ana)
    do(issues.remove, none.issue, NOW_SEEN, by=cast.dan)

    assert ids(listed(look, cast.ana)) == [still.issue]
    assert ids(listed(look, cast.ana, state="resolved")) == [done.issue]


def test_how_many_wait_and_since_when(do: Do, look: Look, cast: Cast) -> None:
    order = placed(do, cast)
    first = flagged(do, order, cast.dan)
    flagged(do, order, cast.dan)
    flagged(do, placed(do, cast), cast.dan)
    flagged(do, placed(do, cast, cast.kitchen), cast.ana)

    [bar, kitchen] = look(resolution.standing, by=cast.ana)

    opened = orjson.loads(first.card)["issues"][0]["opened_at"]
    assert bar == {"location": cast.bar, "flagged": 2, "oldest_at": opened}
    assert (kitchen["location"], kitchen["flagged"]) == (cast.kitchen, 1)
    assert look(resolution.standing, by=cast.ben) == [bar]
    assert look(resolution.standing, by=cast.cora) == []


def test_the_desk_holds_what_is_flagged_and_what_was_resolved_last(
    do: Do, look: Look, cast: Cast
) -> None:
    first, second = (flagged(do, placed(do, cast), cast.dan) for _ in range(2))
    earlier, later = (flagged(do, placed(do, cast), cast.dan) for _ in range(2))
    resolved(do, earlier, cast.ana)
    resolved(do, later, cast.ana)

    desk = look(resolution.desk, [f"location:{cast.bar}"], by=cast.ben)

    shown = [orjson.loads(one)["issues"][0]["id"] for one in desk.orders]
    assert shown == [first.issue, second.issue, later.issue, earlier.issue]
    assert desk.positions[f"location:{cast.bar}"].offset == do.bell.rung[-1].offset


@pytest.mark.parametrize(
    ("span", "rest"),
    [
        (timedelta(seconds=5), ", oldest 1 min"),
        (timedelta(minutes=59, seconds=59), ", oldest 59 min"),
        (timedelta(hours=19, minutes=30), ", oldest 19 h"),
        (timedelta(hours=47), ", oldest 47 h"),
        (timedelta(hours=49), ", oldest 2 d"),
    ],
)
def test_the_header_says_how_long_the_oldest_waits(span: timedelta, rest: str) -> None:
    at = now()
    figures = [
        {"location": 1, "flagged": 3, "oldest_at": (at - span).isoformat()},
        {"location": 2, "flagged": 1, "oldest_at": at.isoformat()},
    ]

    assert flags.standing(figures, at) == {"count": "4", "rest": rest}
    assert flags.standing(figures[1:], at)["rest"] == ", 1 min"
    assert flags.standing([], at) == {"count": "", "rest": ""}
