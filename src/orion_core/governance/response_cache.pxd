from orion_core.protocol cimport Ticket


cdef class Kept:
    cdef readonly int status
    cdef readonly bytes body
    cdef readonly double at
    cdef readonly double expires


cdef class ResponseCache:
    cdef readonly Py_ssize_t max_entries
    cdef readonly Py_ssize_t max_bytes
    cdef readonly Py_ssize_t weight
    cdef object kept
    cdef dict flights

    cpdef object find(self, bytes key, double now)
    cpdef bint lead(self, bytes key)
    cpdef object follow(self, bytes key, Ticket ticket)
    cpdef object desert(self, bytes key, Ticket ticket)
    cpdef tuple land(self, bytes key)
    cpdef object keep(self, bytes key, Kept kept)
    cdef object drop(self, bytes key)
