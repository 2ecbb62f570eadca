"""Each audience has its own view of a channel, made once."""

from tests.realtime.house import BLIND, house
from tests.realtime.shelf import BAR, SECRET


async def test_each_event_is_encoded_once_for_each_audience_that_watches() -> None:
    async with house(BLIND) as bar:
        boards = [(await bar.board())[1] for _ in range(5)]
        displays = [(await bar.board(audience="display"))[1] for _ in range(5)]
        bar.views.made.clear()

        await bar.place()

        for socket in boards + displays:
            await socket.until(lambda s: s.offsets == [1])
        assert bar.views.made == {"staff": 1, "display": 1}


async def test_displays_and_pickup_screens_see_no_contact_data() -> None:
    async with house(BLIND) as bar:
        bar.shelf.write()
        _, display = await bar.board(audience="display")
        _, pickup = await bar.board(audience="pickup")

        await bar.place()

        for socket in (display, pickup):
            await socket.until(lambda s: s.offsets == [2])
            assert SECRET not in str(socket.messages)
            assert "counts" not in socket.messages[-1]
            assert "counts" not in socket.only("snapshot")[0]
        assert display.messages[-1]["by"]["name"] == "Ana"
        assert "by" not in pickup.messages[-1]


async def test_offsets_an_audience_may_not_see_are_skipped_by_number() -> None:
    async with house(BLIND) as bar:
        _, pickup = await bar.board(audience="pickup")

        await bar.broker.publish(
            bar.shelf.write(),
            bar.shelf.write(staff_only=True),
            bar.shelf.write(staff_only=True),
            bar.shelf.write(),
            bar.shelf.write(staff_only=True),
        )

        await pickup.until(lambda p: len(p.only("skip")) == 2)
        assert pickup.offsets == [1, 4]
        assert pickup.only("skip") == [
            {"skip": BAR, "from": 2, "to": 3},
            {"skip": BAR, "from": 5, "to": 5},
        ]


async def test_what_cannot_be_shown_ends_the_socket_and_not_the_channel() -> None:
    async with house(BLIND) as bar:
        _, board = await bar.board()
        _, display = await bar.board(audience="display")

        await bar.place(broken=True)
        await bar.place()

        await board.until(lambda b: b.offsets == [1, 2])
        await display.until(lambda d: d.code == 1011)
        assert display.offsets == []
