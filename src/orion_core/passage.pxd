from orion_core.governance.breaker cimport Breaker
from orion_core.protocol cimport Done


cdef class Passage:
    cdef readonly Breaker breaker
    cdef object store
    cdef readonly int era
    cdef readonly object word

    cpdef object ask(self, double now)
    cpdef object hear(self, object outcome, double now)
    cdef object ask_here(self, double now)
    cdef object refusal(self, double now)
    cpdef object tell(self, bint failed, double now)
    cpdef object told(self, object outcome, double now)
    cpdef object abandon(self, double now)
    cdef object tale(self, str end, double now)
    cpdef bint is_over(self)
