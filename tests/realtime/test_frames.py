"""Finished frames: what websockets would make of the same text, byte for byte."""

from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from websockets.frames import Frame, Opcode

from server.events import Audience
from server.realtime import frames, protocol
from server.realtime.letters import LETTER_BYTES, Unreadable, letter, opened
from server.realtime.protocol import ServerMessage
from tests.realtime.house import house
from tests.realtime.shelf import BAR, Shelf

told: TypeAdapter[ServerMessage] = TypeAdapter(ServerMessage)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 70_000])
def test_a_frame_is_the_one_websockets_makes(size: int) -> None:
    body = b"x" * size

    assert frames.frame(body) == Frame(Opcode.TEXT, body).serialize(mask=False)
    assert list(frames.texts(frames.frame(body) * 2)) == [body.decode()] * 2


@given(st.lists(st.text()))
def test_a_run_of_frames_comes_apart_again(texts: list[str]) -> None:
    run = b"".join(frames.frame(text.encode()) for text in texts)

    assert list(frames.texts(run)) == texts


@given(st.lists(st.binary(min_size=1, max_size=300)), st.integers(1, 500))
def test_cards_are_packed_into_runs_that_fit(cards: list[bytes], room: int) -> None:
    runs = frames.packed(cards, room)

    assert [card for run in runs for card in run] == cards
    assert all(len(b",".join(run)) <= room or len(run) == 1 for run in runs)
    assert all(run for run in runs) or runs == [[]]


@pytest.mark.parametrize("audience", Audience)
def test_an_event_is_a_message_of_the_protocol(audience: Audience) -> None:
    event = Shelf().write()

    for one in (event, replace(event, by=None, counts=None), replace(event, key="location")):
        (text,) = frames.texts(frames.event(one, audience, one.thing))
        assert isinstance(told.validate_json(text), protocol.Event)


async def test_everything_the_hub_says_is_a_message_of_the_protocol() -> None:
    async with house() as bar:
        connection, board = await bar.board(audience="pickup")
        await bar.place()
        await bar.place(staff_only=True)
        bar.say(connection, {"ping": 3})
        await board.until(lambda b: b.only("head") and b.only("skip"))
        connection.heard("{")

        kinds = {type(told.validate_json(orjson.dumps(m))).__name__ for m in board.messages}

    assert kinds == {"Subscribed", "SnapshotPart", "Event", "Skip", "Pong", "Heads", "Error"}


def test_every_close_code_has_its_reason() -> None:
    assert protocol.REASONS.keys() == set(protocol.Close)
    assert all(len(reason.encode()) <= 123 for reason in protocol.REASONS.values())


def test_a_letter_arrives_as_it_was_sent() -> None:
    event = Shelf().write(note="two\nlines")

    for sent in (event, replace(event, by=None), replace(event, counts=None)):
        assert opened(BAR, letter(b"", sent)) == sent


def test_a_large_letter_says_only_where_to_read() -> None:
    event = Shelf().write(note="x" * LETTER_BYTES)

    assert opened(BAR, letter(b"", event)) == (BAR, "e1", 1)


@given(st.binary())
def test_no_letter_is_an_unhandled_error(content: bytes) -> None:
    with pytest.raises(Unreadable):
        opened(BAR, content)
