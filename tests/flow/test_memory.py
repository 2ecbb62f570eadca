"""How much memory all of `up` takes, after many orders and with many boards open."""

from pathlib import Path
from typing import Final

from tests.flow import memory
from tests.flow.fixtures import Tell
from tests.flow.orderfile import write
from tests.flow.up import Up
from tests.flow.whole_file import SOCKETS, boards_open

ORDERS: Final = 100
MEGABYTES: Final = 250


async def test_everything_takes_little_memory_with_two_hundred_boards_open(
    demo: Up, tmp_path: Path, tell: Tell
) -> None:
    write(tmp_path / "orders.tsv", ORDERS)
    demo.command("simulate", str(tmp_path / "orders.tsv"), "--rate", "0")

    async with boards_open(demo, SOCKETS):
        found = memory.shares(demo.program.pid)

    tell(f"{SOCKETS} boards: {memory.told(found)}")
    assert memory.total(found) <= MEGABYTES
