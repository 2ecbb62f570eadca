"""docs/scale.md is arithmetic: its results follow from its unit costs, and are held to them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import pytest

from server.environment import ROOT
from server.realtime.limits import Limits

TEXT: Final = (ROOT / "docs" / "scale.md").read_text()
UNIT: Final = re.compile(r"^\| `(\w+)` \| ([\d., ]+)", re.M)
RESULT: Final = re.compile(r"^\| ([^|`]+?) \| \**([\d., ]+)[^|]*\| \**([\d., ]+)[^|]*\|", re.M)

Figures = Mapping[str, float]


def number(text: str) -> float:
    return float(text.strip().replace(" ", "").replace(",", ""))


UNITS: Final = {name: number(value) for name, value in UNIT.findall(TEXT)}
TOLD: Final = {
    what: (number(one), number(ten))
    for what, one, ten in RESULT.findall(TEXT.partition("## What it takes")[2])
}


def needs(units: Figures, houses: int) -> Figures:
    """What one of so many houses takes, by the rows of the table."""
    limits = Limits()
    boards, places = units["boards"] / houses, units["locations"] / houses
    commands = units["events"] / houses
    webs = boards / limits.sockets_per_process
    apart = webs * (1 - (1 - 1 / webs) ** (boards / places))  # processes a location is watched in
    channels = places * apart / webs
    per_web = {
        "deliveries": commands * boards / places / webs * units["delivery_us"],
        "heads told": boards / webs / limits.head_seconds * units["delivery_us"],
        "acknowledgements": boards / webs / limits.head_seconds * units["seen_us"],
        "letters": commands * (apart * units["hear_us"] + units["tell_us"]) / webs,
        "looks at the database": channels / limits.look_seconds * units["look_us"],
        "commands": commands / webs * 1e6 / units["web_commands"],
    }
    rung = units["ring_us"] + units["ring_more_us"] * (apart - 1)
    rows = places * apart / limits.look_seconds
    return {
        "web processes": webs,
        "locations watched in one process": channels,
        "processes in which one location is watched": apart,
        **{f"ms a second in each web process: {what}": us / 1e3 for what, us in per_web.items()},
        "share of a core in each web process, per cent": sum(per_web.values()) / 1e4,
        "seconds until the boards of a process that died are back": limits.sockets_per_process
        / units["connects"],
        "MB in each web process for idle sockets": limits.sockets_per_process
        * units["socket_kb"]
        / 1e3,
        "GB in each web process for full rings": channels
        * limits.ring_events
        * units["ring_event_kb"]
        / 1e6,
        "share of a core for all Redis shards, per cent": commands * rung / 1e4,
        "subscriptions on all Redis shards, thousands": channels * webs / 1e3,
        "share of a core of the database for looks, per cent": rows * units["row_us"] / 1e4,
        "cores of the database for commands": commands / units["core_commands"],
        "GB of events in 14 days": commands / units["peak"] * 14 * 86_400 * units["event_kb"] / 1e6,
    }


@pytest.mark.parametrize("what", needs(UNITS, 1))
def test_every_result_follows_from_the_unit_costs(what: str) -> None:
    due = [needs(UNITS, houses)[what] for houses in (1, 10)]

    told = " and ".join(f"{one:.3g}" for one in due)
    assert list(TOLD[what]) == pytest.approx(due, rel=0.05), f"{what}: the unit costs say {told}"


def test_no_result_is_out_of_thin_air() -> None:
    assert TOLD.keys() == needs(UNITS, 1).keys()
