"""Stages renamed: new words everywhere at once, and the keys as they were."""

from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from sqlmodel import Session, select

from server.errors import Forbidden, Invalid, Overtaken, Refused
from server.models import Change, Order
from server.orders import boards, lifecycle
from server.orders.boards import Filters
from server.orders.forms import MoveForm
from server.orders.stages import PLANS, Flow
from server.places import organizations
from server.places.forms import SettingsForm
from tests.cast import Cast
from tests.hands import Do, Look
from tests.journeys import Card, brought, move, placed, row

WORDS = {"pending": "New", "ready": "Come & get it", "fulfilled": "Given out"}


def rename(do: Do, cast: Cast, words: dict[str, Any], flow: str = "onsite", **more: Any) -> Any:
    form = SettingsForm.model_validate({"labels": {flow: words}})
    return do(organizations.change, form, by=more.pop("by", cast.ana), **more)


def log(session: Session) -> Sequence[Change]:
    return session.exec(select(Change)).all()


def on_board(look: Look, location: int) -> list[Card]:
    return [orjson.loads(card) for card in look(boards.snapshot, location).orders]


def test_cards_are_drawn_with_the_new_words_and_keep_their_versions(
    do: Do, look: Look, cast: Cast
) -> None:
    waiting, gone = placed(do, cast), brought(do, cast, Flow.ONSITE, "pending fulfilled")

    rename(do, cast, WORDS)

    found = {card["id"]: card for card in on_board(look, cast.bar)}
    new, old = found[waiting["id"]], found[gone["id"]]
    assert (new["label"], old["label"]) == ("New", "Given out")
    assert [step["label"] for step in new["next"]] == ["Come & get it", "Given out", "Cancelled"]
    assert (new["stage"], new["version"], old["version"]) == ("pending", 1, gone["version"])
    assert row(look, waiting).card == orjson.dumps(new).decode()


def test_what_happens_afterwards_is_told_in_the_new_words(do: Do, cast: Cast) -> None:
    before = placed(do, cast)
    rename(do, cast, WORDS)

    after, moved = placed(do, cast), move(do, before, "ready", cast.dan)

    assert (after["label"], moved["label"]) == ("New", "Come & get it")
    assert moved["next"][0] == {**before["next"][1], "label": "Given out"}
    with pytest.raises(Refused, match="is Come & get it and cannot become Resolved"):
        do(lifecycle.advance, before["id"], "resolved", MoveForm(), by=cast.dan)


def test_boards_of_the_flow_hear_of_it_and_settings_screens_do(do: Do, cast: Cast) -> None:
    rename(do, cast, WORDS)

    place, settings = do.bell.rung
    assert (place.channel, place.kind) == (f"location:{cast.bar}", "location.changed")
    assert orjson.loads(place.thing)["labels"]["pending"] == "New"
    assert orjson.loads(place.thing)["version"] == 2
    assert (settings.channel, settings.kind) == (f"organization:{cast.harbour}", "settings.changed")
    assert orjson.loads(settings.thing)["renamed"] == {"onsite": WORDS}


def test_a_board_with_orders_of_another_flow_hears_of_it_too(do: Do, cast: Cast) -> None:
    placed(do, cast, cast.kitchen, flow="onsite")

    rename(do, cast, WORDS)

    heard = {rung.channel for rung in do.bell.rung[1:]}
    assert {f"location:{cast.bar}", f"location:{cast.kitchen}"} < heard
    assert f"location:{cast.store}" not in heard


def test_an_old_order_is_read_in_the_words_of_today(
    do: Do, look: Look, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = brought(do, cast, Flow.ONSITE, "pending fulfilled")
    brought(do, cast, Flow.ONSITE, "pending cancelled")
    monkeypatch.setattr("server.orders.redraw.ENDED_KEPT", 1)

    rename(do, cast, WORDS)

    assert orjson.loads(row(look, old).card)["label"] == "Fulfilled"
    [listed] = look(boards.orders, Filters(stage="fulfilled"), by=cast.ana).orders
    card, _ = look(boards.order, old["code"], by=cast.ana)
    shown = {card["id"]: card["label"] for card in on_board(look, cast.bar)}
    assert {orjson.loads(one)["label"] for one in (listed, card)} == {"Given out"}
    assert shown[old["id"]] == "Given out"
    assert move(do, old, "pending", cast.ana)["next"][0]["label"] == "Come & get it"


def test_an_empty_word_is_the_usual_one_again(do: Do, look: Look, cast: Cast) -> None:
    order = placed(do, cast)
    rename(do, cast, WORDS)

    settings = rename(do, cast, {"pending": "  ", "ready": None, "fulfilled": "Fulfilled"})

    assert settings["renamed"] == {}
    assert on_board(look, cast.bar) == [order]


def test_what_is_as_it_was_is_no_change(do: Do, look: Look, cast: Cast) -> None:
    rename(do, cast, WORDS)
    rung = len(do.bell.rung)

    again = rename(do, cast, {"pending": "New"})

    assert (again["version"], len(do.bell.rung)) == (2, rung)
    assert len(look(log)) == 1


@pytest.mark.parametrize(
    ("stage", "word"),
    [
        ("pending", "N"),
        ("pending", "fifteen letters"),
        ("pending", "ready"),
        ("pending", " Fulfilled "),
        ("pending", "New\u202eevil"),
        ("pending", "zero\u200bwidth"),
        ("incoming", "New"),
        ("nonsense", "New"),
    ],
)
def test_a_word_that_does_not_fit_is_named(do: Do, cast: Cast, stage: str, word: str) -> None:
    with pytest.raises(Invalid) as refused:
        rename(do, cast, {stage: word})

    assert refused.value.field == f"labels.onsite.{stage}"
    assert do.bell.rung == []


def test_two_stages_may_swap_their_words(do: Do, cast: Cast) -> None:
    settings = rename(do, cast, {"pending": "Ready", "ready": "Pending"})

    assert settings["labels"]["onsite"] == {
        **{key: stage.label for key, stage in PLANS[Flow.ONSITE].stages.items()},
        "pending": "Ready",
        "ready": "Pending",
    }


def test_two_admins_at_once_are_one_and_a_refusal(do: Do, cast: Cast) -> None:
    rename(do, cast, {"pending": "New"}, match=1)

    with pytest.raises(Overtaken, match="These settings have been changed by Ana") as refused:
        rename(do, cast, {"pending": "Fresh"}, match=1)

    assert refused.value.more["settings"]["renamed"] == {"onsite": {"pending": "New"}}
    assert refused.value.more["settings"]["version"] == 2


def test_only_who_works_everywhere_renames_for_everybody(do: Do, cast: Cast) -> None:
    with pytest.raises(Forbidden, match="An admin can"):
        rename(do, cast, WORDS, by=cast.ben)
    with pytest.raises(Forbidden):
        rename(do, cast, WORDS, by=cast.dan)


def test_nobody_elsewhere_sees_anything_of_it(do: Do, look: Look, cast: Cast) -> None:
    theirs = placed(do, cast)
    rename(do, cast, WORDS, by=cast.cora)

    assert look(organizations.settings, by=cast.ana)["renamed"] == {}
    assert on_board(look, cast.bar) == [theirs]
    assert look(lambda s: s.get_one(Order, theirs["id"])).customs_version == 0


def test_the_change_log_says_what_it_was_called(do: Do, look: Look, cast: Cast) -> None:
    rename(do, cast, {"pending": "New"})

    [change] = look(log)
    assert (change.kind, change.by_name) == ("settings.changed", "Ana")
    assert change.detail == {"onsite.pending": ["Pending", "New"]}
