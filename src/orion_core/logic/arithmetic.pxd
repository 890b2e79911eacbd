from orion_core.logic.calculation cimport combine, subtract_numbers
from orion_core.logic.node cimport Evaluation, Node
from orion_core.logic.numbers cimport number_of
from orion_core.logic.spans cimport states_span


cdef class Binary(Node):
    cdef Node left
    cdef Node right
    cdef int operation


cdef class Unary(Node):
    cdef Node argument
    cdef int operation


cdef class Folded(Node):
    cdef tuple arguments
    cdef int operation
