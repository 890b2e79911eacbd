from orion_server.transports.framing cimport announced_length, check_framing, headers_of


cdef class Arrival:
    cdef Inbox inbox
    cdef object watcher
    cdef object receiving
    cdef int taken
    cdef bint overdue


cdef class Departure:
    cdef object watcher
    cdef object task
    cdef object context
    cdef object receiving

    cpdef object watch(self)
    cpdef object forget(self)


cdef class Inbox:
    cdef object _application
    cdef long long _limit
    cdef object _context
    cdef set _tasks
    cdef int _patience
    cdef dict _expected
    cdef int _seconds
    cdef long long _taken       # changed by Granian's thread alone
    cdef long long _settled     # changed by the event loop alone

    cpdef object arrived(self, Arrival arrival, object received)
    cdef object _begin(self, object watcher, dict message)
    cpdef object _ask(self, dict scope, dict headers, bytes body)


cpdef object reply(object watcher, object answer)
