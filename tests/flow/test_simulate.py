"""A file of orders through the public API: everything arrives, once."""

from pathlib import Path
from typing import Final

from tests.flow.fixtures import Tell
from tests.flow.house import House
from tests.flow.ledger import NOTHING, Ledger, ledger
from tests.flow.orderfile import write
from tests.flow.programs import run

ORDERS: Final = 150


async def test_a_file_is_placed_whole_and_a_second_run_adds_nothing(
    home: House, tmp_path: Path, tell: Tell
) -> None:
    file = tmp_path / "orders.tsv"
    contents = write(file, ORDERS)
    empty = await home.database.read(ledger)

    said = simulated(home, file)
    placed = await home.database.read(ledger)
    again = simulated(home, file)

    tell(said)
    sum_ = contents.minor_units
    expected = Ledger(ORDERS, contents.lines, sum_, sum_, contents.modifiers, ORDERS)
    assert placed - empty == expected
    figures = f"{contents.lines} lines, {sum_ / 100:.2f} in all"
    assert f"{ORDERS} orders placed, 0 known before, 0 refused: {figures}" in said
    assert f"0 orders placed, {ORDERS} known before, 0 refused: {figures}" in again
    assert await home.database.read(ledger) - placed == NOTHING


def simulated(home: House, file: Path) -> str:
    """Play the file as a person would; its last words on one line."""
    settings = {**home.settings, "PORT": str(home.web.port)}
    said = run("server", "simulate", str(file), "--rate", "0", settings=settings)
    return " ".join(said.rpartition(f"{ORDERS}/{ORDERS}")[2].split()[1:])
