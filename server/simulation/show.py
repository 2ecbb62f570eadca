"""`simulate`: plays orders from a file, or invented ones, with a progress bar."""

import asyncio
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from server.certificates import trust
from server.settings import settings
from server.simulation import file, invented
from server.simulation.client import Client, Order, RefusedError, Tally


def simulate(
    url: str,
    key: str,
    path: Path | None,
    rate: float,
    location: int | None,
    number: int,
) -> int:
    """Place the orders and say what became of them; the exit status."""
    console = Console(highlight=False)
    try:
        tally = asyncio.run(played(console, url, key, path, rate, location, number))
    except (RefusedError, file.UnreadableError, OSError) as error:
        console.print(str(error), markup=False)
        return 1
    for sentence in tally.refused[:10]:
        console.print(f"Refused: {sentence}", markup=False)
    speed = (tally.placed + tally.known) / tally.seconds if tally.seconds else 0.0
    console.print(
        f"{tally.placed} orders placed, {tally.known} known before, {len(tally.refused)} refused: "
        f"{tally.lines} lines, {tally.minor_units / 100:.2f} in all, "
        f"{tally.seconds:.1f} s, {speed:.0f} orders/s",
        soft_wrap=True,  # whoever reads it by program gets one line
    )
    return 1 if tally.refused else 0


async def played(
    console: Console,
    url: str,
    key: str,
    path: Path | None,
    rate: float,
    location: int | None,
    number: int,
) -> Tally:
    """Place the orders, with a progress bar while it lasts."""
    ours = url == settings().url
    client = Client(url, key, trust(settings().tls_cert) if ours else True)
    try:
        orders = await chosen(client, path, location, number)
        columns = (TextColumn("Placing orders"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, TimeRemainingColumn(), console=console) as progress:
            bar = progress.add_task("", total=len(orders))
            return await client.play(orders, rate, lambda _: progress.advance(bar))
    finally:
        await client.close()


async def chosen(
    client: Client, path: Path | None, location: int | None, number: int
) -> list[Order]:
    """The file's orders for one location, or invented ones for all of them."""
    places = await client.locations()
    if location is not None:
        places = [place for place in places if place["id"] == location]
    if not places:
        raise RefusedError("There is no such location.")
    if path is None:
        return list(invented.orders(places, number))
    return file.orders(path, min(place["id"] for place in places))
