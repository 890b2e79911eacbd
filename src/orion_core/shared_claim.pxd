from orion_core.governance.duplicates cimport is_no_answer
from orion_core.governance.shared cimport answer_record, claim_record
from orion_core.guard cimport DuplicateRule
from orion_core.protocol cimport CacheAdd, CacheSwap


cdef class SharedClaim:
    cdef DuplicateRule rule
    cdef str key
    cdef str owner
    cdef bytes fingerprint
    cdef double at
    cdef readonly bytes pledge

    cpdef CacheAdd ask(self, double until)
    cpdef bint is_ours(self, object found)
    cpdef tuple settle(self, int status, bytes body, double now, double wall)
