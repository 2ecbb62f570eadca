"""The database: one writer thread on SQLite, a pool on PostgreSQL; sessions are synchronous.

SQLite rules (measured: one writer thread 1 586 tx/s, a pool of threads 266): one write connection,
BEGIN IMMEDIATE, WAL, synchronous FULL; readers cannot write. A lock file is held during every write
transaction, so that a command typed beside a running server never writes or checkpoints with it.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import math
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import orjson
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, InvalidatePoolError, OperationalError
from sqlmodel import Session

from server.connections import nothing_left_open, sqlite_reader, sqlite_writer, used
from server.errors import Unsaved
from server.statements import LINE, PIPELINE, in_order, line
from server.turns import Turn, Turns

T = TypeVar("T")
Work = Callable[[Session], T]

JSON: Final[dict[str, Any]] = {
    "json_serializer": lambda value: orjson.dumps(value).decode(),
    "json_deserializer": orjson.loads,
}
TRIES: Final = 5
BACKOFF_SECONDS: Final = (0.02, 0.2)
READERS: Final = 4
UNASKED_SECONDS: Final = 1.0  # a connection used so lately is taken to be alive
TOGETHER_SECONDS: Final = 0.02  # so long others may join a transaction
PATIENCE_SECONDS: Final = 2.5  # whoever has waited so long for a lock is not made to wait again
LOCKED: Final = "55P03"  # waited for a lock as long as anybody may
FORGOTTEN: Final = "26000"  # what was prepared, because somebody changed the schema
AGAIN: Final = {"40001", "40P01", LOCKED, FORGOTTEN, "23505"}  # the last: inserted by another
READ_ONLY: Final = "25006"  # a standby, or a database shut for writing
POSTGRES: Final = (
    "-c statement_timeout=5000 -c lock_timeout=3000 -c idle_in_transaction_session_timeout=10000"
)


class Database:
    """Runs work in a session of its own: `write` commits what the work did, `read` only looks."""

    def __init__(self, url: str, pool: int = 10) -> None:
        self.url = url
        self.bundled = make_url(url).get_backend_name() == "sqlite"
        self.instance = ""  # which physical database this is; part of every epoch
        if self.bundled:
            self._open_sqlite(Path(make_url(url).database or ""))
        else:
            self._open_postgresql(pool)

    async def write(self, work: Work[T]) -> T:
        """Do the work in one write transaction, on a writing thread."""
        if self.bundled:
            return cast("T", await asyncio.wrap_future(self.turns.put(work)))
        return await asyncio.get_running_loop().run_in_executor(self.writing, self._write, work)

    async def read(self, work: Work[T]) -> T:
        """Do the work in one consistent read transaction, on a reading thread."""
        return await asyncio.get_running_loop().run_in_executor(self.reading, self._read, work)

    def write_now(self, work: Work[T]) -> T:
        """`write` for callers without an event loop."""
        if self.bundled:
            return cast("T", self.turns.put(work).result())
        return self.writing.submit(self._write, work).result()

    def read_now(self, work: Work[T]) -> T:
        """`read` for callers without an event loop."""
        return self.reading.submit(self._read, work).result()

    def close(self) -> None:
        """Finish what is running, then let go of every connection."""
        self.reading.shutdown(wait=True)
        self.writing.shutdown(wait=True)
        self.disconnect()
        if self.bundled:
            self.lock.close()

    def disconnect(self) -> None:
        """Let go of idle connections; what the next ones meet may be another database."""
        with self._alone():  # the last one to go checkpoints
            self.reader.dispose()
            self.writer.dispose()

    def undo(self, session: Session) -> None:
        """Take back all that the present work has done so far; it may go on."""
        session.info.pop("recorded", None)
        if self.bundled:
            line(session).waiting.clear()
            line(session).say("ROLLBACK TO work")
        else:
            session.info.pop(LINE, None)
            session.rollback()
        session.expunge_all()

    def _write(self, work: Work[T]) -> T:
        began = time.monotonic()
        for attempt in range(1, TRIES + 1):
            try:
                with self._alone(), self._session(self.writer) as session:
                    result = self._done(session, work)
                    session.commit()
                    return result
            except DBAPIError as error:
                if attempt == TRIES or not passing(error, time.monotonic() - began):
                    raise unsaved(error) from error
            time.sleep(random.uniform(*BACKOFF_SECONDS) * attempt)  # noqa: S311  # jitter
        raise AssertionError("the last try returns or raises")

    def _write_together(self, turns: Turns[Work[Any]]) -> None:
        """Do what waits, in one transaction with one wait for the disk; else one by one."""
        taken = turns.take(1)
        if not taken:
            return
        try:
            together = self._committed(turns, taken)
        except (DBAPIError, OSError):
            together = False
        for turn in taken:
            if not together:
                turn.attempt(self._write)
            turn.tell()

    def _committed(self, turns: Turns[Work[Any]], taken: list[Turn[Work[Any]]]) -> bool:
        """Do these and those that come meanwhile; False if one of them spoiled it for all."""
        enough = time.monotonic() + TOGETHER_SECONDS
        with self._alone(), self._session(self.writer) as session:
            for turn in taken:  # it grows while we go
                turn.attempt(partial(self._done, session))
                if isinstance(turn.error, DBAPIError) or not session.is_active:
                    return False
                if time.monotonic() < enough:
                    taken += turns.take(1)
            session.commit()
        return True

    def _done(self, session: Session, work: Work[T]) -> T:
        """Do one piece of work; on SQLite others may share its transaction, but not its fate."""
        if self.bundled:
            line(session).say("SAVEPOINT work")
        try:
            result = work(session)
            session.flush()
            if session.in_transaction():
                line(session).run()
        except DBAPIError:
            raise  # nobody knows what is left of the transaction
        except BaseException:
            self.undo(session)
            raise
        finally:
            session.expunge_all()
        if self.bundled:
            line(session).say("RELEASE work")
        return result

    def _read(self, work: Work[T]) -> T:
        try:
            with self._session(self.reader) as session, session.begin():
                return work(session)
        except DBAPIError as error:
            raise unsaved(error) from error

    def _session(self, engine: Engine) -> Session:
        session = Session(engine, expire_on_commit=False)
        session.info["database"] = self
        return session

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        if not self.bundled:
            yield
            return
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self.lock, fcntl.LOCK_UN)

    def _open_sqlite(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.lock = path.with_name(path.name + ".lock").open("a")
        self.writer = create_engine(f"sqlite:///{path}", pool_size=1, max_overflow=0, **JSON)
        self.reader = create_engine(f"sqlite:///{path}", pool_size=READERS, max_overflow=0, **JSON)
        event.listen(self.writer, "connect", sqlite_writer)
        event.listen(self.reader, "connect", sqlite_reader)
        event.listen(self.writer, "checkin", nothing_left_open)
        event.listen(self.writer, "begin", lambda c: c.exec_driver_sql("BEGIN IMMEDIATE"))
        event.listen(self.reader, "begin", lambda c: c.exec_driver_sql("BEGIN"))
        in_order(self.writer)
        self.turns = Turns[Work[Any]]("write", self._write_together)
        self.writing = self.turns.thread
        self.reading = ThreadPoolExecutor(READERS, "read")

    def _open_postgresql(self, pool: int) -> None:
        from server.pipeline import Pipeline  # and with it a driver that SQLite does not need

        self.writer = create_engine(
            self.url.replace("postgresql://", "postgresql+psycopg://", 1),
            pool_size=pool + READERS,
            max_overflow=1,
            pool_timeout=5,
            **JSON,
            connect_args={
                "connect_timeout": 3,
                "tcp_user_timeout": 5000,
                "options": POSTGRES,
                "prepare_threshold": 2,
            },
        )
        event.listen(self.writer, "connect", self._recognise)
        event.listen(self.writer, "connect", lambda c, r: r.info.update({PIPELINE: Pipeline(c)}))
        event.listen(self.writer, "checkin", used)
        event.listen(self.writer, "checkout", self._look_after)
        in_order(self.writer)
        self.reader = self.writer.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self.writing = ThreadPoolExecutor(pool, "write")
        self.reading = ThreadPoolExecutor(READERS, "read")

    def _look_after(self, connection: Any, record: Any, _fairy: object) -> None:
        """Ask whether a connection is still there, unless it was just now."""
        if time.monotonic() < record.info.get("used_at", math.inf) + UNASKED_SECONDS:
            return
        try:
            self.writer.dialect.do_ping(connection)
        except connection.Error as error:
            raise InvalidatePoolError from error

    def _recognise(self, connection: Any, _record: object) -> None:
        """A restored, failed-over or replaced database is another one: its epochs differ."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT (SELECT system_identifier FROM pg_control_system())::text"
                " || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"
                " || coalesce(to_regclass('event')::oid::text, '')"
                " || (SELECT '/' || oid FROM pg_database WHERE datname = current_database())"
            )
            self.instance = hashlib.sha256(cursor.fetchone()[0].encode()).hexdigest()[:6]
        connection.commit()


def passing(error: DBAPIError, seconds: float) -> bool:
    """Whether the same work may succeed when simply done again, after so long."""
    if sqlstate(error) == LOCKED and seconds > PATIENCE_SECONDS:
        return False
    return sqlstate(error) in AGAIN or "database is locked" in str(error.orig)


def unsaved(error: DBAPIError) -> Exception:
    """The database's own trouble becomes a refusal; our mistakes stay what they are."""
    down = isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated
    down = down or sqlstate(error) == READ_ONLY
    if down and "no such" not in str(error.orig) and "syntax" not in str(error.orig):
        return Unsaved("The database could not take it just now. Nothing was changed: try again.")
    return error


def sqlstate(error: DBAPIError) -> str | None:
    """PostgreSQL's code for what went wrong."""
    return getattr(error.orig, "sqlstate", None)
