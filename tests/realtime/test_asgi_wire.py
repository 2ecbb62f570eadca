"""The way to a socket through any server's `send`: one message at a time, and an end in time."""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import pytest

from server.realtime import frames, wire
from server.realtime.wire import AsgiWire, converse

Message = MutableMapping[str, Any]


class Server:
    """What an ASGI server gives: it can hold what is sent, and fail."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.takes = asyncio.Event()
        self.takes.set()
        self.failure: Exception | None = None
        self.coming: asyncio.Queue[Message] = asyncio.Queue()

    async def send(self, message: Message) -> None:
        await self.takes.wait()
        if self.failure:
            raise self.failure
        self.sent.append(message)

    def says(self, **message: Any) -> None:
        self.coming.put_nowait({"type": "websocket.receive", **message})

    def leaves(self) -> None:
        self.coming.put_nowait({"type": "websocket.disconnect", "code": 1001})


class Listener:
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.texts: list[str | None] = []
        self.ended = False
        self.act: Callable[[], None] = lambda: None

    def heard(self, text: str | None) -> None:
        self.texts.append(text)
        self.act()

    def gone(self) -> None:
        self.ended = True


async def within(seconds: float, work: Awaitable[None]) -> float:
    started = time.monotonic()
    async with asyncio.timeout(seconds):
        await work
    return time.monotonic() - started


async def test_what_is_written_is_sent_as_text_and_then_more_is_welcome() -> None:
    server, listener = Server(), Listener()
    socket = AsgiWire(server.send)
    resumed = asyncio.Event()
    socket.resumed = resumed.set
    conversation = asyncio.create_task(converse(listener, server.coming.get, socket))

    socket.write(frames.frame(b"one") + frames.frame(b"two"))
    ready = [socket.ready]
    await resumed.wait()
    ready.append(socket.ready)

    assert [message["text"] for message in server.sent] == ["one", "two"]
    assert ready == [False, True]
    server.leaves()
    await conversation
    assert listener.ended


async def test_what_comes_in_is_heard_and_bytes_are_nothing() -> None:
    server, listener = Server(), Listener()
    server.says(text="a")
    server.says(bytes=b"b")
    server.says(text="c", bytes=None)
    server.leaves()

    await within(5, converse(listener, server.coming.get, AsgiWire(server.send)))

    assert listener.texts == ["a", None, "c"]


async def test_the_goodbye_is_the_last_thing_said() -> None:
    server, listener = Server(), Listener()
    socket = AsgiWire(server.send)
    socket.write(frames.frame(b"error"))
    socket.close(4502, "why")
    socket.write(frames.frame(b"too late"))
    socket.close(4001, "again")

    await within(5, converse(listener, server.coming.get, socket))

    assert [message["type"] for message in server.sent] == ["websocket.send", "websocket.close"]
    assert (server.sent[-1]["code"], server.sent[-1]["reason"]) == (4502, "why")
    assert listener.ended


@pytest.mark.parametrize("when", ["before", "while", "after"])
async def test_a_server_that_takes_nothing_is_left_in_time(
    when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "CLOSE_SECONDS", 0.1)
    server, listener = Server(), Listener()
    server.takes.clear()
    socket = AsgiWire(server.send)
    socket.write(frames.frame(b"stuck"))
    if when == "before":
        socket.close(4001, "slow")
    conversation = asyncio.create_task(converse(listener, server.coming.get, socket))
    await asyncio.sleep(0.02)
    if when == "while":
        socket.close(4001, "slow")
    if when == "after":
        server.leaves()

    assert await within(5, conversation) < 1
    socket.stop()
    assert server.sent == []


async def test_a_long_run_lets_others_run() -> None:
    server, listener = Server(), Listener()
    socket = AsgiWire(server.send)
    conversation = asyncio.create_task(converse(listener, server.coming.get, socket))
    socket.write(frames.frame(b"x") * 100)
    seen: list[int] = []
    while len(server.sent) < 100:
        seen.append(len(server.sent))
        await asyncio.sleep(0)

    assert len(set(seen)) > 4
    server.leaves()
    await conversation


async def test_a_socket_that_is_gone_ends_the_conversation() -> None:
    server, listener = Server(), Listener()
    server.failure = ConnectionResetError()
    socket = AsgiWire(server.send)
    socket.write(frames.frame(b"one"))

    await within(5, converse(listener, server.coming.get, socket))

    assert listener.ended


async def test_a_fault_of_ours_is_not_swallowed() -> None:
    server, listener = Server(), Listener()

    def fail() -> None:
        raise ValueError("ours")

    listener.act = fail
    server.says(text="a")

    with pytest.raises(ExceptionGroup) as raised:
        await within(5, converse(listener, server.coming.get, AsgiWire(server.send)))

    assert raised.group_contains(ValueError)
    assert listener.ended
