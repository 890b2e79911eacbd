from orion_core.functions.function cimport TaskFunction
from orion_core.logic.node cimport Evaluation, Rule
from orion_core.message cimport Message
from orion_core.paths cimport Path


cdef class Assignment:
    cdef readonly Path path
    cdef readonly Rule rule
    cdef readonly bint skip_null


cdef class MapFunction(TaskFunction):
    cdef readonly tuple assignments
