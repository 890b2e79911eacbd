from orion_core.protocol cimport Request, Respond
from orion_io.clock cimport Clock
from orion_io.recorder cimport Recorder
from orion_io.tallies cimport MessageTally


cdef class Driver:
    cdef object _engine
    cdef Clock _clock
    cdef Recorder _recorder
    cdef object _note
    cdef object _carriers
    cdef MessageTally _tally
    cdef object _following

    cpdef object begin(self, Request request, double now)
    cpdef Respond _ended(self, Respond step, double started, Request request)
