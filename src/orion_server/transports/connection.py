"""One connection of the direct transport: an asyncio protocol that reads, has answered, and writes, in order.

What needs nothing of the world is answered within `data_received`, without a task, timer or future. The next request of
a connection is begun when the one before is answered: those who send several at once may rely on their order (RFC 9112
section 9.3.2). Knows nothing of HTTP's syntax, which is `Reader`'s, and of the clock only what the sweep tells.
"""

import asyncio
import logging
from typing import Any

import cython

from orion_server.transports.answer_bytes import CONTINUE
from orion_server.transports.framing import Unreadable
from orion_server.transports.patience import Patience
from orion_server.transports.reader import Reader, Received
from orion_server.transports.replies import Pending, Reply
from orion_server.transports.shared import Shared
from orion_server.transports.transport import Fault

SLICE: cython.Py_ssize_t = 8 * 1024  # bytes read before anybody looks how many requests wait
DEPTH: cython.Py_ssize_t = 16  # requests that wait; with more, nothing is read
HANDFUL: cython.Py_ssize_t = 64 * 1024  # bytes of answers before the others have their turn
CUT_OFF = "the content cannot be read"

logger = logging.getLogger(__name__)


@cython.final
@cython.cclass
class Connection:
    """See the module; `asyncio.Protocol` says when each method is called.

    Args:
        shared: What it shares with the others.
    """

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._transport: Any = None
        self._backlog = b""
        self._asked: Any = None
        self._task: Any = None
        self._cancellable = False
        self._out: list[Any] = []
        self._size = 0
        self._held = self._stalled = self._paused = self._closing = False
        self._patience = Patience(shared)

    # --- what the event loop tells ------------------------------------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        """Somebody has connected."""
        shared = self._shared
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self._reader = Reader(shared.application, peer[0] if peer else "")
        others: cython.Py_ssize_t = len(shared.connections)
        shared.connections.add(self)
        if shared.leaving:  # it was still shaking hands
            transport.close()
        elif others >= shared.most + shared.most // 8:  # there are too many even of those who are told so
            transport.abort()
        elif others >= shared.most:
            self._refuse(Unreadable(Fault.TOO_MANY))

    def data_received(self, data: bytes) -> None:
        """Bytes have come: answer what can be answered now, all of it in one write."""
        if self._closing:
            return
        self._read(data)
        self._flush()

    def eof_received(self) -> object:
        """The caller says no more, and so counts as gone; what it has been owed until now is sent."""
        if not self._closing and self._task is None and (self._reader.in_head or self._reader.in_content):
            self._refuse(Unreadable(Fault.MALFORMED, CUT_OFF))
        return None  # the transport closes itself

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is gone, and with it the reason for work that can be ended."""
        self._transport = None
        self._closing = True
        self._reader.close()
        self._shared.connections.discard(self)
        self._shared.look()
        if self._task is not None and self._cancellable:
            self._task.cancel()

    def pause_writing(self) -> None:
        """The caller does not read: begin nothing for it."""
        self._held = self._stalled = True
        self._patience.watch(self._transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """The caller reads again."""
        self._stalled = False
        self._patience.restart()
        self.go_on()

    # --- reading ------------------------------------------------------------------------------------------------------

    @cython.cfunc
    def _read(self, data: bytes) -> object:
        """Read and answer, until enough is waiting."""
        length: cython.Py_ssize_t = len(data)
        if self._backlog:
            self._backlog += data
            return None
        if length <= SLICE:
            return self._read_some(data)
        place: cython.Py_ssize_t = 0
        while place < length and not self._closing:
            if self._full():
                self._backlog = data[place:]
                self._pause()
                return None
            self._read_some(data[place : place + SLICE])
            place += SLICE
        return None

    @cython.cfunc
    def _read_some(self, data: bytes) -> object:
        reader = self._reader
        reader.feed(data)
        if reader.requests:
            self._advance()
            if len(reader.requests) >= DEPTH:
                self._pause()
        elif reader.fault is not None or reader.awaited:
            self._advance()
        self._patience.follow(reader)
        return None

    @cython.cfunc
    def _full(self) -> cython.bint:
        return self._held or len(self._reader.requests) >= DEPTH

    def _pause(self) -> None:
        if not self._paused:
            self._paused = True
            self._transport.pause_reading()

    # --- answering ----------------------------------------------------------------------------------------------------

    @cython.cfunc
    def _advance(self) -> object:
        """Answer what was read, in its order, as far as that can be done now."""
        reader = self._reader
        requests = reader.requests
        while requests and self._task is None and not self._held and not self._closing:
            self._answer(requests.pop(0))
        if requests or self._task is not None or self._held or self._closing:
            return None
        if reader.fault is not None:
            self._refuse(reader.fault)
        elif reader.awaited:
            reader.awaited = False
            self._out.append(CONTINUE)
        return None

    def go_on(self) -> None:
        """Something that was waited for is there: answer and read on."""
        if self._closing or self._stalled:
            return
        self._held = False
        self._advance()
        while self._backlog and not self._full() and not self._closing:
            data, self._backlog = self._backlog, b""
            self._read(data)
        if self._paused and not self._backlog and not self._full() and not self._closing:
            self._paused = False
            self._transport.resume_reading()
        self._flush()
        if self._shared.leaving:  # and this was owed something when that began
            self.leave()

    @cython.cfunc
    def _answer(self, request: Received) -> object:
        """Answer a request, or begin to."""
        answer: Any
        try:
            answer = self._shared.application.answer(
                request.method, request.path, request.query, request.headers, request.body, self._reader.client
            )
        except Exception:
            answer = self._broken(request)
        if type(answer) is not Pending:
            return self._write(request, answer)
        pending: Pending = answer
        self._asked = request
        self._cancellable = pending.cancellable
        self._task = self._shared.loop.create_task(pending.work)
        self._shared.tasks.add(self._task)
        self._task.add_done_callback(self._answered)
        return None

    def _answered(self, task: "asyncio.Task[Reply]") -> None:
        """The task has ended: send what it made, and go on to what came meanwhile."""
        request = self._asked
        self._shared.tasks.discard(task)
        self._task = self._asked = None
        reply: Any = None
        if task.cancelled():
            if self._closing:  # by us: the caller has gone
                return
            reply = self._shared.application.refuse(Fault.BROKEN, request.headers)
        elif task.exception() is not None:
            reply = self._broken(request, task.exception())
        else:
            reply = task.result()
        if not self._closing:
            self._write(request, reply)
            self.go_on()

    def _broken(self, request: Received, error: BaseException | None = None) -> Reply:
        """Log what should not have happened, and say as much as may be said."""
        logger.error("unexpected failure", exc_info=error or True, extra={"fields": {"path": request.path}})
        reply: Reply = self._shared.application.refuse(Fault.BROKEN, request.headers)
        return reply

    @cython.cfunc
    def _write(self, request: Received, reply: Reply) -> object:
        last: cython.bint = request.last or self._shared.leaving
        content: bytes = self._shared.answers.of(reply, request.method, last, request.persistent)
        self._out.append(content)
        self._size += len(content)
        self._patience.serve()
        if last:
            self._finish(unread=bool(self._reader.requests) or self._reader.in_content or bool(self._backlog))
        elif self._size > HANDFUL:
            self._flush()
            self._held = True
            self._shared.loop.call_soon(self.go_on)
        return None

    @cython.cfunc
    def _flush(self) -> object:
        """Hand over what was answered, once."""
        out = self._out
        if out and self._transport is not None:
            self._transport.write(out[0] if len(out) == 1 else b"".join(out))
            self._out = []
            self._size = 0
        return None

    # --- ending -------------------------------------------------------------------------------------------------------

    def _refuse(self, refused: Unreadable) -> None:
        """Say what is wrong, and that it is the last that is said."""
        reply = self._shared.application.refuse(refused.fault, self._reader.headers_so_far(), refused.why)
        self._out.append(self._shared.answers.of(reply, "", True, False))
        self._finish(unread=True)

    def _finish(self, *, unread: bool) -> None:
        """Close behind what is written.

        Args:
            unread: Whether more may be coming. It is read for a while and thrown away: a socket closed with something
                unread in it takes back the answers that are on their way (RFC 9112 section 9.6).
        """
        self._flush()
        transport = self._transport
        self._closing = True
        self._patience.watch(transport.get_write_buffer_size())
        if not unread:
            transport.close()
            return
        if self._paused:
            transport.resume_reading()
        if transport.can_write_eof():
            transport.write_eof()

    def expire(self) -> None:
        """Called once a second: close what has been waited for too long."""
        if self._transport is None:
            return
        patience = self._patience
        if self._stalled or (self._closing and patience.watching):
            self._expect_reading()
        elif self._closing:
            if patience.has_lingered():
                self._transport.abort()
        elif self._task is None and not self._held and patience.expects_in_vain():
            if self._reader.in_head or self._reader.in_content:
                self._refuse(Unreadable(Fault.TOO_SLOW))
            else:
                self._finish(unread=False)

    def _expect_reading(self) -> None:
        """Cut off a caller who reads too little of what it asked for; once all is read, the end is waited for."""
        unsent = self._transport.get_write_buffer_size()
        if unsent == 0 and not self._stalled:
            self._patience.watch(0)
        elif self._patience.is_read_too_little(unsent):
            self._transport.abort()

    def leave(self) -> None:
        """Close if nothing is owed; else behind the next answer."""
        if not self._closing and not self._held and self._task is None and not self._reader.in_content:
            self._finish(unread=False)

    def abort(self) -> None:
        """Cut the connection."""
        if self._transport is not None:
            self._transport.abort()

    @property
    def busy(self) -> bool:
        """Whether the caller is owed something that no task works on."""
        if self._transport is None or self._task is not None:
            return False
        waits = self._held or self._reader.in_content or bool(self._reader.requests)
        return (waits and not self._closing) or self._transport.get_write_buffer_size() > 0
