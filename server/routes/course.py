"""The course of an order through its flow, in segments: the server's half of js/course.js."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from server.orders.stages import PLANS, Flow, Kind
from server.routes.rows import Card, Scene, named
from server.routes.words import WORDS, clock

LONGEST: Final = 9  # stages; no flow has more
Labels = Mapping[str, Mapping[str, str]]


def course(
    card: Card, scene: Scene, labels: Labels, history: Sequence[Mapping[str, Any]] | None
) -> list[dict[str, str]]:
    """Past stages say when, the present one since when, the next ones are buttons."""
    at = {entry["to"]: entry["at"] for entry in history or () if entry["to"]}
    stage, flow = card["stage"], card["flow"]
    steps = {step["to"]: step for step in card["next"] if step["right"] in scene.rights}
    past, ahead = passed(flow, stage, tuple(at)), onward(flow, stage)
    words = labels[flow]
    since = card["moved"]["at"] if card["moved"] else card["placed_at"]
    found = [
        segment("past", words[key], when(at, key, scene.today, known=history is not None))
        for key in past
    ]
    found.append(segment("now", card["label"], clock(at.get(stage) or since, scene.today)))
    for key in ahead:
        step = steps.get(key)
        verb = named(step, scene.prep(card)) if step else ""
        state = "next" if step and key == ahead[0] else "later"
        found.append(segment(state, words[key]) | {"to": key if step else "", "verb": verb})
    return found


def segment(state: str, label: str, at: str = "") -> dict[str, str]:
    """One stage of the course."""
    return {"state": state, "label": label, "at": at, "to": "", "verb": ""}


def when(at: Mapping[str, str], key: str, today: str, *, known: bool) -> str:
    """When a stage was reached, if it was."""
    if key in at:
        return clock(at[key], today)
    return str(WORDS["course"]["skipped"]) if known else ""


def passed(flow: str, stage: str, visited: Sequence[str]) -> list[str]:
    """The stages before this one on the usual way; off it, those of it that were visited."""
    first = next(iter(PLANS[Flow(flow)].stages))
    usual = [first, *onward(flow, first)]
    if stage in usual:
        return usual[: usual.index(stage)]
    return [key for key in usual if key in visited]


@lru_cache(maxsize=128)
def onward(flow: str, stage: str) -> tuple[str, ...]:
    """The usual way on from a stage, until it is done."""
    plan, found = PLANS[Flow(flow)], [stage]
    while plan.stages[found[-1]].kind is not Kind.DONE and len(found) < LONGEST:
        moves = plan.moves_from(found[-1], ())
        following = [m.to for m in moves if plan.stages[m.to].kind is not Kind.VOID]
        if not following:
            break
        found.append(following[0])
    return tuple(found[1:])
