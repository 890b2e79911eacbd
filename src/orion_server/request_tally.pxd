cdef class RequestTally:
    cdef readonly dict channels
    cdef readonly dict patterns

    cpdef object data(self, str method, str channel, int status, double seconds)
