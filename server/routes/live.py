"""`/live`: who asks, from where; then the socket is the hub's."""

from __future__ import annotations

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from server import auth
from server.realtime.direct import direct
from server.realtime.hub import Hub
from server.realtime.protocol import SUBPROTOCOL
from server.realtime.wire import AsgiWire, converse, listen


async def live(websocket: WebSocket) -> None:
    """Accept a socket of ours; whoever is not signed in is told so by its close code."""
    hub: Hub = websocket.state.hub
    if not ours(websocket):
        await websocket.close()
        return
    grant = await hub.doorkeeper.admit(websocket.scope)
    offered = SUBPROTOCOL in websocket.scope["subprotocols"]
    await websocket.accept(SUBPROTOCOL if offered else None)
    if wire := direct(websocket.scope):
        await listen(hub.connect(grant, wire), websocket.receive)
    else:
        slow = AsgiWire(websocket.send)
        await converse(hub.connect(grant, slow), websocket.receive, slow)


def ours(websocket: WebSocket) -> bool:
    """Whether a page of ours asks, or a program."""
    headers = websocket.headers
    origin, host = headers.get("origin", ""), headers.get("host")
    settings = websocket.state.settings
    return auth.may_knock(headers.get("authorization"), origin, host, settings)


routes = [WebSocketRoute("/live", live)]
