"""What every handler finds in `request.state`; made once, in app.py."""

from collections.abc import Awaitable, Callable
from typing import Any, TypedDict

from server.measured import Timings
from server.orders.links import Links
from server.perform import Perform, Read
from server.realtime.hub import Hub
from server.realtime.lean.entrance import Entrance
from server.recognition import Recognition
from server.settings import Settings


class State(TypedDict):
    """The parts of a running process."""

    settings: Settings
    links: Links
    perform: Perform
    read: Read
    recognise: Recognition
    hub: Hub
    entrance: Entrance
    timings: Timings
    health: Callable[[], Awaitable[dict[str, Any]]]
