from orion_core.governance.recent cimport Recent


cdef class Bucket:
    cdef double tokens
    cdef double at


cdef class RateLimiter:
    cdef readonly double rate
    cdef readonly Py_ssize_t burst
    cdef Recent buckets

    cpdef double take(self, str key, double now)
    cpdef double peek(self, str key, double now)
    cpdef Py_ssize_t left(self, str key, double now)
    cdef Bucket filled(self, str key, double now)
    cdef object refill(self, Bucket bucket, double now)
