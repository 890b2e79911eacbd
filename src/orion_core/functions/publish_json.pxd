from orion_core.documents cimport encode
from orion_core.functions.function cimport TaskFunction
from orion_core.functions.source cimport find_in_data
from orion_core.logic.node cimport Evaluation
from orion_core.message cimport Message
from orion_core.paths cimport Path


cdef class PublishJsonFunction(TaskFunction):
    cdef readonly str source
    cdef readonly Path path
    cdef readonly Path stripped
    cdef readonly str target
    cdef readonly bint pretty
