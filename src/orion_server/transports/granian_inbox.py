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

from orion_server.transports.framing import Unreadable, announced_length, check_framing, headers_of, known_headers
from orion_server.transports.replies import Pending, Reply
from orion_server.transports.transport import Application, Fault

GONE = "http.disconnect"
CLOSE = (b"connection", b"close")
CUT_OFF = "the content cannot be read"

logger = logging.getLogger(__name__)


@cython.final
@cython.freelist(64)  # type: ignore[no-untyped-call]  # the stub leaves it untyped
@cython.cclass
class Arrival:
    """What Granian calls when the first part of a request's content is there.

    Args:
        inbox: The `Inbox` it goes to.
        watcher: The request.
        receiving: Granian's future of it.
        taken: When, in whole seconds since the start.
    """

    def __init__(self, inbox: Any, watcher: Any, receiving: Any, taken: int) -> None:
        self.inbox = inbox
        self.watcher = watcher
        self.receiving = receiving
        self.taken = taken
        self.overdue = False  # it was refused already

    def __call__(self, received: Any) -> None:
        """Run by the event loop; `received` is done."""
        self.inbox.arrived(self, received)


@cython.final
@cython.cclass
class Departure:
    """Cancels a request's task when its caller leaves. A callback: a task that watches costs as much again.

    Args:
        watcher: The request.
        task: What works on it.
        context: What the event loop runs callbacks in.
    """

    def __init__(self, watcher: Any, task: Any, context: Context) -> None:
        self.watcher = watcher
        self.task = task
        self.context = context
        self.receiving: Any = None

    @cython.ccall
    def watch(self) -> object:
        """Ask for what comes next: nothing can, but the end of the connection."""
        self.receiving = self.watcher.proto.receive()
        self.receiving.add_done_callback(self, context=self.context)
        return None

    @cython.ccall
    def forget(self) -> object:
        """The request is answered, or given up."""
        self.task = None
        self.receiving.cancel()
        self.watcher = self.receiving = None  # which hold each other
        return None

    def __call__(self, received: Any) -> None:
        """Run by the event loop; `received` is done."""
        if self.task is None:
            return
        if received.result()["type"] == GONE:
            self.task.cancel()
        else:
            self.watch()


@cython.final
@cython.cclass
class Inbox:
    """Gives every request of a Granian worker to an application.

    A watcher is Granian's hold of one request: its `scope`, its `proto` to receive and send by, `done` to let it go.

    Args:
        application: What answers.
        context: What the event loop runs it in.
        patience: Seconds that the content of a request may take.
    """

    def __init__(self, application: Application, context: Context, patience: int) -> None:
        self._application = application
        self._limit = application.max_body
        self._context = context
        self._tasks: set[asyncio.Task[None]] = set()
        self._patience = patience
        self._expected: dict[Arrival, None] = {}  # by when they were taken
        self._seconds = 0  # since the start
        self._taken = 0  # changed by Granian's thread alone
        self._settled = 0  # changed by the event loop alone

    @property
    def in_flight(self) -> int:
        """How many requests have come and are not answered."""
        return self._taken - self._settled

    def take(self, watcher: Any) -> None:
        """Ask for the content of a request; called in Granian's thread."""
        self._taken += 1
        receiving = watcher.proto.receive()
        arrival = Arrival(self, watcher, receiving, self._seconds)
        self._expected[arrival] = None
        receiving.add_done_callback(arrival, context=self._context)

    async def sweep(self) -> None:
        """Once a second, refuse what has been waited for too long: one timer for all of them."""
        while True:
            await anyio.sleep(1)
            self._seconds += 1
            try:
                self._refuse_slow(self._seconds - self._patience)
            except Exception:
                logger.exception("unexpected failure while refusing slow requests")

    def _refuse_slow(self, latest: int) -> None:
        arrival: Arrival
        for arrival in list(self._expected):  # a copy: Granian's thread adds to it at any time
            if arrival.taken > latest:
                return
            del self._expected[arrival]
            arrival.overdue = True
            self._settled += 1
            headers = known_headers(arrival.watcher.scope["headers"])
            reply_last(arrival.watcher, self._application.refuse(Fault.TOO_SLOW, headers))
            arrival.watcher.done()
            arrival.receiving.cancel()
            arrival.watcher = arrival.receiving = None  # the connection closes when nothing holds the content

    @cython.ccall
    def arrived(self, arrival: Arrival, received: Any) -> object:
        """The first part of the content is there; mostly there is no other."""
        if arrival.overdue:
            return None
        del self._expected[arrival]
        arrival.receiving = None  # which holds the arrival in turn
        watcher = arrival.watcher
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
        scope: dict[str, Any] = watcher.scope
        try:
            headers = headers_of(scope["headers"])
            check_framing(headers, scope["http_version"])
        except Unreadable as unreadable:
            reply_last(
                watcher, self._application.refuse(unreadable.fault, known_headers(scope["headers"]), unreadable.why)
            )
            return None
        if message["type"] == GONE:  # the caller left, or the content cannot be read: Granian tells no difference
            reply_last(watcher, self._application.refuse(Fault.MALFORMED, headers, CUT_OFF))
            return None
        body: bytes = message["body"]
        length: cython.longlong = announced_length(headers)
        if length > self._limit or len(body) > self._limit:
            limit: cython.longlong = self._most_of(scope, headers)
            if length > limit or len(body) > limit:
                reply_last(watcher, self._application.refuse(Fault.BODY_TOO_LARGE, headers, str(limit)))
                return None
        if len(body) != length and message["more_body"]:
            return self._collect(watcher, headers, body)
        answer = self._ask(scope, headers, body)
        if type(answer) is Reply:
            reply(watcher, answer)
            return None
        return self._wait_for(watcher, answer)

    async def _wait_for(self, watcher: Any, pending: Pending) -> None:
        """Wait for an answer and send it; a caller who leaves ends work that can be ended."""
        if not pending.cancellable:
            reply(watcher, await pending.work)
            return
        departure = Departure(watcher, asyncio.current_task(), self._context)
        departure.watch()
        try:
            reply(watcher, await pending.work)
        finally:
            departure.forget()

    @cython.ccall
    def _ask(self, scope: dict[str, Any], headers: dict[str, Any], body: bytes) -> Any:
        path: bytes = scope["raw_path"]
        query: bytes = scope["query_string"]
        return self._application.answer(
            scope["method"], path.decode("latin-1"), query.decode("latin-1"), headers, body, scope["client"][0]
        )

    def _most_of(self, scope: dict[str, Any], headers: dict[str, str]) -> int:
        """How many bytes are accepted of a request that has more than usual."""
        path: bytes = scope["raw_path"]
        return self._application.most_body(path.decode("latin-1"), headers, scope["client"][0])

    async def _collect(self, watcher: Any, headers: dict[str, str], first: bytes) -> None:
        """Gather content that comes in parts, then answer."""
        try:
            body = await self._whole(watcher, headers, first)
        except Unreadable as unreadable:
            reply_last(watcher, self._application.refuse(unreadable.fault, headers, unreadable.why))
            return
        answer = self._ask(watcher.scope, headers, body)
        if isinstance(answer, Reply):
            reply(watcher, answer)
        else:
            await self._wait_for(watcher, answer)

    async def _whole(self, watcher: Any, headers: dict[str, str], first: bytes) -> bytes:
        """All of a request's content, in time.

        Raises:
            Unreadable: It came too late, ended too early, or is too large.
        """
        with anyio.move_on_after(self._patience):
            return await self._rest(watcher, headers, first)
        raise Unreadable(Fault.TOO_SLOW)

    async def _rest(self, watcher: Any, headers: dict[str, str], first: bytes) -> bytes:
        """All of a request's content, or the same errors."""
        parts = [first]
        size = len(first)
        limit: cython.longlong = self._limit
        more = True
        while more:
            message = await watcher.proto.receive()
            if message["type"] == GONE:
                raise Unreadable(Fault.MALFORMED, CUT_OFF)
            parts.append(message["body"])
            size += len(message["body"])
            if size > limit:
                limit = self._most_of(watcher.scope, headers)
                if size > limit:
                    raise Unreadable(Fault.BODY_TOO_LARGE, str(limit))
            more = message["more_body"]
        return b"".join(parts)


@cython.ccall
def reply(watcher: Any, answer: Any) -> object:
    """Send an answer. Granian takes a start and one whole body at once: there is nothing to wait for."""
    send = watcher.proto.send
    send({"type": "http.response.start", "status": answer.status, "headers": [*answer.standing, *answer.own]})
    send({"type": "http.response.body", "body": answer.body})
    return None


def reply_last(watcher: Any, answer: Reply) -> None:
    """Send an answer after which the connection is closed: what is left of the request is not read."""
    reply(watcher, Reply(answer.status, answer.standing, [*answer.own, CLOSE], answer.body))


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
