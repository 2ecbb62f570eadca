"""Boards in Python, for machines without a C compiler: the same options and JSON as generator.c.

Reading costs more here than writing costs the server, so a figure made with it is bounded by it.
"""

import argparse
import time
from pathlib import Path

from bench.crowd import Crowd, quantile, say
from bench.stamps import Stamps


def tell_result(crowd: Crowd) -> None:
    """All that was counted, in one line."""
    tally, stamps = crowd.tally, crowd.tally.stamps
    began = min((stamp for stamp in stamps.table if stamp), default=0)
    span = max(tally.last_delivery - began, 0) / 1e9 if began else 0.0
    delivered = tally.number["deliveries"]
    counted = {
        name: tally.number[name]
        for name in (
            "by_snapshot",
            "doubled",
            "disordered",
            "strays",
            "unstamped",
            "dropped",
            "bytes",
        )
    }
    to_last = to_last_board(crowd)
    say(
        {
            "phase": "done",
            "generator": "python",
            "deliveries": delivered,
            "lost": len(crowd.boards) * crowd.asked.events - delivered,
            **counted,
            "seconds": span,
            "per_second": delivered / span if span else 0.0,
            **{f"p{share}_ms": quantile(tally.took, share / 100) for share in (50, 90, 99)},
            "max_ms": max(tally.took, default=0.0),
            "last_p50_ms": quantile(to_last, 0.5),
            "last_p99_ms": quantile(to_last, 0.99),
            "cpu_seconds": time.process_time(),
            "closes": {str(code): count for code, count in tally.closes.items()},
        }
    )


def to_last_board(crowd: Crowd) -> list[float]:
    """How long each event took to the last board that was shown it, in ms."""
    return [(last - stamp) / 1e6 for *_, stamp, _, last in table(crowd) if 0 < stamp <= last]


def table(crowd: Crowd) -> list[tuple[int, int, int, int, int, int]]:
    """Channel, offset, mark, stamp, and when the first and the last board had it."""
    tally, events = crowd.tally, crowd.asked.events
    return [
        (
            slot // events,
            slot % events + crowd.bases.get(slot // events, 0) + 1,
            tally.marks[slot],
            tally.stamps.table[slot // events * events + tally.marks[slot]],
            first,
            tally.last[slot],
        )
        for slot, first in enumerate(tally.first)
        if first
    ]


def options() -> argparse.Namespace:
    asked = argparse.ArgumentParser(prog="bench.boards")
    asked.add_argument("--port", type=int, required=True)
    asked.add_argument("--boards", type=int, default=1)
    asked.add_argument("--channels", type=int, default=1)
    asked.add_argument("--first-channel", type=int, default=1)
    asked.add_argument("--events", type=int, default=1)
    asked.add_argument("--mode", choices=("plain", "heard", "socketio"), default="plain")
    asked.add_argument("--path", default="/live/%d")
    asked.add_argument("--header", default="")
    asked.add_argument("--audience", default="staff")
    asked.add_argument("--stamps", type=Path, required=True)
    asked.add_argument("--deadline", type=float, default=30.0)
    asked.add_argument("--inflight", type=int, default=256)
    asked.add_argument("--marked", action="store_true")
    asked.add_argument("--table", type=Path)
    return asked.parse_args()


def main() -> None:
    asked = options()
    with Stamps(asked.stamps, asked.first_channel + asked.channels, asked.events) as stamps:
        crowd = Crowd(asked, stamps)
        crowd.connect_all("ready", asked.inflight)
        crowd.listen_until_done()
        if asked.table:
            lines = (" ".join(map(str, row)) + "\n" for row in table(crowd))
            asked.table.write_text("".join(lines))
        tell_result(crowd)


if __name__ == "__main__":
    main()
