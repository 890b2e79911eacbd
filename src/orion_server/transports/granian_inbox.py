"""From what Granian received to the application, and back. Knows Granian's watchers and ASGI's messages.

Granian reads a request in threads of its own. To call an ASGI application it enters the event loop with a new task, and
once more when the content has come: that costs more than all Orion does with a small request. So the content is asked
for in Granian's thread, and the loop is entered once, when it is there. What can be answered then needs no task at all;
what cannot gets one.
"""

import asyncio
import logging
from collections.abc import Coroutine
from contextvars import Context
from typing import Any

import anyio
import cython

from orion_server.transports.transport import Application, Pending, Reply

GONE = "http.disconnect"
LENGTH_DIGITS = 18  # of the largest length that is read; more than that is too much anyway

logger = logging.getLogger("orion.http")


@cython.final
@cython.cclass
class Inbox:
    """Gives every request of a Granian worker to an application.

    A watcher is Granian's hold of one request: its `scope`, its `proto` to receive and send by, `done` to let it go.

    Args:
        application: What answers.
        context: What the event loop runs it in.
    """

    def __init__(self, application: Application, context: Context) -> None:
        self._application = application
        self._limit = application.max_body
        self._context = context
        self._tasks: set[asyncio.Task[None]] = set()
        self._taken = 0  # changed by Granian's thread alone
        self._settled = 0  # changed by the event loop alone

    @property
    def in_flight(self) -> int:
        """How many requests have come and are not answered."""
        return self._taken - self._settled

    def take(self, watcher: Any) -> None:
        """Ask for the content of a request; called in Granian's thread."""
        self._taken += 1
        watcher.proto.receive().add_done_callback(Arrival(self, watcher), context=self._context)

    @cython.ccall
    def arrived(self, watcher: Any, received: Any) -> object:
        """The first part of the content is there; mostly there is no other."""
        work: Any = None
        try:
            work = self._begin(watcher, received.result())
        except Exception:
            give_up(watcher)
        if work is None:
            self._settled += 1
        else:
            task = asyncio.get_running_loop().create_task(guarded(watcher, work))
            self._tasks.add(task)
            task.add_done_callback(self._finished)
        return None

    def _finished(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        self._settled += 1

    @cython.cfunc
    def _begin(self, watcher: Any, message: dict[str, Any]) -> object:
        """Answer at once and return None, or return the coroutine that will."""
        if message["type"] == GONE:
            return None
        scope: dict[str, Any] = watcher.scope
        headers = headers_of(scope["headers"])
        body: bytes = message["body"]
        length: cython.longlong = announced_length(headers)
        if length > self._limit or len(body) > self._limit:
            reply(watcher, self._application.too_large(headers))
            return None
        if len(body) != length and message["more_body"]:
            return self._collect(watcher, headers, body)
        answer = self._ask(scope, headers, body)
        if type(answer) is Reply:
            reply(watcher, answer)
            return None
        return wait_for(watcher, answer)

    @cython.ccall
    def _ask(self, scope: dict[str, Any], headers: dict[str, Any], body: bytes) -> Any:
        path: bytes = scope["raw_path"]
        query: bytes = scope["query_string"]
        return self._application.answer(
            scope["method"], path.decode("latin-1"), query.decode("latin-1"), headers, body, scope["client"][0]
        )

    async def _collect(self, watcher: Any, headers: dict[str, str], first: bytes) -> None:
        """Gather content that comes in parts, then answer."""
        parts = [first]
        size = len(first)
        more = True
        while more:
            message = await watcher.proto.receive()
            if message["type"] == GONE:
                return
            parts.append(message["body"])
            size += len(message["body"])
            if size > self._limit:
                reply(watcher, self._application.too_large(headers))
                return
            more = message["more_body"]
        answer = self._ask(watcher.scope, headers, b"".join(parts))
        if isinstance(answer, Reply):
            reply(watcher, answer)
        else:
            await wait_for(watcher, answer)


@cython.final
@cython.freelist(64)  # type: ignore[no-untyped-call]  # the stub leaves it untyped
@cython.cclass
class Arrival:
    """What Granian calls when the first part of a request's content is there.

    Args:
        inbox: Where it goes.
        watcher: The request.
    """

    def __init__(self, inbox: Inbox, watcher: Any) -> None:
        self.inbox = inbox
        self.watcher = watcher

    def __call__(self, received: Any) -> None:
        """Run by the event loop; `received` is done."""
        self.inbox.arrived(self.watcher, received)


@cython.cfunc
def headers_of(pairs: list[Any]) -> dict[str, Any]:
    """Header values under their lower-case names; of a repeated name, the last."""
    headers: dict[str, Any] = {}
    name: bytes
    value: bytes
    for name, value in pairs:
        headers[name.decode("latin-1")] = value.decode("latin-1")
    return headers


@cython.cfunc
def announced_length(headers: dict[str, Any]) -> cython.longlong:
    """What `content-length` says; -1 without one."""
    announced = headers.get("content-length")
    return int(announced[:LENGTH_DIGITS]) if announced is not None and announced.isdecimal() else -1


@cython.ccall
def reply(watcher: Any, answer: Any) -> object:
    """Send an answer. Granian takes a start and one whole body at once: there is nothing to wait for."""
    send = watcher.proto.send
    send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    send({"type": "http.response.body", "body": answer.body})
    return None


async def wait_for(watcher: Any, pending: Pending) -> None:
    """Wait for an answer and send it; a caller who leaves ends work that can be ended."""
    if not pending.cancellable:
        reply(watcher, await pending.work)
        return
    async with anyio.create_task_group() as group:

        async def watch() -> None:
            while (await watcher.proto.receive())["type"] != GONE:
                continue
            group.cancel_scope.cancel()

        group.start_soon(watch)
        reply(watcher, await pending.work)
        group.cancel_scope.cancel()


async def guarded(watcher: Any, work: Coroutine[Any, Any, None]) -> None:
    """See that a request is let go, whatever happens."""
    try:
        await work
    except Exception:
        give_up(watcher)
    finally:
        watcher.done()


def give_up(watcher: Any) -> None:
    """Log what should not have happened, and let Granian answer with a bare 500."""
    logger.exception("unexpected failure", extra={"fields": {"path": watcher.scope["path"]}})
    watcher.done()
