from orion_core.governance.recent cimport Recent


cdef class Breaker:
    cdef readonly str key
    cdef readonly str channel
    cdef readonly str connector
    cdef readonly Py_ssize_t threshold
    cdef readonly double pause
    cdef readonly str state
    cdef readonly int era
    cdef readonly Py_ssize_t failures
    cdef readonly double opened_at
    cdef public Py_ssize_t trips
    cdef readonly Py_ssize_t rejections

    cpdef int admit(self, double now)
    cpdef bint succeeded(self, int era)
    cpdef bint failed(self, int era, double now)
    cpdef object abandoned(self, int era)
    cpdef object reset(self)
    cpdef object refuse(self)
    cpdef object follow(self, str state, Py_ssize_t failures, double wait, double now)
    cdef object turn(self, str state)
    cpdef double wait(self, double now)


cdef class Breakers:
    cdef readonly Py_ssize_t threshold
    cdef readonly double pause
    cdef Recent known

    cpdef Breaker of(self, str channel, str connector)
