from orion_core.message cimport Message
from orion_core.paths cimport Path


cdef class Source:
    cdef readonly str text
    cdef readonly bint whole_payload
    cdef readonly bint in_payload
    cdef readonly Path path

    cpdef object take(self, Message message)
    cpdef object look(self, Message message)


cpdef object find_in_data(Message message, str name, Path path, Path stripped)
