from orion_server.transports.reader cimport Reader
from orion_server.transports.shared cimport Shared


cdef class Patience:
    cdef Shared _shared
    cdef int _since                 # in seconds of the sweep
    cdef bint _in_head              # of a request, then
    cdef bint _in_content           # as above
    cdef bint _served
    cdef Py_ssize_t _unsent         # bytes that the caller had not read then

    cpdef object restart(self)
    cpdef object serve(self)
    cpdef object follow(self, Reader reader)
