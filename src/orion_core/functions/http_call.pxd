from orion_core.functions.connected cimport ConnectorFunction, place
from orion_core.connector cimport Connector
from orion_core.logic.node cimport Evaluation, Rule
from orion_core.message cimport Message
from orion_core.paths cimport Path


cdef class HttpCallFunction(ConnectorFunction):
    cdef readonly object method
    cdef readonly str path
    cdef readonly Rule path_rule
    cdef readonly tuple path_params
    cdef readonly tuple query
    cdef readonly tuple headers
    cdef readonly object body
    cdef readonly Rule body_rule
    cdef readonly Path response_path
    cdef readonly Path status_path
    cdef readonly Path headers_path
    cdef readonly str response_as
    cdef readonly frozenset accepted
