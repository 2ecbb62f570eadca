"""The last events of a channel, without a gap."""

from collections.abc import Sequence

from server.events import Publication


class Ring:
    """Events `first`…`head` of one epoch; a new one pushes out the oldest."""

    __slots__ = ("epoch", "first", "head", "kept", "size")

    def __init__(self, epoch: str, head: int, size: int) -> None:
        self.epoch = epoch
        self.head = head
        self.first = head + 1
        self.size = size
        self.kept: dict[int, Publication] = {}

    def __getitem__(self, offset: int) -> Publication:
        return self.kept[offset]

    def follows(self, publication: Publication) -> bool:
        """Whether it is the very next event."""
        return publication.offset == self.head + 1 and publication.epoch == self.epoch

    def append(self, publication: Publication) -> None:
        """Take the next event."""
        self.head += 1
        self.kept[self.head] = publication
        if len(self.kept) > self.size:
            del self.kept[self.first]
            self.first += 1

    def prepend(self, older: Sequence[Publication]) -> None:
        """Take events from before the first one, as far as they fit without a gap."""
        for publication in reversed(older):
            fits = publication.offset == self.first - 1 and publication.epoch == self.epoch
            if fits and len(self.kept) < self.size:
                self.first -= 1
                self.kept[self.first] = publication
