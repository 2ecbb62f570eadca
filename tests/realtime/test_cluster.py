"""The bell on a cluster: each shard rings for its own locations, and dies for no others."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from server.events import Publication
from server.realtime.lines import Pace
from server.realtime.redis_broker import RedisBroker
from tests.realtime.clusters import PREFIX, ClusterOfThree, cluster
from tests.realtime.exchange import FAST, Ears, again, up
from tests.realtime.guests import Pass
from tests.realtime.house import QUICK, house
from tests.realtime.patience import eventually
from tests.realtime.shelf import Shelf


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterOfThree]:
    """A cluster that stays whole."""
    with cluster(tmp_path_factory.mktemp("cluster")) as made:
        yield made


@pytest.fixture
def frail(tmp_path: Path) -> Iterator[ClusterOfThree]:
    """One of our own, to be broken."""
    with cluster(tmp_path / "cluster") as made:
        yield made


@asynccontextmanager
async def linked(
    made: ClusterOfThree, pace: Pace = FAST, **more: Any
) -> AsyncIterator[RedisBroker]:
    broker = RedisBroker(made.url, prefix=PREFIX, pace=pace, **more)
    async with broker.running():
        await up(broker)
        yield broker


@asynccontextmanager
async def hearing(made: ClusterOfThree, *names: str) -> AsyncIterator[tuple[RedisBroker, Ears]]:
    """A broker with ears for these channels, subscribed to them all."""
    async with linked(made) as broker:
        ears = Ears()
        broker.attach(ears)
        for name in names:
            broker.watch(name)
        await again(broker)
        yield broker, ears


async def test_events_of_every_shard_are_heard_in_order(three: ClusterOfThree) -> None:
    names = three.names(each=10)
    shelf = Shelf(*names)
    async with linked(three) as here, hearing(three, *names) as (_, ears):
        told = [shelf.write(name) for _ in range(3) for name in names]

        await here.publish(*told)

        await eventually(lambda: len(ears.heard) == len(told))
        for name in names:
            assert offsets(ears.heard, name) == [1, 2, 3]


async def test_each_shard_has_one_listener_and_only_its_own_channels(
    three: ClusterOfThree,
) -> None:
    names = three.names()
    before = [listeners(node) for node in three.nodes]
    async with hearing(three, *names) as (broker, _):
        assert [three.subscribers(name) for name in names] == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
        assert [listeners(node) - had for node, had in zip(three.nodes, before, strict=True)] == [
            1,
            1,
            1,
        ]

        broker.unwatch(names[0])

        await eventually(lambda: three.subscribers(names[0]) == [0, 0, 0])
        assert three.subscribers(names[1]) == [0, 1, 0]


async def test_what_nobody_watches_is_not_heard(three: ClusterOfThree) -> None:
    watched, other, _ = three.names()
    shelf = Shelf(watched, other)
    async with linked(three) as here, hearing(three, watched) as (there, ears):
        await here.publish(shelf.write(other), shelf.write(watched))
        await eventually(lambda: ears.heard)
        await again(there)

    assert [publication.channel for publication in ears.heard] == [watched]
    assert there.letters.heard == 1


async def test_whoever_reads_the_whole_book_is_called(three: ClusterOfThree) -> None:
    async with linked(three) as here, linked(three, follows=True) as follower:
        rings = follower.bell.rings

        await here.publish(*[Shelf(name).write(name) for name in three.names()])

        await eventually(lambda: follower.bell.rings > rings)


async def test_every_link_tells_how_long_it_has_heard_nothing(three: ClusterOfThree) -> None:
    async with linked(three) as broker:
        silences = broker.silences()

    assert silences.keys() == {node.name for node in three.nodes}
    assert all(0 <= silence < 5 for silence in silences.values())


async def test_a_dead_shard_is_healed_by_the_look_until_it_rings_again(
    frail: ClusterOfThree,
) -> None:
    names = frail.names()
    grant, dead = Pass(channels=frozenset(names)), frail.nodes[0]
    async with (
        linked(frail) as near,
        linked(frail) as far,
        house(QUICK, Shelf(*names), near) as here,
        house(QUICK, here.shelf, far) as there,
    ):
        boards = {name: (await there.board(name, grant))[1] for name in names}
        await again(far)
        dead.kill()
        for _ in range(5):
            for name in names:
                await here.place(name)

        for board in boards.values():
            await board.until(lambda b: b.offsets == [1, 2, 3, 4, 5])

        dead.start()
        await up(near)
        await again(far)
        heard = far.letters.heard
        await here.place(names[0])
        await eventually(lambda: far.letters.heard > heard)
        await boards[names[0]].until(lambda b: b.offsets == [1, 2, 3, 4, 5, 6])


async def test_control_the_living_shards_ring_and_the_dead_one_does_not(
    frail: ClusterOfThree,
) -> None:
    names = frail.names()
    dead, *living = names
    shelf = Shelf(*names)
    async with linked(frail) as here, hearing(frail, *names) as (_, ears):
        frail.node(PREFIX + dead).kill()
        slowest = 0.0

        for number in range(100):
            name = living[number % len(living)]
            started = time.monotonic()
            await here.publish(shelf.write(dead), shelf.write(name))
            heard = number // len(living) + 1
            await eventually(lambda n=name, h=heard: len(offsets(ears.heard, n)) == h)  # type: ignore[misc]
            slowest = max(slowest, time.monotonic() - started)

        assert offsets(ears.heard, dead) == []
        assert here.letters.dropped
        assert slowest < 0.5  # no letter waited for the dead one


async def test_a_promoted_replica_takes_over(frail: ClusterOfThree, tmp_path: Path) -> None:
    name = frail.names()[0]
    shelf, first = Shelf(name), frail.nodes[0]
    replica = frail.add(tmp_path / "replica")
    replica.ask("CLUSTER", "REPLICATE", first.ask("CLUSTER", "MYID"))
    await eventually(lambda: replica.ask("INFO", "replication")["master_link_status"] == "up")
    async with linked(frail) as here, hearing(frail, name) as (there, ears):
        first.kill()
        await eventually(
            lambda: replica.name in here.silences() and replica.name in there.silences()
        )
        await up(here)
        await again(there)

        await here.publish(shelf.write(name))

        await eventually(lambda: ears.heard)
        assert first.name not in there.silences()


async def test_a_slot_that_moves_takes_its_channel_along(frail: ClusterOfThree) -> None:
    name = frail.names()[0]
    shelf = Shelf(name)
    async with linked(frail) as here, hearing(frail, name) as (_, ears):
        doubts = ears.doubts

        frail.move(PREFIX + name, frail.nodes[1])

        await eventually(lambda: frail.subscribers(name) == [0, 1, 0])
        assert ears.doubts > doubts
        await eventually(lambda: here.servers.link(PREFIX + name) is at(here, frail.nodes[1].name))
        await here.publish(shelf.write(name))
        await eventually(lambda: ears.heard)


async def test_whoever_did_not_hear_of_a_move_is_sent_the_right_way(
    frail: ClusterOfThree,
) -> None:
    name = frail.names()[0]
    shelf = Shelf(name)
    late = replace(FAST, survey_seconds=60.0, silence_seconds=30.0, ring_seconds=10.0)
    async with linked(frail, late) as here, linked(frail, late) as there:
        ears = Ears()
        there.attach(ears)
        frail.move(PREFIX + name, frail.nodes[1])  # nobody watches it, so nobody is told

        there.watch(name)
        await here.publish(shelf.write(name))

        await eventually(lambda: frail.subscribers(name) == [0, 1, 0])
        await eventually(lambda: here.servers.link(PREFIX + name) is at(here, frail.nodes[1].name))
        assert here.letters.dropped == 1  # the one that went astray
        await here.publish(shelf.write(name))
        await eventually(lambda: offsets(ears.heard, name) == [2])


async def test_a_cluster_that_is_away_is_complained_of_once_and_awaited(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    with cluster(tmp_path / "cluster") as made:
        for node in made.nodes:
            node.kill()
        broker = RedisBroker(made.url, prefix=PREFIX, pace=FAST)
        async with broker.running():
            await broker.publish(Shelf().write())
            assert broker.letters.dropped == 2  # the letter, and the call to followers
            await eventually(lambda: "No node of the Redis cluster says" in caplog.text)
            await asyncio.sleep(3 * FAST.survey_seconds / 20)
            assert caplog.text.count("No node of the Redis cluster says") == 1
            for node in made.nodes:
                node.start()

            await up(broker)


def offsets(heard: list[Publication], name: str) -> list[int]:
    return [publication.offset for publication in heard if publication.channel == name]


def at(broker: RedisBroker, name: str) -> Any:
    """The link to a node."""
    return next(link for link in broker.servers.links if link.name == name)


def listeners(node: Any) -> int:
    """Connections that are subscribed to anything."""
    return len(node.ask("CLIENT", "LIST", "TYPE", "PUBSUB").splitlines())
