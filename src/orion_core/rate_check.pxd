from orion_core.governance.governor cimport ChannelMemory
from orion_core.governance.shared cimport short_key
from orion_core.guard cimport RateRule
from orion_core.logic.node cimport Evaluation
from orion_core.protocol cimport Done, Failed
from orion_core.request_keys cimport text_key


cdef class RateCheck:
    cdef RateRule rule
    cdef ChannelMemory memory
    cdef str channel
    cdef str key
    cdef readonly tuple headers

    cpdef object ask(self, object view, Evaluation evaluation, str client, double now)
    cpdef object hear(self, object outcome, double now)
    cdef object count(self, double now)
    cdef object judge(self, double wait, Py_ssize_t left)
