from orion_core.protocol cimport Request, Respond
from orion_io.clock cimport Clock


cdef class RequestLog:
    cdef object _lines
    cdef Clock _clock
    cdef int _least
    cdef Py_ssize_t _most
    cdef double _interval
    cdef list _gathered
    cdef Py_ssize_t _waiting    # handed over, and not written when that was
    cdef Py_ssize_t _dropped
    cdef bint _armed            # whether they will be handed over

    cpdef object data(self, Request request, Respond step, double started)
    cpdef object left(self, Request request, double started)
    cdef object _take(self, Request request, int status, str channel, object error, double started)
    cpdef object add(self, tuple line)
    cdef object _hand_on(self)
