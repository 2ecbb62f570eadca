"""The ring: the last events, without a gap."""

from dataclasses import replace

from server.realtime.ring import Ring
from tests.realtime.shelf import BAR, Shelf


async def test_a_new_event_pushes_out_the_oldest() -> None:
    shelf, ring = Shelf(), Ring("e1", 0, 3)

    for _ in range(5):
        ring.append(shelf.write())

    assert (ring.first, ring.head) == (3, 5)
    assert [ring[offset].offset for offset in (3, 4, 5)] == [3, 4, 5]
    assert len(ring.kept) == 3


async def test_only_the_very_next_event_of_the_same_epoch_follows() -> None:
    shelf, ring = Shelf(), Ring("e1", 1, 3)
    first, second, third = (shelf.write() for _ in range(3))

    assert ring.follows(second)
    assert not ring.follows(first)
    assert not ring.follows(third)
    assert not ring.follows(replace(second, epoch="e2"))


async def test_it_is_filled_backwards_without_a_gap() -> None:
    shelf, ring = Shelf(), Ring("e1", 5, 4)
    events = [shelf.write() for _ in range(6)]
    ring.append(events[5])

    ring.prepend(events[:3])  # 1 2 3, but 4 is missing

    assert ring.first == 6
    ring.prepend(events[:5])
    assert (ring.first, ring.head) == (3, 6)
    assert [event.offset for event in shelf.streams[BAR].events] == [1, 2, 3, 4, 5, 6]
