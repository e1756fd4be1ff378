"""Work done beside other work, in a thread of its own: a source of groups that runs ahead, and a job that is repeated.

What goes wrong in a thread is told to whoever started it, and the thread has ended when the `with` block is left.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Generic, TypeVar

_T = TypeVar("_T")
_END, _NOTHING = object(), object()


class _Stopped(Exception):
    """Whoever took the groups wants no more of them."""


class Ahead(Generic[_T]):
    """Runs `produce(give)` in a thread that is at most `ahead` groups ahead of whoever takes them.

    `give` waits for room, and ends `produce` by an exception when no more is wanted: it is to be called where nothing is
    left half done. `error` is what `produce` raised, once `groups` has come to its end or the block is left.
    """

    def __init__(self, produce: Callable[[Callable[[_T], None]], None], ahead: int) -> None:
        self.error: BaseException | None = None
        self._produce = produce
        self._ahead = ahead
        self._given: SimpleQueue[_T | object] = SimpleQueue()
        self._room = threading.Semaphore(ahead)
        self._unwanted = threading.Event()
        self._thread = threading.Thread(target=self._run, name="suphub-ahead")

    def __enter__(self) -> Ahead[_T]:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._unwanted.set()
        self._room.release()
        self._thread.join()

    def groups(self) -> Iterator[list[_T]]:
        """All that has been given since, as soon as there is anything; ends with `produce`."""
        while True:
            found, end = self._waiting()
            if found:
                yield found
            if end:
                return

    def _waiting(self) -> tuple[list[_T], bool]:
        found: list[_T] = []
        each: _T | object = self._given.get()
        while each is not _END:
            found.append(each)  # type: ignore[arg-type]
            self._room.release()
            try:
                each = self._given.get_nowait() if len(found) < self._ahead else _NOTHING
            except Empty:
                each = _NOTHING
            if each is _NOTHING:
                return found, False
        return found, True

    def _run(self) -> None:
        try:
            self._produce(self._give)
        except _Stopped:
            pass
        except BaseException as error:  # noqa: BLE001 - told in the thread that waits for the groups
            self.error = error
        finally:
            self._given.put(_END)

    def _give(self, group: _T) -> None:
        self._room.acquire()
        if self._unwanted.is_set():
            raise _Stopped
        self._given.put(group)


class Again:
    """Does `job` again in a thread whenever `more` was called since it began; what it raises ends it and is `error`."""

    def __init__(self, job: Callable[[], None]) -> None:
        self.error: BaseException | None = None
        self._job = job
        self._call = threading.Event()
        self._over = False
        self._thread = threading.Thread(target=self._run, name="suphub-again")

    def __enter__(self) -> Again:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends it when the round that it is in is done."""
        self._over = True
        self._call.set()
        self._thread.join()

    def more(self) -> None:
        """There is more to do."""
        self._call.set()

    def _run(self) -> None:
        while True:
            self._call.wait()
            self._call.clear()
            if self._over:
                return
            try:
                self._job()
            except BaseException as error:  # noqa: BLE001 - told in the thread that ends this one
                self.error = error
                return
