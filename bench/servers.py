"""The servers that are measured: Heard as it is, and what others would pick."""

from __future__ import annotations

import os
import shutil
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from bench.ground import FILE, Ground, has_postgresql
from bench.machine import HERE, built
from bench.programs import Program, answers, free_port, loading, python, serving

MANY: Final = {f"SOCKETS_PER_{what}": "100000" for what in ("PERSON", "LOCATION", "PROCESS")}
NCHAN_MODULE: Final = "ngx_nchan_module.so"


class Server(ABC):
    """One that is started, measured and stopped; how to talk to it, and how to tell it events."""

    name = ""
    mode = "plain"
    path = "/live/%d"
    ready_path = "/"

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.port = free_port()
        self.home = ground.fresh(self.name.replace(" ", "-"))
        self.program: Program | None = None

    @abstractmethod
    def command(self) -> Sequence[str]: ...

    def settings(self) -> Mapping[str, str]:
        return {}

    def publisher(self) -> Sequence[str]:
        """Where the publisher sends its events."""
        return ("redis", self.ground.valkey.url)

    def publisher_settings(self) -> Mapping[str, str]:
        return {}

    def header(self) -> str:
        return ""

    def start(self) -> None:
        self.program = serving(self.command(), self.home / "log", self.settings())
        self.program.wait(lambda: answers(self.port, self.ready_path))

    def stop(self) -> None:
        if self.program:
            self.program.stop()
        shutil.rmtree(self.home)

    @property
    def pid(self) -> int:
        assert self.program
        return self.program.pid


class Heard(Server):
    """The product itself on SQLite: one process with web, follower and jobs."""

    name = "heard"
    mode = "heard"
    path = "/live"
    ready_path = "/readyz"
    module = "server"
    stock = False  # whether sockets come in by uvicorn's own way
    key = ""
    url = ""
    more: Mapping[str, str] = {}

    def command(self) -> Sequence[str]:
        return python(self.module, "web")

    def settings(self) -> Mapping[str, str]:
        return {
            "VAR_DIR": str(self.home),
            "REDIS_URL": self.ground.valkey.url,
            "PORT": str(self.port),
            "LOG_LEVEL": "warning",
            "LIVE_PATH": "stock" if self.stock else "lean",
            **MANY,
            **self.more,
        }

    def publisher(self) -> Sequence[str]:
        return ("heard",)

    def publisher_settings(self) -> Mapping[str, str]:
        return self.settings()

    def header(self) -> str:
        return f"Authorization: Bearer {self.key}"

    def prepare(self) -> None:
        """Lay a database of its own."""
        if not self.url:
            self.key = self.ground.lay(self.home)
            self.url = f"sqlite:///{self.home / FILE}"

    def keep(self, name: str) -> str:
        """Put the database aside as it is now; where it can be taken from."""
        return str(shutil.copyfile(self.home / FILE, self.ground.directory / name))

    def take(self, source: str, key: str) -> None:
        """Lay a copy of a database that was put aside."""
        shutil.copyfile(source, self.home / FILE)
        self.url, self.key = f"sqlite:///{self.home / FILE}", key

    def start(self) -> None:
        self.prepare()
        super().start()


class HeardOnPostgreSQL(Heard):
    """The product on PostgreSQL: a web process, and a worker on the core of the load."""

    name = "heard, postgresql"
    alone = False  # without a worker
    worker: Program | None = None

    def prepare(self) -> None:
        if not self.url:
            self.url, self.key = self.ground.create()

    def keep(self, name: str) -> str:
        return self.url

    def take(self, source: str, key: str) -> None:
        self.url, self.key = self.ground.copy(source), key

    def settings(self) -> Mapping[str, str]:
        return {**super().settings(), "DATABASE_URL": self.url}

    def start(self) -> None:
        super().start()
        if not self.alone:
            words = python("server", "worker")
            self.worker = loading(words, self.home / "worker.log", self.settings())

    def stop(self) -> None:
        if self.worker:
            self.worker.stop()
        super().stop()


class HeardByStock(Heard):
    """The product on SQLite, its sockets taken in by uvicorn's own WebSocket class."""

    name = "heard, stock path"
    stock = True


class Naive(Server):
    """The Starlette hub of the tutorials."""

    name = "naive starlette"

    def command(self) -> Sequence[str]:
        return python("bench.baselines.naive", str(self.port), self.ground.valkey.url)


class Broadcast(Server):
    """`websockets.broadcast`."""

    name = "websockets.broadcast"

    def command(self) -> Sequence[str]:
        return python("bench.baselines.broadcast", str(self.port), self.ground.valkey.url)


class Node(Server):
    """A server in JavaScript; its packages are looked for the way node does, or in NODE_PATH."""

    script = ""

    def command(self) -> Sequence[str]:
        script = HERE / "baselines" / self.script
        return ["node", str(script), str(self.port), self.ground.valkey.url]


class NodeWs(Node):
    name = "node ws"
    script = "ws.js"


class SocketIo(Node):
    name = "socket.io"
    script = "socketio.js"
    mode = "socketio"
    path = "/socket.io/?EIO=4&transport=websocket&room=%d"


class Coalesced(Server):
    """The floor: epoll in C, one send per socket for all that one read brings."""

    name = "bare c, coalesced"

    def command(self) -> Sequence[str]:
        program = built("baselines/coalesced.c", self.ground.directory)
        return [str(program), str(self.port), self.ground.valkey.url]


class Nchan(Server):
    """nginx with Nchan, messages in memory."""

    name = "nchan"
    path = "/sub/%d"

    def command(self) -> Sequence[str]:
        conf = self.home / "nginx.conf"
        conf.write_text(nginx_conf(self.home, self.port))
        return ["nginx", "-c", str(conf), "-p", str(self.home), "-e", str(self.home / "errors")]

    def publisher(self) -> Sequence[str]:
        return ("nchan", str(self.port))


def nginx_conf(home: Path, port: int) -> str:
    module = nchan_module()
    load = f"load_module {module};\n" if module else ""
    user = "user root;\n" if os.geteuid() == 0 else ""
    return f"""{load}{user}daemon off;
worker_processes 1;
pid {home}/pid;
events {{ worker_connections 40000; }}
http {{
  access_log off;
  client_body_temp_path {home}/body;
  proxy_temp_path {home}/proxy;
  fastcgi_temp_path {home}/fastcgi;
  uwsgi_temp_path {home}/uwsgi;
  scgi_temp_path {home}/scgi;
  nchan_shared_memory_size 256M;
  server {{
    listen 127.0.0.1:{port} backlog=2048;
    keepalive_requests 1000000;
    location = / {{ return 200 up; }}
    location ~ ^/pub/(\\d+)$ {{
      nchan_publisher;
      nchan_channel_id $1;
      nchan_message_buffer_length 1000;
    }}
    location ~ ^/sub/(\\d+)$ {{
      nchan_subscriber websocket;
      nchan_channel_id $1;
      nchan_subscriber_first_message newest;
    }}
  }}
}}
"""


def nchan_module() -> Path | None:
    places = ("/usr/lib/nginx/modules", "/usr/share/nginx/modules", "/usr/lib64/nginx/modules")
    found = (Path(place) / NCHAN_MODULE for place in places)
    return next((module for module in found if module.exists()), None)


def missing(peer: type[Server], ground: Ground) -> str:
    """What this machine lacks for a server, in words."""
    if issubclass(peer, Node):
        package = "ws" if peer is NodeWs else "socket.io"
        return "" if node_has(package, "ioredis") else f"node with {package} and ioredis"
    if peer is Nchan:
        return "" if shutil.which("nginx") and nchan_module() else "nginx with Nchan"
    if peer is Coalesced:
        fits = built("baselines/coalesced.c", ground.directory)
        return "" if fits else "a C compiler (and Linux)"
    if issubclass(peer, HeardOnPostgreSQL):
        return "" if has_postgresql() else "a PostgreSQL that can be started here"
    return ""


def node_has(*packages: str) -> bool:
    node = shutil.which("node")
    if not node:
        return False
    wanted = ";".join(f"require.resolve('{package}')" for package in packages)
    done = subprocess.run(
        [node, "-e", wanted], cwd=HERE / "baselines", capture_output=True, check=False
    )
    return done.returncode == 0
