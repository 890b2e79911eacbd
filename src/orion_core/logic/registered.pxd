from orion_core.logic.node cimport Evaluation, Node

cdef class RegisteredCall(Node):
    cdef object function
    cdef str name
    cdef tuple arguments
