"""What rows and details say of flags: the server's half of web/static/js/issues.js."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from server.routes.words import WORDS, say, told_at

Card = Mapping[str, Any]
Issue = Mapping[str, Any]
MEGABYTE: Final = 1000  # kilobytes
FIELDS: Final = (
    "flag flagged flagging ref mark what weight body about who ending state name size picture href"
).split()
BLANK: Final[dict[str, Any]] = {
    **dict.fromkeys(FIELDS, ""),
    **{"edit": False, "again": False, "issues": (), "files": ()},
}


def flag(card: Card) -> dict[str, str]:
    """What is wrong with an order, in a word, where somebody has flagged it."""
    types = [one["type"] for one in card["issues"] if one["state"] == "open"]
    several = say("issue.several", count=len(types)) if len(types) > 1 else ""
    short = several or "".join(WORDS["issue"]["short"][one] for one in types)
    return {"flag": short, "flagged": "yes" if types else "no"}


def standing(figures: Sequence[Mapping[str, Any]], at: datetime) -> dict[str, str]:
    """How many orders are flagged, and how long the oldest waits: 4 flagged, oldest 19 h."""
    count = sum(one["flagged"] for one in figures)
    if not count:
        return {"count": "", "rest": ""}
    oldest = min(datetime.fromisoformat(one["oldest_at"]) for one in figures)
    words = WORDS["standing"]["oldest"][count > 1]
    rest = words.format(age=lasting(max(at - oldest, timedelta())))
    return {"count": str(count), "rest": rest}


def lasting(span: timedelta) -> str:
    """A length of time in one figure."""
    hours = int(span.total_seconds()) // 3600
    if hours >= 48:
        return say("standing.days", days=hours // 24)
    if hours:
        return say("standing.hours", hours=hours)
    return say("standing.minutes", minutes=max(int(span.total_seconds()) // 60, 1))


def flagging(card: Card, rights: frozenset[str]) -> str:
    """What the button says that flags the order, for those who may."""
    word = "update_flag" if card["flagged"] else "flag"
    return str(WORDS["menu"][word]) if "issues.write" in rights else ""


def issues(card: Card, rights: frozenset[str], today: str) -> list[dict[str, Any]]:
    """The issues of an order, each with what this person may do about it."""
    may = "issues.write" in rights
    return [issue(one, card, may, today) for one in card["issues"]]


def issue(one: Issue, card: Card, may: bool, today: str) -> dict[str, Any]:
    """An issue: what is wrong, who said so, what came of it."""
    still_open = one["state"] == "open"
    opened = {"name": one["opened_by"], "time": told_at(one["opened_at"], today)}
    return {
        "ref": one["id"],
        "state": one["state"],
        "mark": "flag" if still_open else "done",
        "icon": "flag" if still_open else "flag-check",
        "what": kind(one),
        "weight": WORDS["issue"]["priorities"][one["priority"]],
        "body": one["text"],
        "about": concerned(one, card),
        "who": say("issue.opened", **opened),
        "ending": ending(one, today),
        "edit": still_open and may,
        "again": one["state"] == "resolved" and may,
        "files": [file(each) for each in one["attachments"]],
    }


def kind(one: Issue) -> str:
    """What is wrong, in a word or two."""
    return str(WORDS["issue"]["types"][one["type"]])


def concerned(one: Issue, card: Card) -> str:
    """The lines that an issue is about, where it is not about all of them."""
    lines = [f"{x['quantity']}× {x['name']}" for x in card["lines"] if x["id"] in one["lines"]]
    return say("issue.concerns", lines=", ".join(lines)) if lines else ""


def ending(one: Issue, today: str) -> str:
    """How an issue was settled, and what was said of it."""
    if not one["outcome"]:
        return ""
    outcome = WORDS["issue"]["outcomes"][one["outcome"]]
    time = told_at(one["settled_at"], today)
    settled = say("issue.settled", outcome=outcome, name=one["settled_by"], time=time)
    return f"{settled}: {one['note']}"


def file(one: Mapping[str, Any]) -> dict[str, str]:
    """An attachment: a picture is shown, anything else is named."""
    seen = one["media_type"].startswith("image/")
    return {
        "name": one["name"],
        "href": one["href"],
        "picture": one["href"] if seen else "",
        "size": say("issue.file", name=one["name"], size=sized(one["size"])),
    }


def sized(size: int) -> str:
    """How large a file is, rounded up."""
    kilobytes, megabytes = WORDS["issue"]["sizes"]
    count = -(-size // 1000)
    if count < MEGABYTE:
        return str(kilobytes.format(count=count))
    return str(megabytes.format(count=-(-count // 1000)))
