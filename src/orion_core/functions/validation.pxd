from orion_core.functions.function cimport TaskFunction
from orion_core.logic.node cimport Evaluation, Rule
from orion_core.message cimport Message


cdef class ValidationFunction(TaskFunction):
    cdef readonly tuple rules
    cdef readonly tuple messages
    cdef readonly str on_failure

    cdef object check(self, Py_ssize_t index, Message message, Evaluation evaluation)
