"""What an organization calls the stages of its flows. The keys underneath never change."""

from collections.abc import Mapping
from typing import Final

from server.errors import Invalid
from server.orders.stages import PLANS, Flow, Plan

SHORTEST: Final = 2
LONGEST: Final = 14

Words = dict[str, dict[str, str]]  # of flow and stage; only what differs from the usual


def renamed(
    before: Mapping[str, Mapping[str, str]], asked: Mapping[Flow, Mapping[str, str | None]]
) -> Words:
    """The words after a change; an empty one is the flow's own again."""
    words = {flow: dict(stages) for flow, stages in before.items()}
    for flow, stages in asked.items():
        own = words.setdefault(flow.value, {})
        for stage, word in stages.items():
            own.pop(stage, None)
            field = f"labels.{flow}.{stage}"
            if word := fitting(PLANS[flow], stage, (word or "").strip(), field):
                own[stage] = word
        check_alike(PLANS[flow], own, stages)
    return {flow: stages for flow, stages in words.items() if stages}


def fitting(plan: Plan, stage: str, word: str, field: str) -> str:
    """A word that a pill and a button can carry; nothing, where it is the usual one."""
    if stage not in plan.stages:
        raise Invalid(f"A {plan.flow} order has no stage “{stage}”.", field=field)
    if word in ("", plan.stages[stage].label):
        return ""
    if not SHORTEST <= len(word) <= LONGEST:
        words = f"“{word}” has {len(word)} characters: {SHORTEST} to {LONGEST} are possible."
        raise Invalid(words, field=field)
    if not word.isprintable():
        raise Invalid("Letters, digits, signs and spaces are possible.", field=field)
    return word


def check_alike(plan: Plan, own: Mapping[str, str], changed: Mapping[str, object]) -> None:
    """Refuse two stages of a flow that read alike."""
    taken: dict[str, str] = {}
    for stage in sorted(plan.stages, key=lambda key: key in changed):  # the changed ones last
        word = own.get(stage) or plan.stages[stage].label
        if other := taken.get(word.casefold()):
            usual = plan.stages[other].label
            words = f"“{word}” is what {usual} is called already: each stage needs its own word."
            raise Invalid(words, field=f"labels.{plan.flow}.{stage}")
        taken[word.casefold()] = stage


def flows_that_differ(
    before: Mapping[str, Mapping[str, str]], after: Mapping[str, Mapping[str, str]]
) -> set[str]:
    """The flows in which a stage is called otherwise now."""
    return {flow for flow in PLANS if before.get(flow, {}) != after.get(flow, {})}


def differences(
    before: Mapping[str, Mapping[str, str]], after: Mapping[str, Mapping[str, str]]
) -> dict[str, list[str]]:
    """What each renamed stage was called, and is now: for the change log."""
    found = {}
    for flow in flows_that_differ(before, after):
        for stage, usual in PLANS[Flow(flow)].stages.items():
            pair = [words.get(flow, {}).get(stage, usual.label) for words in (before, after)]
            if pair[0] != pair[1]:
                found[f"{flow}.{stage}"] = pair
    return found
