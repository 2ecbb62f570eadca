"""Starts the load: many boards, and the publisher that tells a server of events."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.ground import Ground
from bench.programs import Failed, loading, python
from bench.servers import Server


class Boards:
    """Many boards of a server in one process."""

    def __init__(
        self,
        server: Server,
        stamps: Path,
        *,
        boards: int,
        channels: int = 1,
        first: int = 1,
        events: int = 1,
        deadline: float = 60.0,
        more: Sequence[str] = (),
    ) -> None:
        options = {
            "port": server.port,
            "boards": boards,
            "channels": channels,
            "first-channel": first,
            "events": events,
            "mode": server.mode,
            "path": server.path,
            "header": server.header(),
            "stamps": stamps,
            "deadline": deadline,
        }
        words = [f"--{name}={value}" for name, value in options.items()]
        command = [*boards_command(server.ground), *words, *more]
        self.program = loading(command, server.home / f"{stamps.name}-boards.log")

    def ready(self) -> dict[str, Any]:
        """Wait until all are connected and have what they asked for."""
        return self.program.hear()

    def again(self) -> dict[str, Any]:
        """Let go of every socket and come back at once, each with its position."""
        self.program.tell("again")
        return self.program.hear()

    def result(self, *, stop: bool = False) -> dict[str, Any]:
        """What was counted; without `stop`, once everything has come or cannot come any more."""
        if stop:
            self.program.tell("stop")
        counted = self.program.hear()
        self.program.stop()
        return counted

    def kill(self) -> None:
        self.program.kill()
        self.program.let_go()


def boards_command(ground: Ground) -> list[str]:
    """The generator in C where it can be compiled."""
    return [str(ground.generator)] if ground.generator else python("bench.boards")


class Publisher:
    """Tells a server of events, once it is told to go."""

    def __init__(
        self,
        server: Server,
        stamps: Path,
        *,
        channels: int = 1,
        first: int = 1,
        events: int = 1,
        rate: float = 0.0,
    ) -> None:
        options = {
            "channels": channels,
            "first": first,
            "events": events,
            "rate": rate,
            "stamps": stamps,
        }
        words = [f"--{name}={value}" for name, value in options.items()]
        command = python("bench.publisher", *server.publisher(), *words)
        log = server.home / "publisher.log"
        self.program = loading(command, log, server.publisher_settings())
        self.program.hear()

    def go(self) -> None:
        self.program.tell("go")

    def result(self) -> dict[str, Any]:
        told = self.program.hear()
        self.program.stop()
        return told

    def kill(self) -> None:
        self.program.kill()
        self.program.let_go()


class Hands:
    """HTTP clients that send ready-made requests."""

    def __init__(
        self, server: Server, requests: Path, *, clients: int = 16, port: int = 0, **more: object
    ) -> None:
        options = {"port": port or server.port, "clients": clients, "requests": requests, **more}
        words = [f"--{name}={value}" for name, value in options.items()]
        ground = server.ground
        command = [str(ground.hands)] if ground.hands else python("bench.callers")
        self.program = loading([*command, *words], server.home / f"{requests.name}-hands.log")
        self.program.hear()

    def go(self) -> None:
        self.program.tell("go")

    def result(self) -> dict[str, Any]:
        """How they were answered: anything but 200 is a mistake of ours."""
        told = self.program.hear()
        if set(told["statuses"]) != {"200"}:
            raise Failed(f"answered with {told['statuses']}: {self.program.said()}")
        self.program.stop()
        return told

    def kill(self) -> None:
        self.program.kill()
        self.program.let_go()
