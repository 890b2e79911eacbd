cdef class Inbox:
    cdef object _application
    cdef long long _limit
    cdef object _context
    cdef set _tasks
    cdef long long _taken       # changed by Granian's thread alone
    cdef long long _settled     # changed by the event loop alone

    cpdef object arrived(self, object watcher, object received)
    cdef object _begin(self, object watcher, dict message)
    cpdef object _ask(self, dict scope, dict headers, bytes body)


cdef class Arrival:
    cdef Inbox inbox
    cdef object watcher


cdef dict headers_of(list pairs)
cdef long long announced_length(dict headers)
cpdef object reply(object watcher, object answer)
