from orion_core.functions.function cimport TaskFunction
from orion_core.logic.node cimport Evaluation, Rule
from orion_core.message cimport Message


cdef class ChannelCallFunction(TaskFunction):
    cdef readonly str channel
    cdef readonly Rule channel_rule
    cdef readonly object data
    cdef readonly Rule data_rule
    cdef readonly object response_path
    cdef readonly double timeout
