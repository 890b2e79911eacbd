from orion_core.protocol cimport Respond
from orion_io.clock cimport Clock
from orion_io.driver cimport Driver
from orion_server.request_log cimport RequestLog
from orion_server.request_tally cimport RequestTally
from orion_server.transports.replies cimport Pending, Reply


cdef class Edge:
    cdef Driver _driver
    cdef Clock _clock
    cdef object _headers
    cdef tuple _json
    cdef RequestLog _log
    cdef RequestTally _tally

    cpdef object answer(self, str method, str path, str query, dict headers, bytes body, str client)
    cpdef object _written(self, Respond step, str request_id, dict asked)
