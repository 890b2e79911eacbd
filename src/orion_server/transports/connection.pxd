from orion_server.transports.patience cimport Patience
from orion_server.transports.reader cimport Reader, Received
from orion_server.transports.replies cimport Pending, Reply
from orion_server.transports.shared cimport Shared


cdef class Connection:
    cdef Shared _shared
    cdef Reader _reader
    cdef object _transport
    cdef bytes _backlog         # came, and is not read yet: enough is waiting already

    # answering
    cdef Received _asked        # what the task answers
    cdef object _task
    cdef bint _cancellable
    cdef list _out              # written together
    cdef Py_ssize_t _size       # of that
    cdef bint _held             # nothing is begun now
    cdef bint _stalled          # because the caller does not read
    cdef bint _paused           # nothing is read from the socket
    cdef bint _closing          # nothing is read or answered any more
    cdef Patience _patience

    cdef object _read(self, bytes data)
    cdef object _read_some(self, bytes data)
    cdef object _advance(self)
    cdef object _answer(self, Received request)
    cdef object _write(self, Received request, Reply reply)
    cdef object _flush(self)
    cdef bint _full(self)
