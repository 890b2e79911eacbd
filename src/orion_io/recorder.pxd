from orion_core.protocol cimport StoreTrace
from orion_io.clock cimport Clock


cdef class Recorder:
    cdef object _offer
    cdef bint _all
    cdef bint _errors
    cdef double _below
    cdef Clock _clock

    cpdef object record(self, StoreTrace trace, double duration_ms)
    cdef bint _drawn(self, str identifier)
