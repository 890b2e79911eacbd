from orion_core.documents cimport canonical, encode
from orion_core.governance.concurrency cimport Permits
from orion_core.governance.duplicates cimport Claim
from orion_core.governance.governor cimport ChannelMemory
from orion_core.governance.response_cache cimport Kept, ResponseCache
from orion_core.guard cimport CacheRule, DuplicateRule, Guard, RateRule
from orion_core.logic.node cimport Evaluation
from orion_core.protocol cimport Request, Ticket


cdef class Admission:
    # what it was given
    cdef readonly Guard guard
    cdef ChannelMemory memory
    cdef Request request
    cdef str channel
    cdef ResponseCache cache
    # where it is
    cdef int next
    cdef readonly tuple headers          # what the answer carries by the checks
    # what it holds
    cdef readonly bint permit
    cdef readonly Claim claim
    cdef bytes wanted
    cdef readonly bint leads
    cdef readonly Ticket ticket

    cpdef object limit(self, object view, Evaluation evaluation, double now)
    cpdef object decide(self, dict view, Evaluation evaluation, double now)
    cpdef double patience(self)
    cpdef tuple leave(self, int status, bytes body, bint sound, double now)
    cdef tuple rate_headers(self, RateRule rule, str key, double wait, double now)
    cdef object validate(self, dict view, Evaluation evaluation)
    cdef object recognise(self, dict view, double now)
    cdef object repeated(self, object known, str key, bytes fingerprint)
    cdef bytes fingerprint(self, dict view)
    cdef object look_up(self, dict view, double now)
    cdef bytes cache_key(self, dict view)
    cdef object enter(self)
    cdef object settle_claim(self, int status, bytes body, double now)
