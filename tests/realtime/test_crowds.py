"""How many sockets there may be."""

from dataclasses import replace

from server.realtime.protocol import Close
from tests.realtime.guests import Pass
from tests.realtime.house import BLIND, House, house
from tests.realtime.shelf import BAR
from tests.realtime.sockets import FakeSocket


async def test_nobody_has_more_sockets_than_allowed() -> None:
    limits = replace(BLIND, sockets_per_person=2, sockets_per_process=3)
    async with house(limits) as bar:
        ana, _ = bar.connect(Pass("ana"))
        bar.connect(Pass("ana"))

        assert turned_away(bar, Pass("ana")) == Close.TRY_LATER
        bar.connect(Pass("ben"))
        assert turned_away(bar, Pass("cora")) == Close.TRY_LATER
        ana.gone()
        bar.connect(Pass("ana"))
        assert turned_away(bar, None) == Close.SIGNED_OUT


async def test_a_channel_has_no_more_sockets_than_allowed() -> None:
    async with house(replace(BLIND, sockets_per_channel=2)) as bar:
        connection, first = await bar.board()
        await bar.board()
        late, third = bar.connect()

        bar.say(late, {"subscribe": BAR})
        bar.say(connection, {"subscribe": BAR})  # has its place already

        assert third.code == Close.TRY_LATER
        assert third.messages[0]["error"]["code"] == "too_many_sockets"
        await first.until(lambda f: len(f.only("subscribed")) == 2)


def turned_away(bar: House, grant: Pass | None) -> int | None:
    """The close code for somebody who may not even stay."""
    socket = FakeSocket()
    deaf = bar.hub.connect(grant, socket)
    deaf.heard("{")
    deaf.gone()
    return socket.code
