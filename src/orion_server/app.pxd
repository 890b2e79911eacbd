from orion_io.clock cimport Clock
from orion_server.edge cimport Edge
from orion_server.request_log cimport RequestLog


cdef class App:
    cdef readonly long long max_body
    cdef object _gate
    cdef bint _watches          # whether the gate has anything to say
    cdef object _headers
    cdef Edge _edge
    cdef object _control
    cdef Clock _clock
    cdef object _bodies
    cdef RequestLog _log
    cdef object _tally

    cpdef object answer(self, str method, str path, str query, dict headers, bytes body, str client)
    cdef object _asked(self, str method, str path, str query, dict headers, bytes body, str client)
