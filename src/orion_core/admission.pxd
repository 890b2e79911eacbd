from orion_core.connector cimport Connector
from orion_core.governance.concurrency cimport Permits
from orion_core.governance.duplicates cimport Claim, is_no_answer
from orion_core.governance.governor cimport ChannelMemory
from orion_core.governance.response_cache cimport Kept, ResponseCache
from orion_core.guard cimport CacheRule, DuplicateRule, Guard, RateRule
from orion_core.input_check cimport input_flaw
from orion_core.logic.node cimport Evaluation
from orion_core.governance.shared cimport answer_record, read_record, short_key
from orion_core.protocol cimport Done, Failed, Request, Ticket
from orion_core.rate_check cimport RateCheck
from orion_core.request_keys cimport answer_key, bare_key, fingerprint_of
from orion_core.shared_claim cimport SharedClaim


cdef class Admission:
    # what it was given
    cdef readonly Guard guard
    cdef ChannelMemory memory
    cdef Request request
    cdef readonly str channel
    cdef ResponseCache cache
    # where it is
    cdef int next
    cdef public int asks                 # which checks: ANSWERING, SUBMITTING, WORKING or CONSUMING
    cdef readonly tuple headers          # what the answer carries by the checks
    # what it holds
    cdef readonly bint permit
    cdef readonly Claim claim
    cdef bytes wanted
    cdef readonly bint leads
    cdef readonly Ticket ticket
    # on a store that is shared
    cdef RateCheck rating
    cdef double until
    cdef bint asked
    cdef object outcome
    cdef readonly SharedClaim shared
    cdef bint looked
    cdef readonly tuple notes

    cdef object prepare(self, Guard guard, Request request, str channel, ResponseCache cache)
    cpdef object limit(self, object view, Evaluation evaluation, double now)
    cpdef object decide(self, dict view, Evaluation evaluation, double now, double deadline)
    cdef object ask(self, int step, dict view, Evaluation evaluation, double now)
    cpdef double patience(self)
    cpdef object hear(self, object outcome)
    cpdef tuple leave(self, int status, bytes body, bint sound, double now, double wall)
    cdef object heard(self)
    cdef object store_of(self, object own)
    cdef object lapse(self, Connector store, str what, object outcome)
    cdef object recognise(self, dict view, double now)
    cdef object claim_here(self, DuplicateRule rule, str key, bytes fingerprint, double now)
    cdef object claim_shared(self, DuplicateRule rule, Connector store, str key, bytes fingerprint, double now)
    cdef object unknowable(self, str detail)
    cdef object repeated(self, bytes first, object answer, str key, bytes fingerprint)
    cdef object look_up(self, dict view, Evaluation evaluation, double now)
    cdef object fetched(self, CacheRule rule, Connector store, object outcome, double wall, double now)
    cdef object enter(self)
    cdef object settle_claim(self, int status, bytes body, double now)


cpdef Admission new_admission(Guard guard, Request request, str channel, ResponseCache cache)
