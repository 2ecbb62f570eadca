"""What jobs need of the process they run in."""

from typing import Protocol

from server.perform import Perform, Read
from server.realtime.broker import Broker
from server.settings import Settings


class House(Protocol):
    """The parts of a running process, of which server/house.py has some more."""

    @property
    def settings(self) -> Settings: ...
    @property
    def perform(self) -> Perform: ...
    @property
    def read(self) -> Read: ...
    @property
    def broker(self) -> Broker: ...
