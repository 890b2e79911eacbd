from orion_core.connector cimport Connector
from orion_core.functions.connected cimport ConnectorFunction, json_text, keep, read_text
from orion_core.logic.node cimport Evaluation, Rule
from orion_core.logic.text cimport text_of
from orion_core.message cimport Message
from orion_core.paths cimport Path


cdef class PublishKafkaFunction(ConnectorFunction):
    cdef readonly object topic
    cdef readonly Rule key
    cdef readonly Rule value
    cdef readonly tuple headers
    cdef readonly object partition
    cdef readonly Path output
