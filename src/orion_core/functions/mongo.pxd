from orion_core.connector cimport Connector
from orion_core.functions.connected cimport ConnectorFunction, keep
from orion_core.logic.node cimport Evaluation, Rule
from orion_core.message cimport Message
from orion_core.paths cimport Path


cdef class MongoFunction(ConnectorFunction):
    cdef readonly str name
    cdef readonly str database
    cdef readonly str collection
    cdef readonly tuple filter
    cdef readonly Path output

    cpdef object evaluated(self, tuple pair, Message message, Evaluation evaluation, str what)
    cpdef object filter_of(self, Message message, Evaluation evaluation)


cdef class MongoReadFunction(MongoFunction):
    cdef readonly dict projection
    cdef readonly tuple sort
    cdef readonly Rule skip
    cdef readonly Rule limit


cdef class MongoWriteFunction(MongoFunction):
    cdef readonly str operation
    cdef readonly tuple documents
    cdef readonly tuple update
    cdef readonly bint many
    cdef readonly bint upsert
