from orion_core.functions.function cimport TaskFunction
from orion_core.logic.node cimport Evaluation, Rule
from orion_core.message cimport Message


cdef class FilterFunction(TaskFunction):
    cdef readonly Rule condition
    cdef readonly object rejected
