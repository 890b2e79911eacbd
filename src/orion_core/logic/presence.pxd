from orion_core.logic.lookup cimport step
from orion_core.logic.node cimport Evaluation, Node
from orion_core.logic.numbers cimport is_number


cdef class Exists(Node):
    cdef tuple arguments


cdef class Missing(Node):
    cdef tuple arguments


cdef class MissingSome(Node):
    cdef Node need
    cdef Node paths
