from orion_core.documents cimport Allowance
from orion_core.paths cimport Path


cdef class Payload:
    cdef readonly object text     # bytes, or the part of the body that msgspec cut out
    cdef readonly object value
    cdef readonly int max_depth
    cdef readonly bint taken      # the decoded value went to somebody who may change it

    cpdef object take(self, Allowance allowance)
    cpdef object look(self)


cpdef Payload new_payload(object text, object value, int max_depth)


cdef class Message:
    cdef readonly Payload payload
    cdef readonly dict context    # what logic sees: data, metadata, temp_data
    cdef readonly list errors     # entries of the response's `errors`
    cdef readonly Allowance allowance

    cpdef object write(self, Path path, object value)
    cpdef object put_member(self, str name, object value)
    cpdef object put(self, Path path, object value)


cpdef Message new_message(Payload payload, dict metadata, Allowance allowance)
