from orion_core.connector cimport Connector
from orion_core.functions.connected cimport ConnectorFunction, keep
from orion_core.logic.node cimport Evaluation
from orion_core.message cimport Message
from orion_core.paths cimport Path


cdef class SqlStatement:
    cdef readonly str query
    cdef readonly bint once              # whether it must leave the end of its transaction to us
    cdef readonly object parameters
    cdef readonly dict rules
    cdef readonly dict queries

    cpdef object in_dialect(self, str dialect)
    cpdef object evaluate(self, str dialect, Message message, Evaluation evaluation)


cdef class SqlFunction(ConnectorFunction):
    cdef readonly str name
    cdef readonly str pointer
    cdef readonly bint several
    cdef readonly list statements
    cdef readonly int max_rows
    cdef readonly Path output

    cpdef bint read_only(self)
    cpdef object present(self, object result)
