from orion_core.connector cimport Connector
from orion_core.functions.connected cimport ConnectorFunction, json_text, keep, place, read_text
from orion_core.logic.node cimport Evaluation, Rule
from orion_core.message cimport Message
from orion_core.paths cimport Path


cdef class StorageFunction(ConnectorFunction):
    cdef readonly str name
    cdef readonly Rule path

    cpdef object act(self, Connector connector, str path, Message message, Evaluation evaluation, double deadline)


cdef class StorageReadFunction(StorageFunction):
    cdef readonly str read_as
    cdef readonly Path output
    cdef readonly Path facts


cdef class StorageWriteFunction(StorageFunction):
    cdef readonly Rule content
    cdef readonly bint binary
    cdef readonly object content_type
    cdef readonly bint overwrite
    cdef readonly Path output


cdef class StorageListFunction(StorageFunction):
    cdef readonly int limit
    cdef readonly Path output


cdef class StorageDeleteFunction(StorageFunction):
    pass


cdef class StorageLinkFunction(StorageFunction):
    cdef readonly str method
    cdef readonly double seconds
    cdef readonly Path output
