"""One thread on which work is done in turn, as much of it together as has come meanwhile."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any, Generic, TypeVar

T = TypeVar("T")
W = TypeVar("W")


class Turn(Generic[W]):
    """A piece of work, and where its outcome is waited for."""

    __slots__ = ("done", "error", "result", "work")

    def __init__(self, work: W) -> None:
        self.work = work
        self.done: Future[Any] = Future()
        self.result: Any = None
        self.error: BaseException | None = None

    def attempt(self, do: Callable[[W], Any]) -> None:
        """Do it; what it raises is its outcome too."""
        try:
            self.result, self.error = do(self.work), None
        except BaseException as error:
            self.result, self.error = None, error

    def tell(self) -> None:
        """Let whoever waits for it know."""
        if self.error:
            self.done.set_exception(self.error)
        else:
            self.done.set_result(self.result)


class Turns(Generic[W]):
    """The thread, and those who wait for it."""

    def __init__(self, name: str, go: Callable[[Turns[W]], None]) -> None:
        self.go = go
        self.thread = ThreadPoolExecutor(1, name)
        self.lock = Lock()
        self.waiting: deque[Turn[W]] = deque()
        self.going = False

    def put(self, work: W) -> Future[Any]:
        """Have it done as soon as its turn comes."""
        turn = Turn(work)
        with self.lock:
            self.waiting.append(turn)
            if not self.going:
                self.going = True
                self.thread.submit(self.run)
        return turn.done

    def take(self, number: int) -> list[Turn[W]]:
        """The next of those who wait and have not gone away."""
        taken: list[Turn[W]] = []
        while self.waiting and len(taken) < number:
            turn = self.waiting.popleft()
            if turn.done.set_running_or_notify_cancel():
                taken.append(turn)
        return taken

    def run(self) -> None:
        """Go on until nobody waits."""
        while True:
            self.go(self)
            with self.lock:
                if not self.waiting:
                    self.going = False
                    return
