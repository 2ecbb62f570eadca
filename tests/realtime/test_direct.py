"""uvicorn's own WebSocket protocol, with a short cut to its transport."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from server.realtime import direct as module
from server.realtime.direct import DirectProtocol, DirectWire, direct
from server.realtime.frames import frame
from server.realtime.wire import BUFFER_BYTES
from tests.realtime.patience import PATIENCE, eventually
from tests.realtime.serving import HANDSHAKE


class Transport(asyncio.Transport):
    """Keeps what is written, and says how much of it nobody has read."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.unread = 0
        self.closing = self.aborted = self.paused = False

    def write(self, data: Any) -> None:
        self.written += bytes(data)

    def get_write_buffer_size(self) -> int:
        return self.unread

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True

    def abort(self) -> None:
        self.closing = self.aborted = True

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False


class Socket:
    """An accepted socket."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.left = asyncio.Event()
        self.transport = Transport()
        config = uvicorn.Config(self.app, interface="asgi3", log_config=None, ws_ping_interval=None)
        config.load()
        self.protocol = DirectProtocol(config, ServerState(), {})
        self.protocol.connection_made(self.transport)

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope = scope
        await receive()
        await send({"type": "websocket.accept"})
        self.opened.set()
        await self.left.wait()

    async def open(self) -> DirectWire:
        self.protocol.data_received(HANDSHAKE.encode())
        async with asyncio.timeout(PATIENCE):
            await self.opened.wait()
        self.transport.written = b""
        wire = direct(self.scope)
        assert wire
        return wire

    async def leave(self) -> None:
        self.left.set()
        await eventually(lambda: not self.protocol.tasks)
        self.protocol.connection_lost(None)


@pytest.fixture
async def socket() -> Any:
    made = Socket()
    yield made
    await made.leave()


async def test_frames_go_straight_to_the_transport(socket: Socket) -> None:
    wire = await socket.open()

    wire.write(frame(b"one") + frame(b"two"))

    assert socket.transport.written == b"\x81\x03one\x81\x03two"


async def test_it_says_when_it_takes_no_more_and_when_it_does_again(socket: Socket) -> None:
    wire = await socket.open()
    resumed: list[bool] = []
    wire.resumed = lambda: resumed.append(wire.ready)

    socket.protocol.pause_writing()
    assert not wire.ready
    assert wire.blocked_at > 0
    socket.protocol.resume_writing()

    assert resumed == [True]


async def test_a_transport_that_is_full_before_the_hub_comes(socket: Socket) -> None:
    socket.protocol.pause_writing()
    socket.protocol.resume_writing()
    await socket.open()
    socket.protocol.pause_writing()

    wire = DirectWire(socket.protocol)

    assert not wire.ready


async def test_more_than_its_bound_is_the_end_of_it(socket: Socket) -> None:
    wire = await socket.open()
    socket.transport.unread = BUFFER_BYTES + 1

    wire.write(frame(b"straw"))

    assert socket.transport.aborted
    wire.write(frame(b"more"))
    assert b"more" not in socket.transport.written
    assert not wire.ready


async def test_the_goodbye_does_not_wait_for_a_reader(
    socket: Socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CLOSE_SECONDS", 0.01)
    wire = await socket.open()
    socket.protocol.pause_writing()
    body = b'{"ping":1}'
    socket.protocol.data_received(bytes((0x81, 0x80 | len(body), 0, 0, 0, 0)) + body)
    paused = [socket.transport.paused]

    wire.close(4001, "slow")
    wire.close(4002, "again")
    wire.write(frame(b"late"))
    socket.protocol.resume_writing()

    assert socket.transport.written == b"\x88\x06\x0f\xa1slow"
    paused.append(socket.transport.paused)
    assert paused == [True, False]  # for the answer to our close
    assert not wire.ready
    await eventually(lambda: socket.transport.aborted)


async def test_a_server_that_stops_leaves_no_reader_behind(
    socket: Socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CLOSE_SECONDS", 0.01)
    await socket.open()

    socket.protocol.shutdown()

    assert socket.transport.written.startswith(b"\x88\x02\x03\xf4")  # 1012
    await eventually(lambda: socket.transport.aborted)


def test_another_server_offers_no_short_cut() -> None:
    assert direct({"type": "websocket", "extensions": {}}) is None
    assert direct({"type": "websocket"}) is None
