"""What is written to the log: never a secret, whatever LOG_LEVEL is."""

import logging
from typing import Any

from starlette.requests import Request


def begin(level: str) -> None:
    """Write to stderr from here on."""
    logging.basicConfig(level=level.upper(), format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("uvicorn.error").addFilter(discreet)


def discreet(record: logging.LogRecord) -> bool:
    """uvicorn logs the addresses of sockets, and at `debug` their cookies."""
    return record.levelno >= logging.INFO and "WebSocket" not in str(record.msg)


def place(request: Request[Any]) -> str:
    """The path without what stands in it for somebody: links and tokens are ways in."""
    path: str = request.scope["path"]
    for name, value in request.path_params.items():
        path = path.replace(str(value), f"{{{name}}}")
    return path
