from orion_core.connector cimport Connector
from orion_core.functions.connected cimport ConnectorFunction, json_text, keep, read_text
from orion_core.logic.node cimport Evaluation, Rule
from orion_core.logic.text cimport text_of
from orion_core.message cimport Message
from orion_core.paths cimport Path


cdef class CacheFunction(ConnectorFunction):
    cdef readonly Rule key


cdef class CacheReadFunction(CacheFunction):
    cdef readonly Path output
    cdef readonly bint as_text


cdef class CacheWriteFunction(CacheFunction):
    cdef readonly Rule value
    cdef readonly double ttl


cdef class CacheDeleteFunction(CacheFunction):
    cdef readonly Path output


cdef class CacheIncrFunction(CacheFunction):
    cdef readonly Rule by
    cdef readonly double ttl
    cdef readonly Path output
