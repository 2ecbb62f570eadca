"""`web` with its protection off, for control runs: whatever the bell does not bring is lost.

A channel's head is looked up once and never again, and no gap is read from the book.
"""

import sys
from unittest.mock import patch

from server import app
from server.events import Head
from server.realtime.channel import Channel
from server.realtime.lookout import Lookout

WORDS = ("tests.faults.unprotected",)
tell_one = Lookout.tell_one


def tell_once(lookout: Lookout, channel: Channel, found: Head | None, seen: int) -> None:
    """Only what nobody knows yet."""
    if not channel.known:
        tell_one(lookout, channel, found, seen)


def want_nothing(_channel: Channel, _offset: int) -> None:
    """There is something to read: so what."""


if __name__ == "__main__":
    with patch.object(Lookout, "tell_one", tell_once), patch.object(Channel, "want", want_nothing):
        sys.exit(app.serve())
