from orion_core.functions.function cimport TaskFunction
from orion_core.logic.node cimport Evaluation, Rule
from orion_core.message cimport Message


cdef class LogFunction(TaskFunction):
    cdef readonly str level
    cdef readonly Rule message
    cdef readonly dict fields


cdef str _text(Rule rule, Message message, Evaluation evaluation)
