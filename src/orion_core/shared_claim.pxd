from orion_core.connector cimport Connector
from orion_core.governance.duplicates cimport is_no_answer
from orion_core.governance.shared cimport answer_record, claim_record
from orion_core.guard cimport DuplicateRule


cdef class SharedClaim:
    cdef DuplicateRule rule
    cdef Connector store
    cdef str key
    cdef str owner
    cdef bytes fingerprint
    cdef double at
    cdef readonly bytes pledge

    cpdef object ask(self, double until)
    cpdef bint is_ours(self, object found)
    cpdef tuple settle(self, int status, bytes body, double now, double wall)
