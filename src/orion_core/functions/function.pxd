from orion_core.logic.node cimport Evaluation
from orion_core.message cimport Message


cdef class Flow:
    cdef readonly str word


cdef class Enter:
    cdef readonly str channel
    cdef readonly object payload
    cdef readonly object response_path
    cdef readonly double timeout


cdef class Say:
    cdef readonly str level
    cdef readonly str message
    cdef readonly object fields


cdef class TaskFunction:
    cpdef object start(self, Message message, Evaluation evaluation, double now, double deadline)
    cpdef object finish(self, Message message, Evaluation evaluation, tuple outcomes)
