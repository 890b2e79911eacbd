from orion_core.documents cimport decode
from orion_core.functions.function cimport TaskFunction
from orion_core.functions.source cimport Source
from orion_core.logic.node cimport Evaluation
from orion_core.message cimport Message


cdef class ParseJsonFunction(TaskFunction):
    cdef readonly Source source
    cdef readonly str target

    cdef object parse(self, str text, Message message)
