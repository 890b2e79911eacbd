from orion_core.protocol cimport Ticket


cdef class Permits:
    cdef readonly Py_ssize_t limit
    cdef readonly Py_ssize_t line_limit
    cdef readonly Py_ssize_t in_use
    cdef readonly Py_ssize_t standing
    cdef object line

    cpdef bint take(self)
    cpdef bint stand(self, Ticket ticket)
    cpdef tuple release(self)
    cpdef tuple withdraw(self, Ticket ticket)
    cdef tuple admit(self)
