"""PostgreSQL's pipeline, by libpq's own calls.

A cursor for each statement copies a map of adapters, looks its text up, flushes and polls. Here a
connection prepares each statement once, and all of a round trip go out as one message. How values
are written and rows are read stays the driver's business.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from select import POLLIN, POLLOUT, poll
from typing import Any, Final, NamedTuple

from psycopg import Connection, IsolationLevel, OperationalError
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGresult

Rows = list[tuple[Any, ...]]
Said = tuple[str, Sequence[Any]]
"""A statement whose parameters are $1, $2 …, and their values."""

COMMIT: Final[Said] = ("COMMIT", ())
PREPARED_AT_MOST: Final = 100  # on one connection; each costs the database some 20 KB
DONE: Final = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)


class Signature(NamedTuple):
    """What is prepared: the same text with values of other types is another one."""

    text: str
    types: tuple[int, ...]


class Message(NamedTuple):
    """A statement as libpq takes it."""

    signature: Signature
    values: Sequence[Any]
    formats: Sequence[Format] | None


class Pipeline:
    """One connection, and what is prepared on it."""

    def __init__(self, driver: Connection[Any]) -> None:
        self.driver = driver
        self.libpq = driver.pgconn
        self.transformer = Transformer(driver)
        self.prepared: dict[Signature, bytes] = {}
        self.numbers = count(1)
        self.doubtful = False

    def run(self, statements: Sequence[Said], *, commit: bool = False) -> list[Rows]:
        """Run these in one round trip, in the open transaction or in a new one; the rows of each.

        Raises the driver's error of the first that fails; the database skips those after it."""
        if self.doubtful:
            self.verify()
        ending = [COMMIT] if commit else []
        if self.libpq.transaction_status != TransactionStatus.IDLE:
            return self.exchange([*statements, *ending])[: len(statements)]
        answers = self.exchange([self.beginning(), *statements, *ending])
        return answers[1 : 1 + len(statements)]

    def doubt(self) -> None:
        """After a rollback the driver may have the database forget whatever is prepared."""
        self.doubtful = True

    def verify(self) -> None:
        """See what is still prepared."""
        found = self.driver.execute("SELECT name FROM pg_prepared_statements", prepare=False)
        names = {name.encode() for (name,) in found}
        self.prepared = {key: name for key, name in self.prepared.items() if name in names}
        self.doubtful = False

    def beginning(self) -> Said:
        """A transaction of the kind that the connection is set to."""
        words = ["BEGIN"]
        if self.driver.isolation_level is not None:
            name = IsolationLevel(self.driver.isolation_level).name
            words += ["ISOLATION LEVEL", name.replace("_", " ")]
        if self.driver.read_only:
            words.append("READ ONLY")
        return " ".join(words), ()

    def exchange(self, statements: Sequence[Said]) -> list[Rows]:
        """There and back once."""
        messages = [self.message(*said) for said in statements]
        self.libpq.enter_pipeline_mode()
        try:
            asked = self.send(messages)
            results = list(self.results())
            if self.libpq.status == ConnStatus.OK:
                self.libpq.exit_pipeline_mode()
        except BaseException:
            self.driver.close()  # what is still to be answered must not answer what comes next
            raise
        self.check(asked, results)
        return [self.rows(r) for new, r in zip(asked, results, strict=True) if not new]

    def message(self, text: str, values: Sequence[Any]) -> Message:
        """The values as the driver writes them."""
        written = self.transformer.dump_sequence(values, [PyFormat.AUTO] * len(values))
        signature = Signature(text, self.transformer.types or ())
        return Message(signature, written, self.transformer.formats)

    def send(self, messages: Sequence[Message]) -> list[Signature | None]:
        """Send them; what is answered in turn: a preparation, or a statement's rows (None)."""
        asked: list[Signature | None] = []
        for signature, values, formats in messages:
            name = self.prepared.get(signature)
            if name is None:
                if len(self.prepared) >= PREPARED_AT_MOST:
                    asked.append(self.forget(next(iter(self.prepared))))
                name = self.prepared[signature] = b"heard_%d" % next(self.numbers)
                self.libpq.send_prepare(name, signature.text.encode(), signature.types)
                asked.append(signature)
            self.libpq.send_query_prepared(name, values, formats)
            asked.append(None)
        self.libpq.pipeline_sync()
        while self.libpq.flush():
            self.wait(POLLIN | POLLOUT)
        return asked

    def forget(self, signature: Signature) -> Signature:
        """Let the database forget it too."""
        self.libpq.send_query_params(b"DEALLOCATE " + self.prepared.pop(signature), None)
        return signature

    def results(self) -> Iterator[PGresult]:
        """What the database answers, to the end of the pipeline or of the connection."""
        while self.libpq.status == ConnStatus.OK:
            while self.libpq.is_busy():
                self.wait(POLLIN)
            result = self.libpq.get_result()
            if result is None:
                continue  # the end of what one statement answers
            if result.status == ExecStatus.PIPELINE_SYNC:
                return
            yield result

    def wait(self, events: int) -> None:
        """Until there is something to read, or to write if asked for."""
        waiting = poll()
        waiting.register(self.libpq.socket, events)
        waiting.poll()
        self.libpq.consume_input()

    def check(self, asked: Sequence[Signature | None], results: Sequence[PGresult]) -> None:
        """Raise what went wrong first; what could not be prepared is not, and may all be gone."""
        failed = [(new, r) for new, r in zip(asked, results, strict=False) if r.status not in DONE]
        for new, _ in failed:
            if new:
                self.prepared.pop(new, None)
        if failed:
            self.doubtful = True
            raise error_from_result(failed[0][1])
        if len(results) < len(asked):
            raise OperationalError("the connection to the database is lost")

    def rows(self, result: PGresult) -> Rows:
        """The rows as the driver reads them."""
        self.transformer.set_pgresult(result)
        return self.transformer.load_rows(0, result.ntuples, tuple)
