from orion_core.logic.node cimport Evaluation, Node
from orion_core.logic.numbers cimport double_of, float_of, is_number, narrow, parse_float


cdef class Extreme(Node):
    cdef tuple arguments
    cdef bint largest  # max rather than min

    cdef object better(self, object best, object value)


cdef class Rounding(Node):
    cdef tuple arguments
    cdef str name
